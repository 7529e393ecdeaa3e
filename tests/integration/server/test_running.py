"""The local server on a real loopback port."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from braintrust_otel.errors import BraintrustError
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import Running, ServeError, listen
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store
from support.stores import PROJECT, log_row, store_in_memory, stored_rows

KEY = {"authorization": "Bearer any"}


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    made = store_in_memory()
    yield made
    made.close()


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    """A server over that store, on a free port."""
    settings = ServerSettings(payload_max_bytes=100_000, upload_max_bytes=1_000_000)
    with listen(LocalServer(store, settings)).start() as made:
        yield made


def raw(running: Running, path: str, body: object = None, **headers: str) -> tuple[int, object]:
    """Send one request with exactly these headers; return the status and the decoded answer."""
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST" if body is not None else "GET", path, body, names)
    answer = connection.getresponse()
    told = answer.status, json.loads(answer.read())
    connection.close()
    return told


def test_client_finds_its_way_from_login_to_rows(running: Running, store: Store) -> None:
    """A client that knows one address logs in, makes a project, and stores and reads rows."""
    with requests.Session() as session:
        session.trust_env = False
        app = running.environment["BRAINTRUST_APP_URL"]
        (org,) = session.post(f"{app}/api/apikey/login", headers=KEY).json()["org_info"]
        api = org["api_url"]
        project = session.post(f"{api}/v1/project", json={"name": "demo"}).json()
        row = {"id": "a", "project_id": project["id"], "log_id": "g", "input": "é"}
        body = json.dumps({"rows": [row], "api_version": 2}).encode()
        written = session.post(f"{api}/logs3", data=body)
        events = session.post(f"{api}/v1/project_logs/{project['id']}/fetch").json()["events"]

    assert (org["api_url"], org["proxy_url"]) == (running.url, running.url)
    assert written.status_code == 200
    assert [event["input"] for event in events] == ["é"]
    assert stored_rows(store, project["id"]) == {"a": row}


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("identity", b'{"rows": []}'), ("gzip", gzip.compress(b'{"rows": []}', mtime=0))],
)
def test_body_in_pieces_is_taken(running: Running, encoding: str, body: bytes) -> None:
    """A chunked request body, compressed or not, is read like any other."""
    pieces = iter([body[:5], body[5:]])

    assert raw(running, "/logs3", pieces, content_encoding=encoding)[0] == 200


@pytest.mark.parametrize("size", [100_001, 5_000_000])
def test_large_body_is_refused_and_the_client_hears_it(running: Running, size: int) -> None:
    """A body over the limit is answered, not cut off, however much of it is still to come."""
    status, answer = raw(running, "/logs3", b"x" * size)

    assert status == 413
    assert "more than the 100000 bytes" in answer["error"]


def test_upload_by_its_signed_address(running: Running, store: Store) -> None:
    """A large batch is put to the address that the server handed out."""
    body = json.dumps({"rows": [log_row("a", input="x" * 200_000)]}).encode()
    with requests.Session() as session:
        session.trust_env = False
        slot = session.post(f"{running.url}/logs3/overflow", json={"size_bytes": len(body)}).json()
        session.put(slot["signedUrl"], data=body)
        reference = {"type": "logs3_overflow", "key": slot["key"]}
        answer = session.post(f"{running.url}/logs3", json={"rows": reference})

    assert answer.status_code == 200
    assert list(stored_rows(store)) == ["a"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "["])
def test_foreign_host_name_is_refused(running: Running, host: str) -> None:
    """A page that had its name resolved to 127.0.0.1 gets nothing."""
    assert raw(running, "/version", host=host)[0] == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "LOCALHOST:80", "[::1]:5"])
def test_loopback_host_names_are_served(running: Running, host: str) -> None:
    """Every name of this machine is good, with any port: it may be forwarded."""
    assert raw(running, "/version", host=host)[0] == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), ("http://localhost:3000", 200)],
)
def test_foreign_pages_may_not_write(running: Running, origin: str, status: int) -> None:
    """A web page of another site cannot send rows, although that needs no permission to try."""
    body = json.dumps({"rows": [log_row("a")]})

    assert raw(running, "/logs3", body, origin=origin)[0] == status


def test_encoded_path_arrives_as_it_was_sent(running: Running) -> None:
    """A slash inside a parameter is no separator."""
    status, answer = raw(running, "/v1/project/a%2Fb?x=%26")

    assert status == 404
    assert "There is no project a/b " in answer["error"]


def test_unknown_route_is_told_before_its_body_is_read(running: Running) -> None:
    """An unknown path answers 404, whatever is sent there."""
    assert raw(running, "/v1/nothing", b"x" * 10)[0] == 404


def test_environment_is_what_a_client_needs(running: Running) -> None:
    """The variables name this server for every purpose, with a key since clients want one."""
    assert running.environment == {
        "BRAINTRUST_API_URL": running.url,
        "BRAINTRUST_APP_URL": running.url,
        "BRAINTRUST_API_KEY": "local",
    }


def test_environment_holds_the_servers_key(store: Store) -> None:
    """A server with a key hands it to its user."""
    listening = listen(LocalServer(store, ServerSettings(api_key="mine")))
    listening.port_socket.close()

    assert listening.environment["BRAINTRUST_API_KEY"] == "mine"


def test_stopped_server_gives_its_port_back(store: Store) -> None:
    """After stopping, another server can have the port at once."""
    with listen(LocalServer(store)).start() as first:
        port = urlsplit(first.url).port
        raw(first, "/ping")

    with listen(LocalServer(store), port=port).start() as second:
        assert raw(second, "/ping")[0] == 200


def test_port_in_use_is_one_clear_line(running: Running, store: Store) -> None:
    """A port that is taken is named, with what to do."""
    port = urlsplit(running.url).port

    with pytest.raises(ServeError) as refused:
        listen(LocalServer(store), port=port)

    assert isinstance(refused.value, BraintrustError)
    assert str(refused.value) == (
        f"Port {port} of 127.0.0.1 is in use by another program. Stop that, or choose another "
        "port (0 takes any free one)."
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com", ""])  # noqa: S104 - refused
def test_other_hosts_are_refused(store: Store, host: str) -> None:
    """The server is not offered to other machines."""
    with pytest.raises(ServeError, match=r"listens on 127\.0\.0\.1, ::1 or localhost only"):
        listen(LocalServer(store), host=host)


def test_impossible_port_is_refused(store: Store) -> None:
    """A number that is no port is one clear line."""
    with pytest.raises(ServeError, match="Listening on port 99999"):
        listen(LocalServer(store), port=99_999)


def test_server_listens_on_loopback_only(store: Store) -> None:
    """The port is bound to the loopback address, whichever name was given."""
    listening = listen(LocalServer(store), host="localhost")
    bound = listening.port_socket.getsockname()[0]
    listening.port_socket.close()

    assert bound == "127.0.0.1"


def test_client_that_goes_away_does_no_harm(running: Running) -> None:
    """A client that leaves in the middle of its body costs nobody else anything."""
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname, address.port)) as client:
        head = "POST /logs3 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"
        client.sendall(head.encode())

    assert raw(running, "/logs3", json.dumps({"rows": [log_row("a")]}))[0] == 200
    assert raw(running, f"/v1/project_logs/{PROJECT}/fetch", b"")[1]["events"][0]["id"] == "a"
