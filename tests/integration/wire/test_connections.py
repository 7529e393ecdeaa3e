from __future__ import annotations

import socket
from collections.abc import Iterator
from queue import Full
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from braintrust_otel._model.http import HttpRequest
from braintrust_otel._wire.connections import (
    DeadlineAdapter,
    _ConnectionStack,
    _HttpConnection,
    deadline_of_this_thread,
)
from braintrust_otel._wire.deadline import Deadline
from braintrust_otel._wire.requests_transport import RequestsTransport
from braintrust_otel.errors import RetryError
from support.backend import Backend


class SeveralAddresses(_HttpConnection):
    """A connection to a host whose name stands for the addresses that were given."""

    ports: tuple[int, ...] = ()

    def _addresses(self) -> list[tuple[Any, Any, int, str, Any]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in self.ports
        ]


def connection_to(*ports: int) -> SeveralAddresses:
    connection = SeveralAddresses("many.test")
    connection.ports = ports
    return connection


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where connections are made and nobody ever says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that connecting takes forever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        yield address[1]
        for sock in waiting:
            sock.close()


def test_the_next_address_is_tried(closed_port: int, silent_port: int) -> None:
    """When one address of a host refuses, the next one is taken."""
    connection = connection_to(closed_port, silent_port)

    with deadline_of_this_thread(Deadline(5.0)):
        connection.connect()

    assert connection.sock.getpeername()[1] == silent_port
    connection.close()


def test_the_last_refusal_counts(closed_port: int) -> None:
    """When every address refuses, the connection cannot be made."""
    with (
        deadline_of_this_thread(Deadline(5.0)),
        pytest.raises(NewConnectionError) as caught,
    ):
        connection_to(closed_port, closed_port).connect()

    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_a_host_without_addresses_cannot_be_reached() -> None:
    """A name that stands for no address at all is an error, not a crash."""
    with deadline_of_this_thread(Deadline(5.0)), pytest.raises(NewConnectionError):
        connection_to().connect()


def test_all_addresses_share_one_deadline(full_port: int) -> None:
    """Addresses that do not answer cannot add up their timeouts."""
    with deadline_of_this_thread(Deadline(0.2)), pytest.raises(ConnectTimeoutError):
        connection_to(full_port, full_port, full_port).connect()


def test_the_deadline_holds_for_the_handshake(silent_port: int) -> None:
    """A server that never says a word of TLS is given up at the deadline."""
    transport = RequestsTransport()

    with pytest.raises(RetryError, match=r"no complete answer within 0\.2 s"):
        transport.send(HttpRequest("GET", f"https://127.0.0.1:{silent_port}/"), 0.2)
    transport.close()


def test_the_deadline_holds_for_a_tunnel(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that never answers is given up at the deadline."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent_port}")
    transport = RequestsTransport()

    with pytest.raises(RetryError, match=r"no complete answer within 0\.2 s"):
        transport.send(HttpRequest("GET", "https://far.invalid/"), 0.2)
    transport.close()


def test_a_body_in_pieces_is_sent_as_well() -> None:
    """The adapter sends bodies that are no bytes, as requests allows."""
    with (
        Backend() as backend,
        requests.Session() as session,
        deadline_of_this_thread(Deadline(5.0)),
    ):
        session.mount("http://", DeadlineAdapter())
        session.post(f"{backend.url}/x", data=bytearray(b"abc"), timeout=5)

        assert backend.requests()[0].body == b"abc"


def test_an_adapter_of_the_users_stays_his() -> None:
    """A given adapter moves the requests, also after a fork, and is not closed by us."""

    class Mine(HTTPAdapter):
        closed = False

        def close(self) -> None:
            self.closed = True

    mine = Mine()
    transport = RequestsTransport(lambda: mine)
    with Backend() as backend:
        first = transport.send(HttpRequest("GET", f"{backend.url}/version"), 5.0)
        transport.after_fork_in_child()
        second = transport.send(HttpRequest("GET", f"{backend.url}/version"), 5.0)
        transport.close()

        assert (first.status, second.status, mine.closed) == (401, 401, False)
    HTTPAdapter.close(mine)


def test_a_bug_of_ours_is_no_network_error() -> None:
    """What neither the network nor a user's adapter raised comes out as it is."""

    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise KeyError("bug")

    transport = RequestsTransport()
    body: Any = broken()
    with Backend() as backend, pytest.raises(KeyError, match="bug"):
        transport.send(HttpRequest("POST", f"{backend.url}/logs3", {}, body), 5.0)
    transport.close()


def test_a_full_stack_takes_no_more() -> None:
    """Idle connections beyond the bound are turned away, so that the pool closes them."""
    stack = _ConnectionStack(1)
    stack.put("a", block=False)

    with pytest.raises(Full):
        stack.put("b", block=False)

    assert (stack.qsize(), stack.get(block=False)) == (1, "a")
