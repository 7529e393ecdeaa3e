"""The local server, request by request."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from braintrust_otel._model.http import HttpRequest
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store, StoreDamagedError, StoreFullError, StoreLockedError
from support.stores import (
    PROJECT,
    Client,
    Clock,
    Entropy,
    Said,
    file_connections,
    log_row,
    merge_row,
    span_row,
    stored_rows,
)

XACT = "1000198250162225152"


def test_login_offers_this_server_for_everything(client: Client) -> None:
    """A login gives one organisation, whose hosts are the address that the client used."""
    client.base = "http://localhost:9999"

    assert client.send("POST", "/api/apikey/login", authorization="Bearer any") == (
        200,
        {
            "org_info": [
                {
                    "id": "00000000-0000-4000-8000-00000000b7b7",
                    "name": "local",
                    "api_url": "http://localhost:9999",
                    "proxy_url": "http://localhost:9999",
                    "is_universal_api": True,
                }
            ]
        },
    )


def test_version_announces_the_largest_body(client: Client) -> None:
    """The version answer tells clients how large a request may be."""
    assert client.send("GET", "/version") == (
        200,
        {"version": "local", "logs3_payload_max_bytes": 16 * 1024 * 1024},
    )


def test_ping_says_who_is_asking(client: Client) -> None:
    """A ping answers with the one organisation."""
    assert client.send("GET", "/ping")[1]["org_name"] == "local"


def test_project_is_made_found_and_listed(client: Client) -> None:
    """A project is made by its name once, and found by id and name afterwards."""
    status, project = client.send("POST", "/v1/project", {"name": "demo", "org_name": "local"})

    assert status == 200
    assert project == {
        "id": "00000000-0000-4000-8000-000000000001",
        "name": "demo",
        "org_id": "00000000-0000-4000-8000-00000000b7b7",
        "created": "2026-11-22T03:13:39+00:00",
    }
    assert client.send("POST", "/v1/project", {"name": "demo"}) == (200, project)
    assert client.send("GET", f"/v1/project/{project['id']}") == (200, project)
    assert client.send("GET", "/v1/project") == (200, {"objects": [project]})
    assert client.send("GET", "/v1/project?project_name=demo") == (200, {"objects": [project]})
    assert client.send("GET", "/v1/project?project_name=none") == (200, {"objects": []})


def test_unknown_project_is_named(client: Client) -> None:
    """An unknown project id is one clear line."""
    assert client.send("GET", "/v1/project/nope") == (
        404,
        {
            "error": "There is no project nope in the store in memory. Check the id, or give the "
            "project's name and it is made."
        },
    )


@pytest.mark.parametrize("name", [None, "", "  ", 5])
def test_project_needs_a_name(client: Client, name: object) -> None:
    """A project without a name is refused."""
    assert client.send("POST", "/v1/project", {"name": name})[0] == 400


def test_rows_are_acknowledged_and_readable_at_once(client: Client, store: Store) -> None:
    """Rows are answered with their ids and the transaction, and can be read from then on."""
    rows = [log_row("a", input=1), merge_row("a", output=2), log_row("b")]

    answer = client.send("POST", "/logs3", {"rows": rows, "api_version": 2})

    assert answer == (200, {"ids": ["a", "a", "b"], "xact_id": XACT})
    assert stored_rows(store) == {"a": log_row("a", input=1, output=2), "b": log_row("b")}


def test_no_rows_are_legal(client: Client) -> None:
    """An empty request is answered like any other."""
    assert client.send("POST", "/logs3", {"rows": []}) == (200, {"ids": [], "xact_id": XACT})


def test_compressed_rows_are_taken(client: Client, store: Store) -> None:
    """A gzip body is read like a plain one."""
    body = gzip.compress(json.dumps({"rows": [log_row("a")]}).encode())

    assert client.send("POST", "/logs3", body, content_encoding="gzip")[0] == 200
    assert list(stored_rows(store)) == ["a"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", r'"\ud800"'])
def test_common_breaches_of_json_are_forgiven(client: Client, store: Store, literal: str) -> None:
    """What some encoders write although it is no JSON does not cost the batch."""
    body = f'{{"rows": [{{"id": "a", "project_id": "{PROJECT}", "input": {literal}}}]}}'.encode()

    assert client.send("POST", "/logs3", body)[0] == 200
    assert list(stored_rows(store)) == ["a"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"rows": [,]}', "The request body is no valid JSON: unexpected character"),
        (b"", "The request body is no valid JSON"),
        (b"<html>", "The request body is no valid JSON"),
        (b"[]", "The request body is no JSON object but an array."),
        (b"5", "The request body is no JSON object but a plain value."),
        (b"{}", "`rows` is missing"),
        (b'{"rows": 5}', "`rows` is missing"),
        (b'{"rows": {"type": "other", "key": "k"}}', "`rows` is an object, but no logs3_overflow"),
        (b'{"rows": {"type": "logs3_overflow"}}', "`rows` is an object, but no logs3_overflow"),
        (b'{"rows": {"type": "logs3_overflow", "key": "k"}}', "The upload that `rows` names was"),
        (b'{"rows": [{"id": "a"}]}', "rows[0] does not say where it belongs"),
    ],
)
def test_bad_rows_are_refused_with_the_reason(client: Client, body: bytes, problem: str) -> None:
    """A request that cannot be stored is told what is wrong with it, and where."""
    status, answer = client.send("POST", "/logs3", body)

    assert status == 400
    assert answer["error"].startswith(problem)


def test_error_position_is_told(client: Client) -> None:
    """Broken JSON is refused with the place where it breaks."""
    _, answer = client.send("POST", "/logs3", b'{"rows":\n [1 2]}')

    assert "line 2 column" in answer["error"]


def test_too_large_a_body_is_refused(store: Store) -> None:
    """A body over the announced limit is refused as too large."""
    client = Client(LocalServer(store, ServerSettings(payload_max_bytes=100)))

    status, answer = client.send("POST", "/logs3", b"x" * 101)

    assert status == 413
    assert "more than the 100 bytes" in answer["error"]


def test_large_batch_goes_by_way_of_an_upload(client: Client, store: Store) -> None:
    """A slot is asked for, the body is put there, and a request names it, more than once."""
    body = json.dumps({"rows": [log_row("a", input="x" * 1000)]}).encode()
    _, slot = client.send("POST", "/logs3/overflow", {"size_bytes": len(body), "rows": []})
    reference = {"rows": {"type": "logs3_overflow", "key": slot["key"], "size_bytes": len(body)}}

    uploaded = client.send("PUT", slot["signedUrl"].removeprefix(client.base), body)
    answers = [client.send("POST", "/logs3", reference)[0] for _ in range(2)]

    assert (slot["method"], slot["headers"]) == ("PUT", {})
    assert uploaded == (200, {})
    assert answers == [200, 200]
    assert list(stored_rows(store)) == ["a"]


@pytest.mark.parametrize(
    ("size", "status"),
    [(None, 400), (0, 400), (True, 400), ("9", 400), (2**40, 413)],
)
def test_upload_slot_needs_a_sensible_size(client: Client, size: object, status: int) -> None:
    """A slot is only offered for a size that is said and accepted."""
    assert client.send("POST", "/logs3/overflow", {"size_bytes": size})[0] == status


@pytest.mark.parametrize("tamper", [("size=10", "size=99"), ("overflow/", "overflow/x")])
def test_forged_upload_address_is_refused(client: Client, tamper: tuple[str, str]) -> None:
    """Only the very address that was handed out takes an upload."""
    _, slot = client.send("POST", "/logs3/overflow", {"size_bytes": 10})
    path = slot["signedUrl"].removeprefix(client.base).replace(*tamper)

    assert client.send("PUT", path, b"x")[0] == 403


def test_unsigned_upload_is_refused(client: Client) -> None:
    """An address without a signature takes nothing."""
    assert client.send("PUT", "/logs3/overflow/key", b"x")[0] == 403


def test_upload_over_its_announced_size_is_refused(client: Client) -> None:
    """A slot takes no more than was announced for it."""
    _, slot = client.send("POST", "/logs3/overflow", {"size_bytes": 10})

    path = slot["signedUrl"].removeprefix(client.base)

    assert client.send("PUT", path, b"x" * 11)[0] == 413


def test_fetch_pages_through_the_rows(client: Client) -> None:
    """Rows are fetched page by page with the cursor of the page before."""
    path = f"/v1/project_logs/{PROJECT}/fetch"
    client.send("POST", "/logs3", {"rows": [span_row(f"r{number}") for number in range(3)]})

    _, first = client.send("POST", path, {"limit": 2})
    _, second = client.send("POST", path, {"limit": 2, "cursor": first["cursor"]})

    assert [row["id"] for row in first["events"]] == ["r2", "r1"]
    assert second["events"] == [{**span_row("r0"), "_xact_id": XACT, "is_root": True}]
    assert second["cursor"] is None


@pytest.mark.parametrize("asked", [None, {}, {"limit": None, "cursor": None}, {"cursor": ""}])
def test_fetch_needs_no_options(client: Client, asked: object) -> None:
    """A fetch without limit and cursor is the first page."""
    answer = client.send("POST", "/v1/project_logs/p/fetch", asked)

    assert answer == (200, {"events": [], "cursor": None})


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": "5"},
        {"limit": True},
        {"cursor": 5},
        {"cursor": "next"},
        {"cursor": "9" * 30},
    ],
)
def test_fetch_refuses_options_it_never_gave(client: Client, asked: object) -> None:
    """A limit or cursor that makes no sense is refused."""
    assert client.send("POST", "/v1/project_logs/p/fetch", asked)[0] == 400


@pytest.mark.parametrize(
    ("key", "status"), [("Bearer right", 200), ("Bearer wrong", 401), ("", 401), ("Bearer é", 401)]
)
def test_server_with_a_key_asks_for_it(store: Store, key: str, status: int) -> None:
    """A server that was started with a key answers whoever shows it."""
    client = Client(LocalServer(store, ServerSettings(api_key="right")))

    assert client.send("POST", "/v1/project", {"name": "x"}, authorization=key)[0] == status
    assert client.send("GET", "/version")[0] == 200


def test_route_says_how_large_its_body_may_be(client: Client) -> None:
    """Uploads may be larger than other bodies."""
    limits = [
        client.server.body_limit(HttpRequest(method, client.base + path))
        for method, path in (("POST", "/logs3"), ("PUT", "/logs3/overflow/k?size=1"))
    ]

    assert limits == [16 * 1024 * 1024, 256 * 1024 * 1024]


class Broken:
    """Connections that always fail."""

    place = "/x/store.db"

    def __init__(self, error: Exception) -> None:
        self._error = error

    @contextmanager
    def borrow(self) -> Iterator[None]:
        """Fail."""
        raise self._error
        yield


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (StoreLockedError("locked, try again"), 503, "locked, try again"),
        (StoreFullError("no room"), 507, "no room"),
        (StoreDamagedError("damaged"), 500, "damaged"),
        (ZeroDivisionError(), 500, "The local Braintrust server failed; its log says why."),
    ],
)
def test_trouble_with_the_store_is_a_passing_one(
    error: Exception, status: int, message: str
) -> None:
    """Whatever happens to the store, the client keeps its rows and is told why."""
    store = Store(Broken(error), say=Said(), clock=Clock(), entropy=Entropy())

    answer = Client(LocalServer(store)).send("POST", "/logs3", {"rows": [log_row("a")]})

    assert answer == (status, {"error": message})


def test_locked_store_is_to_be_tried_again(tmp_path: Path) -> None:
    """A locked store asks the client to come back, and takes the rows then."""
    connections = file_connections(tmp_path / "store.db")
    server = LocalServer(Store(connections, say=Said(), clock=Clock(), entropy=Entropy()))
    body = json.dumps({"rows": [log_row("a")]}).encode()
    request = HttpRequest("POST", "http://127.0.0.1/logs3", {}, body)
    with connections.borrow() as locker:
        locker.execute("BEGIN IMMEDIATE")
        refused = server.handle(request)
        locker.execute("ROLLBACK")
    taken = server.handle(request)
    server.store.close()

    assert (refused.status, refused.headers["retry-after"], taken.status) == (503, "1", 200)
