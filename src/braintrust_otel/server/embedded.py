"""The local server inside a program: its store is opened by the first request."""

from __future__ import annotations

from collections.abc import Callable

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store

__all__ = ["EmbeddedServer"]

_STORE = "store"


class EmbeddedServer:
    """A local server whose store is opened on the first request, in the thread that sends it.

    While the store cannot be opened (damaged, locked, of a newer version) every request fails with
    the reason, so that the sender keeps its rows; the next request tries to open it again.

    Args:
        open_store: Opens the store and returns what the user should be told once, if anything.
        say: Tells the user something in one line.
        settings: How the server presents itself, and what it accepts.
    """

    def __init__(
        self,
        open_store: Callable[[], tuple[Store, str | None]],
        say: Callable[[str], None],
        settings: ServerSettings | None = None,
    ) -> None:
        self._open_store = open_store
        self._say = say
        self._settings = settings
        # At most one entry: putting it there is atomic, so that threads and forks need no lock.
        self._opened: dict[str, LocalServer] = {}

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer *request* in the calling thread.

        Raises:
            StoreError: The store cannot be opened.
        """
        server = self._opened.get(_STORE) or self._open()
        return server.handle(request)

    def close(self) -> None:
        """Close the store; a later request opens it again."""
        server = self._opened.pop(_STORE, None)
        if server is not None:
            server.store.close()

    def _open(self) -> LocalServer:
        store, notice = self._open_store()
        server = LocalServer(store, self._settings)
        first = self._opened.setdefault(_STORE, server)
        if first is not server:  # another thread was quicker
            store.close()
        elif notice is not None:
            self._say(notice)
        return first
