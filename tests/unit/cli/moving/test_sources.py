"""Rows come page by page, each once, from a store or from a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from braintrust_otel._model.containers import Container, project_logs
from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.transport import FunctionTransport
from braintrust_otel.cli.moving.sources import (
    ServerRows,
    Source,
    StoreRows,
    StoreTrace,
    find_server_project,
)
from braintrust_otel.cli.surroundings import CommandError
from braintrust_otel.errors import HoldError, RetryError
from braintrust_otel.server.app import LocalServer
from support.stores import PROJECT, TRACE, log_row, span_row, store_in_memory

ACCOUNT = Account(
    org_id="o",
    org_name="acme",
    app_url="https://app.test",
    api_url="https://api.test",
    proxy_url="https://api.test",
    api_key="sk-1",
)
UUID = "22222222-2222-4222-8222-222222222222"

Handler = Callable[[HttpRequest], HttpResponse]


def ids(source: Source) -> list[str]:
    """Return the ids of all rows of *source*, in order."""
    page = source.page(None)
    found = [row["id"] for row in page.rows]
    while page.cursor is not None:
        page = source.page(page.cursor)
        found += [row["id"] for row in page.rows]
    return found


def answering(*answers: tuple[int, object]) -> tuple[Handler, list[HttpRequest]]:
    """Return a handler that gives *answers* one after the other, and what it is asked."""
    asked: list[HttpRequest] = []

    def handle(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        status, body = answers[len(asked) - 1]
        return HttpResponse(status, {}, json.dumps(body).encode())

    return handle, asked


def server_rows(
    handler: Handler, trace_id: str | None = None, wait: Callable[[float], None] = lambda _: None
) -> ServerRows:
    return ServerRows(Api(FunctionTransport(handler)), ACCOUNT, "p 1", trace_id, wait=wait)


def test_store_gives_every_row_once() -> None:
    """All pages together are the container's rows, newest first."""
    store = store_in_memory()
    store.write([log_row(f"r{number}") for number in range(2_500)])
    source = StoreRows(store, project_logs(project_id=PROJECT))

    found = ids(source)
    source.skip([])

    store.close()
    assert found == [f"r{number}" for number in reversed(range(2_500))]
    assert source.key == f"in memory {PROJECT}"


def test_store_gives_one_trace() -> None:
    """Of a trace, all rows are given, or those of one project."""
    store = store_in_memory()
    store.write([span_row("a"), span_row("b", trace="f" * 32)])
    store.write([{**span_row("c", start=0.0), "project_id": "other"}])

    everywhere, here = (StoreTrace(store, TRACE, project) for project in (None, PROJECT))
    here.skip([])
    found = (ids(everywhere), ids(here))

    store.close()
    assert found == (["c", "a"], ["a"])
    assert everywhere.key != here.key


def test_server_is_asked_page_by_page() -> None:
    """Each page is asked for with the cursor that came with the one before."""
    handler, asked = answering(
        (200, {"events": [{"id": "a"}, {"id": "b"}], "cursor": "c1"}),
        (200, {"events": [{"id": "c"}], "cursor": None}),
    )

    found = ids(server_rows(handler))

    assert found == ["a", "b", "c"]
    assert {request.url for request in asked} == {"https://api.test/v1/project_logs/p%201/fetch"}
    assert [json.loads(request.body) for request in asked] == [
        {"limit": 100},
        {"limit": 100, "cursor": "c1"},
    ]


def test_older_version_of_a_row_does_not_count() -> None:
    """A row that an earlier page held, or an earlier run exported, is not given again."""
    handler, _ = answering(
        (200, {"events": [{"id": "a"}, {"id": "b"}], "cursor": "c1"}),
        (200, {"events": [{"id": "a"}, {"id": "c"}]}),
    )
    source = server_rows(handler)

    source.skip([{"id": "c"}])

    assert ids(source) == ["a", "b"]


def test_rows_of_other_traces_are_left_out() -> None:
    """Of a page, only the rows of the wanted trace are given."""
    handler, _ = answering(
        (200, {"events": [{"id": "a", "root_span_id": "t"}, {"id": "b", "root_span_id": "u"}]})
    )

    assert ids(server_rows(handler, "t")) == ["a"]


def test_local_server_speaks_the_same() -> None:
    """What the local server answers is what this source asks for."""
    store = store_in_memory()
    project = store.ensure_project("demo")
    store.write([{"id": f"r{n}", "project_id": project.id, "log_id": "g"} for n in range(250)])
    api = Api(FunctionTransport(LocalServer(store).handle))

    container = find_server_project(api, ACCOUNT, "demo")
    found = ids(ServerRows(api, ACCOUNT, project.id))

    store.close()
    assert container == Container(container.kind, project.id, "demo")
    assert found == [f"r{number}" for number in reversed(range(250))]


def test_passing_trouble_is_waited_for() -> None:
    """A server in trouble is asked again, after pauses that grow or that it names."""
    waited: list[float] = []
    troubled: tuple[int, Any] = (503, {})
    handler, asked = answering(troubled, troubled, (200, {"events": []}))

    found = ids(server_rows(handler, wait=waited.append))

    assert (found, len(asked), waited) == ([], 3, [0.5, 1.0])


def test_lasting_trouble_is_said() -> None:
    """After five tries the trouble is the answer."""
    handler, asked = answering(*[(503, {})] * 5)

    with pytest.raises(RetryError):
        server_rows(handler).page(None)

    assert len(asked) == 5


@pytest.mark.parametrize("status", [400, 404, 405])
def test_server_without_the_route_is_said(status: int) -> None:
    """A server that does not hand out rows gives a clear line, with what does."""
    handler, _ = answering((status, {}))

    with pytest.raises(CommandError, match="does not hand out the rows of project p 1"):
        server_rows(handler).page(None)


def test_refusal_is_said_as_it_is() -> None:
    """A wrong key is another trouble than a missing route."""
    handler, _ = answering((401, {}))

    with pytest.raises(HoldError, match="401"):
        server_rows(handler).page(None)


@pytest.mark.parametrize("answer", [{}, {"events": 5}, {"events": ["a"]}])
def test_answer_without_rows_is_said(answer: object) -> None:
    """What is no list of rows is not taken for the end of them."""
    handler, _ = answering((200, answer))

    with pytest.raises(CommandError, match="without a list of rows"):
        server_rows(handler).page(None)


def test_project_may_be_named_by_its_id() -> None:
    """A name comes first; what is no name, but looks like an id, is taken for one."""
    handler, asked = answering((200, {"objects": [{"name": "other", "id": "1"}]}))

    container = find_server_project(Api(FunctionTransport(handler)), ACCOUNT, UUID)

    assert container == project_logs(None, UUID)
    assert asked[0].url.endswith(f"/v1/project?project_name={UUID}&org_name=acme")


@pytest.mark.parametrize("answer", [{"objects": []}, {"objects": None}, {}])
def test_unknown_project_is_said(answer: object) -> None:
    """A project that is not there is not made by asking for it."""
    handler, _ = answering((200, answer))

    with pytest.raises(CommandError, match="no project 'demo' in organisation 'acme'"):
        find_server_project(Api(FunctionTransport(handler)), ACCOUNT, "demo")
