"""Serves the local server on a loopback port, in this thread or in one of its own."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import uvicorn
from typing_extensions import Self, override

from braintrust_otel.errors import BraintrustError
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.asgi import LOOPBACK_HOSTS, asgi_app

__all__ = ["Listening", "Running", "ServeError", "listen"]

_BACKLOG = 128
_ANY_KEY = "local"


class ServeError(BraintrustError):
    """The server cannot listen where it was told to."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A local server that holds its port, but does not answer yet.

    Attributes:
        server: What answers.
        url: Where it answers.
        port_socket: The listening socket.
    """

    server: LocalServer
    url: str
    port_socket: socket.socket

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables with which a client finds this server."""
        return {
            "BRAINTRUST_API_URL": self.url,
            "BRAINTRUST_APP_URL": self.url,
            "BRAINTRUST_API_KEY": self.server.settings.api_key or _ANY_KEY,
        }

    def serve(self) -> None:
        """Answer requests in this thread until the process is interrupted.

        Returns after Ctrl-C, once what has begun is answered; SIGTERM ends the process after that.
        """
        with suppress(KeyboardInterrupt):  # uvicorn has stopped in good order, and passes it on
            _uvicorn(self.server).run(sockets=[self.port_socket])

    def start(self) -> Running:
        """Answer requests in a thread of its own, and return once that runs."""
        running = Running(self)
        running.start()
        return running


class Running:
    """A local server that answers in a thread of its own; a context manager that stops it.

    Args:
        listening: The server and its port.
    """

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._uvicorn = _uvicorn(listening.server)
        self._thread = threading.Thread(
            target=self._run, name="braintrust-otel-server", daemon=True
        )

    @property
    def url(self) -> str:
        """Where the server answers."""
        return self._listening.url

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables with which a client finds this server."""
        return self._listening.environment

    def start(self) -> None:
        """Start the thread and return once it answers."""
        self._thread.start()
        self._uvicorn.is_up.wait()

    def stop(self) -> None:
        """Answer what has begun, then close the port; returns when both are done."""
        self._uvicorn.should_exit = True
        self._thread.join()
        self._listening.port_socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._listening.port_socket])
        finally:
            self._uvicorn.is_up.set()  # whoever waits for the start must not wait for ever


def listen(server: LocalServer, port: int = 0, host: str = "127.0.0.1") -> Listening:
    """Take a port for *server*.

    Args:
        server: What will answer.
        port: Port number; 0 takes any free one.
        host: A loopback name: the server has no users to tell apart, so no other machine may
            reach it.

    Raises:
        ServeError: *host* is no loopback name, or the port cannot be had.
    """
    if host not in LOOPBACK_HOSTS:
        raise ServeError(
            f"Serving on {host} was refused: the local server shows prompts and answers to whoever "
            "reaches it, so it listens on 127.0.0.1, ::1 or localhost only."
        )
    address = "127.0.0.1" if host == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    port_socket = socket.socket(family, socket.SOCK_STREAM)
    try:
        _share_nothing(port_socket)
        port_socket.bind((address, port))
        port_socket.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        port_socket.close()
        raise ServeError(_reason(address, port, error)) from error
    shown = f"[{address}]" if family == socket.AF_INET6 else address
    return Listening(server, f"http://{shown}:{port_socket.getsockname()[1]}", port_socket)


def _share_nothing(port_socket: socket.socket) -> None:
    if sys.platform == "win32":  # there, SO_REUSEADDR would let another program take the port
        port_socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        port_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def _reason(address: str, port: int, error: OSError | OverflowError) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {address} is in use by another program. Stop that, or choose another "
            "port (0 takes any free one)."
        )
    return f"Listening on port {port} of {address} is not possible: {error}."


class _Uvicorn(uvicorn.Server):
    """Uvicorn that tells when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


def _uvicorn(server: LocalServer) -> _Uvicorn:
    return _Uvicorn(
        uvicorn.Config(
            asgi_app(server),
            log_config=None,  # its loggers stay as the program configured them
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_keep_alive=75,  # longer than clients keep idle connections
            timeout_graceful_shutdown=5,
        )
    )
