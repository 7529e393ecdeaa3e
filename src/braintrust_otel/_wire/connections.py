"""Pooled connections that keep one total deadline per request.

The timeouts of requests and urllib3 hold for each call on the socket: a server that sends one
byte a second keeps a request with a timeout of ten seconds alive for as long as it likes. Here
the deadline travels with the thread that sends (a request lives in one thread), and every call on
the socket gets what is left of it: connecting to each address in turn, the TLS handshake, each
piece of the body that is sent, and each ``recv`` of the status, the headers and the body, through
a proxy's tunnel as well.

Two waits are outside of it: looking up the host's name, which Python cannot interrupt, and SOCKS
proxies, whose connections come from another package and get the plain per-call timeouts.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, Full, LifoQueue
from typing import Any

from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.poolmanager import PoolManager

from braintrust_otel._wire.deadline import Deadline

__all__ = ["DeadlineAdapter", "deadline_of_this_thread", "seconds_left"]

_DEADLINE: ContextVar[Deadline] = ContextVar("braintrust_otel_deadline")
"""A key, not a state: each thread finds its own request's deadline under it."""

_PIECE_BYTES = 16 * 1024
"""One TLS record: a timeout then bounds one write to the socket, not a loop of them."""


@contextmanager
def deadline_of_this_thread(deadline: Deadline) -> Iterator[None]:
    """Apply *deadline* to what this thread does on the adapter's connections."""
    token = _DEADLINE.set(deadline)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def seconds_left() -> float | None:
    """Return what is left of this thread's deadline; None if it has none."""
    deadline = _DEADLINE.get(None)
    return None if deadline is None else deadline.left


class DeadlineAdapter(HTTPAdapter):
    """The requests adapter whose connections keep the deadline of the sending thread."""

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the pools, with our connections in them."""
        super().init_poolmanager(*args, **kwargs)
        _use_our_pools(self.poolmanager)

    @override
    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pools of *proxy*, with our connections in them."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        _use_our_pools(manager)
        return manager


def _use_our_pools(manager: PoolManager) -> None:
    ours = {HTTPConnectionPool: _HttpPool, HTTPSConnectionPool: _HttpsPool}
    classes = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: ours.get(c, c) for scheme, c in classes.items()}


class _ConnectionStack(LifoQueue[Any]):
    """Idle connections, newest first, without a lock that a fork could leave taken.

    The pools never wait for a connection: they make another one.
    """

    def __init__(self, maxsize: int = 0) -> None:
        self._idle: deque[Any] = deque()
        self._most = maxsize

    @override
    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return self._idle.pop()
        except IndexError:
            raise Empty from None

    @override
    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if len(self._idle) >= self._most:
            raise Full
        self._idle.append(item)

    @override
    def qsize(self) -> int:
        return len(self._idle)


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket with what is left of the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(self._deadline.remaining())
        return self._raw.readinto(buffer)

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_DeadlineReader(raw, sock, _DEADLINE.get()))


class _HttpConnection(HTTPConnection):
    """Connects and sends with what is left of the deadline."""

    response_class = _Response

    @override
    def _new_conn(self) -> socket.socket:
        deadline = _DEADLINE.get()
        failure: OSError | None = None
        for family, kind, protocol, _, address in self._addresses():
            sock = socket.socket(family, kind, protocol)
            try:
                self._dial(sock, address, deadline)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"connecting to {self.host} took too long") from failure
        raise NewConnectionError(self, f"no connection to {self.host}: {failure}") from failure

    def _addresses(self) -> list[tuple[Any, Any, int, str, Any]]:
        try:
            return socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error

    def _dial(self, sock: socket.socket, address: Any, deadline: Deadline) -> None:
        for option in self.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(deadline.remaining())
        sock.connect(address)
        sock.settimeout(deadline.remaining())

    @override
    def send(self, data: Any) -> None:
        """Send *data* in pieces, so that a slow reader cannot stretch the deadline."""
        if not isinstance(data, bytes):
            super().send(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _PIECE_BYTES):
            if self.sock is not None:
                self.sock.settimeout(_DEADLINE.get().remaining())
            super().send(view[start : start + _PIECE_BYTES])


class _HttpsConnection(_HttpConnection, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection  # pyright: ignore[reportAssignmentType]: as in urllib3 itself
    QueueCls = _ConnectionStack


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection  # pyright: ignore[reportAssignmentType]: as in urllib3 itself
    QueueCls = _ConnectionStack
