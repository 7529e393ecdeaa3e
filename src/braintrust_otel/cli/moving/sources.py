"""Where exported rows come from, page by page."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from braintrust_otel import _json
from braintrust_otel._model.containers import Container, project_logs
from braintrust_otel._model.ids import is_uuid
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.urls import join_url, shown_url
from braintrust_otel.cli.surroundings import CommandError
from braintrust_otel.cli.texts import clean
from braintrust_otel.errors import HoldError, IsolateError, RetryError
from braintrust_otel.server.store import Store

__all__ = ["Page", "ServerRows", "Source", "StoreRows", "StoreTrace", "find_server_project"]

Fields = Mapping[str, Any]

_STORE_PAGE_ROWS = 1_000
_SERVER_PAGE = 100
"""Braintrust counts traces here, not rows; its pages may be ten times as large."""

_ATTEMPTS = 5
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_NOT_FOUND = frozenset({400, 404, 405})


class Page(NamedTuple):
    """Some rows, and what the next page is asked with; None after the last one."""

    rows: Sequence[Fields]
    cursor: str | None


class Source(Protocol):
    """Rows to be exported."""

    @property
    def key(self) -> str:
        """What tells this source from others, to go on with an export that was interrupted."""
        ...

    def page(self, cursor: str | None) -> Page:
        """Return the page that *cursor* asks for; None asks for the first one."""
        ...

    def skip(self, rows: Iterable[Fields]) -> None:
        """Note that *rows* were exported by an earlier run."""
        ...


class StoreRows:
    """The rows of one container in a store, newest first.

    Rows that are written meanwhile are not among them; none is missing or comes twice.
    """

    def __init__(self, store: Store, container: Container) -> None:
        self._store = store
        self._container = container

    @property
    def key(self) -> str:
        """The store and the container."""
        return f"{self._store.place} {self._container.id}"

    def page(self, cursor: str | None) -> Page:
        """Return a page; the cursor is a row's number."""
        number = None if cursor is None else int(cursor)
        page = self._store.fetch(self._container, number, _STORE_PAGE_ROWS)
        return Page(page.rows, None if page.cursor is None else str(page.cursor))

    def skip(self, rows: Iterable[Fields]) -> None:
        """Do nothing: no page repeats what another one held."""


class StoreTrace:
    """The rows of one trace in a store, in the order of their starts.

    Args:
        store: Where they are.
        trace_id: The trace.
        project_id: Only rows of this project; None for all.
    """

    def __init__(self, store: Store, trace_id: str, project_id: str | None) -> None:
        self._store = store
        self._trace_id = trace_id
        self._project_id = project_id

    @property
    def key(self) -> str:
        """The store and the trace."""
        return f"{self._store.place} {self._trace_id} {self._project_id or ''}"

    def page(self, cursor: str | None) -> Page:
        """Return all of it."""
        rows = self._store.trace_rows(self._trace_id)
        wanted = self._project_id
        return Page([row for row in rows if wanted in {None, row.get("project_id")}], None)

    def skip(self, rows: Iterable[Fields]) -> None:
        """Do nothing: there is one page."""


class ServerRows:
    """The rows of a project's logs at a server, newest first.

    A server may repeat, on a later page, an older version of a row; only the first one counts. To
    see that takes about 100 bytes of memory for each row.

    Args:
        api: Sends the requests.
        account: Whose rows they are.
        project_id: The project.
        trace_id: Only rows of this trace; None for all.
        wait: Pauses for so many seconds.
    """

    def __init__(
        self,
        api: Api,
        account: Account,
        project_id: str,
        trace_id: str | None = None,
        *,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._api = api
        self._account = account
        self._project_id = project_id
        self._trace_id = trace_id
        self._wait = wait
        self._seen: set[bytes] = set()

    @property
    def key(self) -> str:
        """The server, the project and the trace."""
        return f"{self._account.api_url} {self._project_id} {self._trace_id or ''}"

    def page(self, cursor: str | None) -> Page:
        """Return a page; the cursor is what the server answered with the one before.

        Raises:
            CommandError: The server has no such route, or answers something else.
            SendError: It cannot be asked now.
        """
        asked = {"limit": _SERVER_PAGE, **({} if cursor is None else {"cursor": cursor})}
        path = f"v1/project_logs/{quote(self._project_id, safe='')}/fetch"
        url = join_url(self._account.api_url, path)
        call = Call(
            "Fetching rows",
            "POST",
            url,
            key=self._account.api_key,
            body=_json.dumps(asked),
            headers={"content-type": "application/json"},
        )
        try:
            answer = self._ask(call)
        except (HoldError, IsolateError) as error:
            if error.status not in _NOT_FOUND:
                raise
            raise CommandError(
                f"{shown_url(self._account.api_url)} does not hand out the rows of project "
                f"{self._project_id} ({error.status}). Rows can be exported from Braintrust, from "
                f"braintrust-otel serve, and from the store on this machine (--dir)."
            ) from error
        rows, after = answer.get("events"), answer.get("cursor")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CommandError(f"{shown_url(url)} answered without a list of rows.")
        return Page(self._wanted(rows), str(after) if after else None)

    def skip(self, rows: Iterable[Fields]) -> None:
        """Take *rows* for seen."""
        for row in rows:
            self._is_new(row)

    def _wanted(self, rows: Sequence[Fields]) -> list[Fields]:
        wanted = self._trace_id
        return [
            row
            for row in rows
            if (wanted is None or row.get("root_span_id") == wanted) and self._is_new(row)
        ]

    def _is_new(self, row: Fields) -> bool:
        digest = hashlib.blake2b(str(row.get("id")).encode(), digest_size=8).digest()
        if digest in self._seen:
            return False
        self._seen.add(digest)
        return True

    def _ask(self, call: Call) -> dict[str, object]:
        """Return the answer, asking again while the trouble is a passing one."""
        pause = _FIRST_PAUSE
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._api.send_for_object(call)
            except RetryError as error:  # noqa: PERF203 - a request costs more
                self._wait(min(_LONGEST_PAUSE, error.retry_after or pause))
                pause *= 2
        return self._api.send_for_object(call)


def find_server_project(api: Api, account: Account, wanted: str) -> Container:
    """Return the logs of the project whose name, or else whose id, is *wanted*; makes none.

    Raises:
        CommandError: There is none.
        SendError: The server cannot be asked.
    """
    query = urlencode({"project_name": wanted, "org_name": account.org_name})
    url = join_url(account.api_url, f"v1/project?{query}")
    answer = api.send_for_object(Call("Looking up a project", "GET", url, key=account.api_key))
    found = answer.get("objects")
    for project in found if isinstance(found, list) else []:
        if isinstance(project, dict) and project.get("name") == wanted and project.get("id"):
            return project_logs(wanted, str(project["id"]))
    if is_uuid(wanted):
        return project_logs(None, wanted)
    raise CommandError(
        f"There is no project {clean(wanted)!r} in organisation {clean(account.org_name)!r} at "
        f"{shown_url(account.api_url)}."
    )
