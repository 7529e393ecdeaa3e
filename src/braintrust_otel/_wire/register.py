"""Finds out the ids of containers that are known by name only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from braintrust_otel import _json
from braintrust_otel._model.containers import Container, ContainerKind, routing_fields
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.answers import json_object, unexpected
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.login import LazyAccount
from braintrust_otel._wire.single_flight import SingleFlight
from braintrust_otel._wire.urls import join_url
from braintrust_otel.errors import HoldError, IsolateError

__all__ = ["DEFAULT_PROJECT", "Project", "Registrar"]

DEFAULT_PROJECT = "Global"
"""The project of those who name none."""

_UNKNOWN_ID = frozenset({400, 404, 422})


@dataclass(frozen=True, slots=True)
class Project:
    """A project as the server knows it."""

    id: str
    name: str


class Registrar:
    """Resolves containers for one account. Safe to use from several threads.

    What was found out is remembered; several threads that need the same project at once share one
    request, and a failure is not remembered.

    Args:
        api: Sends the requests.
        account: Whose projects they are.
    """

    def __init__(self, api: Api, account: LazyAccount) -> None:
        self._api = api
        self._account = account
        self._projects: SingleFlight[Container, Project] = SingleFlight()

    def route(self, container: Container) -> Mapping[str, str]:
        """Return the row keys that send a row to *container*, registering it as needed.

        Raises:
            SendError: It cannot be found out now; the type says what happens next.
        """
        if container.kind is ContainerKind.PROJECT_LOGS:
            container = container._replace(id=self.project(container).id)
        if not container.id:
            raise HoldError(
                f"Rows for {container.kind.name.lower()} {container.name!r} have nowhere to go: "
                f"its id is not known."
            )
        return routing_fields(container)

    def project(self, container: Container) -> Project:
        """Return the project whose logs *container* stands for.

        By name it is created if it does not exist; with name and id both given nothing is asked.

        Raises:
            SendError: It cannot be found out now; the type says what happens next.
        """
        known = _given(container)
        return known or self._projects.get(container, lambda: self._find(container))

    def peek(self, container: Container) -> Project | None:
        """Return what is known of *container*'s project; never uses the network."""
        return _given(container) or self._projects.peek(container)

    def after_fork_in_child(self) -> None:
        """Keep what is known; requests under way are the parent's."""
        self._projects.after_fork_in_child()

    def _find(self, container: Container) -> Project:
        account = self._account.get()
        call = _lookup(container.id, account) if container.id else _registration(container, account)
        try:
            return self._ask(call)
        except (HoldError, IsolateError) as error:
            message = str(error)
            if container.id and error.status in _UNKNOWN_ID:
                message = (
                    f"There is no project with the id {container.id!r} in organisation "
                    f"{account.org_name!r} ({error.status}). Check project_id, or "
                    f"BRAINTRUST_PROJECT_ID and BRAINTRUST_PARENT, or name the project instead."
                )
            raise HoldError(message, status=error.status, body=error.body) from error

    def _ask(self, call: Call) -> Project:
        response = self._api.send(call)
        answer = json_object(call, response)
        project_id, name = answer.get("id"), answer.get("name")
        if not isinstance(project_id, str) or not project_id or not isinstance(name, str):
            raise unexpected(call, response, "lacks the project's id or name")
        return Project(project_id, name)


def _given(container: Container) -> Project | None:
    return Project(container.id, container.name) if container.id and container.name else None


def _registration(container: Container, account: Account) -> Call:
    name = container.name or DEFAULT_PROJECT
    wanted = {"name": name, "org_name": account.org_name}
    if container.group:
        wanted["project_group_name"] = container.group
    return Call(
        f"Registering project {name!r}",
        "POST",
        join_url(account.api_url, "v1/project"),
        key=account.api_key,
        body=_json.dumps(wanted),
        headers={"content-type": "application/json"},
    )


def _lookup(project_id: str, account: Account) -> Call:
    return Call(
        f"Looking up project {project_id!r}",
        "GET",
        join_url(account.api_url, f"v1/project/{quote(project_id, safe='')}"),
        key=account.api_key,
    )
