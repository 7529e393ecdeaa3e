"""Links that are made of what is known: one for each state of knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry.context import Context, attach, get_current

from braintrust_otel._model.containers import Container, ContainerKind, project_logs
from braintrust_otel._otel.propagation import LOGGER_KEY, detach_quietly
from braintrust_otel._runtime.places import EMBEDDED, Place
from braintrust_otel._tracing.permalink import known_link
from braintrust_otel._wire.account import Account

APP = "https://app.example"
ERROR = "https://www.braintrust.dev/error-generating-link?msg="
NOOP = "https://www.braintrust.dev/noop-span"
UNKNOWN, NAMED = Place(APP), Place(APP, org_name="my org")
ACCOUNT = Account("o1", "theirs", "https://login/", "https://api", "https://proxy", "key")
EXPERIMENT = Container(ContainerKind.EXPERIMENT, id="e1")


@dataclass
class Knowing:
    """A pipeline that was asked nothing yet."""

    place: Place
    account: Account | None = None
    project_id: str | None = None

    def known_account(self) -> Account | None:
        return self.account

    def resolved(self, container: Container) -> Container:
        return container._replace(id=container.id or self.project_id)


@pytest.mark.parametrize(
    ("container", "pipeline", "link"),
    [
        (project_logs("p/1"), Knowing(NAMED), f"{APP}/app/my%20org/p/p%2F1/logs?oid=r+1"),
        (
            project_logs("p"),
            Knowing(NAMED, project_id="id"),
            f"{APP}/app/my%20org/object?object_type=project_logs&object_id=id&id=r+1",
        ),
        (
            project_logs("p", "given"),
            Knowing(UNKNOWN, ACCOUNT),
            "https://login/app/theirs/object?object_type=project_logs&object_id=given&id=r+1",
        ),
        (project_logs("p"), Knowing(UNKNOWN), f"{ERROR}login-or-provide-org-name"),
        (project_logs(), Knowing(NAMED), f"{ERROR}no-project-id-or-name"),
        (project_logs("p"), Knowing(EMBEDDED), "http://127.0.0.1:8377/app/local/p/p/logs?oid=r+1"),
        (
            EXPERIMENT,
            Knowing(NAMED),
            f"{APP}/app/my%20org/object?object_type=experiment&object_id=e1&id=r+1",
        ),
        (EXPERIMENT, Knowing(UNKNOWN), f"{ERROR}provide-app-url-or-org-name"),
        (EXPERIMENT._replace(id=None), Knowing(NAMED), f"{ERROR}resolve-experiment-id"),
        (Container(ContainerKind.PLAYGROUND_LOGS, id="s"), Knowing(NAMED, ACCOUNT), NOOP),
    ],
)
def test_a_link_says_what_is_known(container: Container, pipeline: Any, link: str) -> None:
    """Names are written so that a URL can hold them; what is missing is named by the link."""
    token = attach(Context({**get_current(), LOGGER_KEY: "any logger"}))

    made = known_link(container, "r 1", pipeline)
    detach_quietly(token)

    assert made == link


def test_without_a_logger_and_an_organisation_there_is_no_link() -> None:
    """A span that only a parent routes has nothing to make a link of."""
    pipeline: Any = Knowing(UNKNOWN)

    assert known_link(project_logs("p"), "r", pipeline) == NOOP
