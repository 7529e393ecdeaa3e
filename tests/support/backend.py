"""A Braintrust backend on loopback that stores rows and fails on demand.

In a test::

    with Backend() as backend:
        backend.fail("logs3", faults.status(503, {"retry-after": "1"}), times=2)
        run_program(env=backend.environment())
        assert [row["input"] for row in backend.stored()] == ["hello"]
        assert len(backend.requests("logs3")) == 3

Endpoints that can fail: ``login``, ``project``, ``version``, ``logs3``, ``overflow``, ``upload``,
``attachment``, ``blob`` (its bytes), ``status`` (of its upload), ``other``. Each request takes
the next of the faults queued for its endpoint with `Backend.fail`;
when none is queued, the one set with `Backend.fail_always`; else it is answered properly.

Nothing needs to sleep: wait with `Backend.wait_for`, end hanging requests with `Backend.release`.
`Backend.refuse` closes the port (connection refused), `Backend.accept` opens the same one again.

From another process: ``python -m support.backend`` (with ``tests`` on the path) prints the URL,
serves until its standard input ends, and takes commands over HTTP: ``GET /_rows`` returns the
rows; ``POST /_fail`` queues faults, for instance
``{"endpoint": "logs3", "fault": "status", "args": {"code": 503}, "times": 2}``.
"""

from __future__ import annotations

import json
import ssl
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from typing_extensions import Self

from support import backend_faults
from support.backend_faults import Fault
from support.backend_handler import Handler, Received
from support.backend_routes import Routes
from support.backend_rows import RowStore

__all__ = ["Backend", "Received"]

API_KEY = "sk-test-1234567890"
"""Certificate and key for 127.0.0.1, made for these tests and valid for a hundred years."""


class Backend:
    """The backend; a context manager. All methods are safe from every thread.

    Args:
        api_key: The only key that is accepted.
        payload_limit: The largest ``/logs3`` body: told by ``/version`` and enforced with 413.
            None tells nothing and takes everything.
        upload_method: ``PUT`` or ``POST``: how overflow uploads are asked for.
        tls: Speak TLS, with a certificate of an authority of this backend's own; see ``trust``.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        payload_limit: int | None = None,
        upload_method: str = "PUT",
        tls: bool = False,
    ) -> None:
        self.api_key = api_key
        self._tls = tls
        self._authority = trustme.CA() if tls else None
        self.store = RowStore()
        self.routes = Routes(self.store, payload_limit, upload_method)
        self._changed = threading.Condition()
        self._received: list[Received] = []
        self._queued: dict[str, deque[Fault]] = defaultdict(deque)
        self._standing: dict[str, Fault] = {}
        self._released = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()

    @property
    def url(self) -> str:
        """The origin of all endpoints; stays the same when the port is closed and opened again."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def environment(self) -> dict[str, str]:
        """Return the variables that make a program use this backend."""
        return {"BRAINTRUST_API_KEY": self.api_key, "BRAINTRUST_APP_URL": self.url}

    def trust(self, path: Path) -> Path:
        """Write to *path* the bundle that a client of a TLS backend needs, and return it."""
        assert self._authority is not None
        self._authority.cert_pem.write_to_path(str(path))
        return path

    # Starting and stopping

    def accept(self) -> None:
        """Open the port: a free one the first time, the same one later."""
        self._released.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_port
        if self._authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert("127.0.0.1").configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve, name="backend")
        self._thread.start()

    def refuse(self) -> None:
        """Close the port and every connection; what was received stays."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        self._released.set()
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()

    # Failing

    def fail(self, endpoint: str, fault: Fault, times: int = 1) -> None:
        """Let the next *times* requests to *endpoint* that have no fault yet meet *fault*."""
        with self._changed:
            self._queued[endpoint].extend([fault] * times)

    def fail_always(self, endpoint: str, fault: Fault) -> None:
        """Let every request to *endpoint* meet *fault* until `heal`."""
        with self._changed:
            self._standing[endpoint] = fault

    def heal(self) -> None:
        """Drop all faults that are still to come and release what hangs."""
        with self._changed:
            self._queued.clear()
            self._standing.clear()
        self.release()

    def release(self) -> None:
        """End the requests that hang, drip or read slowly now."""
        self._released.set()
        self._released = threading.Event()

    # Looking and waiting

    def requests(self, endpoint: str | None = None) -> list[Received]:
        """Return the requests so far, to *endpoint* or to all of them."""
        with self._changed:
            return [r for r in self._received if endpoint in (None, r.endpoint)]

    def stored(self) -> list[dict[str, Any]]:
        """Return the rows as they stand, merges applied."""
        return self.store.stored()

    def written(self) -> list[dict[str, Any]]:
        """Return every row that was accepted, repeats included, in order."""
        return self.store.written()

    def wait_for(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        """Wait until *condition* holds; looked at whenever a request arrives or is answered.

        Raises:
            AssertionError: It did not hold within *timeout* seconds.
        """
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise AssertionError(f"not within {timeout} s; received: {self._received}")

    def wait_for_requests(self, endpoint: str, count: int, timeout: float = 30.0) -> None:
        """Wait until *count* requests have reached *endpoint* (answered or not)."""
        self.wait_for(lambda: len(self.requests(endpoint)) >= count, timeout)

    def wait_for_rows(self, count: int, timeout: float = 30.0) -> None:
        """Wait until *count* different rows are stored."""
        self.wait_for(lambda: len(self.stored()) >= count, timeout)

    # For the handler

    def arrived(self, received: Received) -> Fault | None:
        """Note a request and return the fault that it meets."""
        with self._changed:
            self._received.append(received)
            self._changed.notify_all()
            queued = self._queued[received.endpoint]
            return queued.popleft() if queued else self._standing.get(received.endpoint)

    def answered(self) -> None:
        """Wake those who wait for a condition."""
        with self._changed:
            self._changed.notify_all()

    def pause(self, seconds: float | None = None) -> bool:
        """Wait for `release`, for the port to close, or for *seconds*; True if not the last."""
        return self._released.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # every thread is joined, so that no test leaves one behind

    def __init__(self, address: tuple[str, int], backend: Backend) -> None:
        self.backend = backend
        self._open: set[Any] = set()
        self._guard = threading.Lock()
        super().__init__(address, Handler)

    def serve(self) -> None:
        self.serve_forever(poll_interval=0.01)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake every thread that reads from a connection."""
        with self._guard:
            for connection in self._open:
                _shut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about connections that broke: that is what they are here for."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _shut(connection: Any) -> None:
    try:
        connection.shutdown(2)
    except OSError:
        return


def main() -> None:
    """Serve until standard input ends; print the URL first."""
    with Backend() as backend:
        backend.routes.commands["/_fail"] = lambda body: _queue(backend, body)
        sys.stdout.write(f"{backend.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


def _queue(backend: Backend, body: bytes) -> None:
    command = json.loads(body)
    fault = getattr(backend_faults, command["fault"])(**command.get("args", {}))
    backend.fail(command["endpoint"], fault, command.get("times", 1))


if __name__ == "__main__":
    main()
