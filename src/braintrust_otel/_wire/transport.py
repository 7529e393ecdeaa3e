"""What moves one HTTP request: over a network, or to a server in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel.errors import HoldError, StoreError

__all__ = ["CappedTransport", "DeferredTransport", "FunctionTransport", "Transport"]


class Transport(Protocol):
    """Moves one request and returns the answer, whatever its status."""

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Exchange *request* for its answer. Called from several threads at once.

        Args:
            request: What to send.
            timeout: Seconds that the whole exchange may take.

        Raises:
            RetryError: No complete answer came; the same request may succeed later.
            HoldError: The request cannot be sent as things are configured.
        """
        ...

    def after_fork_in_child(self) -> None:
        """Forget connections that belong to the parent process. Takes no lock."""
        ...


class DeferredTransport:
    """A transport that is made by its first request, in the thread that sends it.

    Args:
        make: Returns the transport. Of several threads that come first, one's is kept.
    """

    def __init__(self, make: Callable[[], Transport]) -> None:
        self._make = make
        # At most one entry: putting it there is atomic, so that threads and forks need no lock.
        self._made: dict[str, Transport] = {}

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Exchange *request* for its answer, as the transport behind does."""
        made = self._made.get("it") or self._made.setdefault("it", self._make())
        return made.send(request, timeout)

    def after_fork_in_child(self) -> None:
        """Forget the parent's connections, if there are any."""
        for made in self._made.values():
            made.after_fork_in_child()


class CappedTransport:
    """A transport whose requests do not outlast what its owner has time for.

    Args:
        transport: Moves the requests.

    Attributes:
        time_left: Returns the seconds left for a request, or None for no limit.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.time_left: Callable[[], float | None] = lambda: None

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Exchange *request* for its answer within *timeout* or the time left."""
        left = self.time_left()
        return self._transport.send(request, timeout if left is None else min(timeout, left))

    def after_fork_in_child(self) -> None:
        """Forget connections that belong to the parent process."""
        self._transport.after_fork_in_child()


class FunctionTransport:
    """Hands requests to a function of this process: no socket, no thread, no event loop.

    Args:
        handler: Answers one request; called in the sending thread.
    """

    def __init__(self, handler: Callable[[HttpRequest], HttpResponse]) -> None:
        self._handler = handler

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Return the handler's answer; *timeout* is the handler's own business.

        Raises:
            HoldError: The store behind the handler cannot be used.
        """
        try:
            return self._handler(request)
        except StoreError as error:
            raise HoldError(str(error)) from error

    def after_fork_in_child(self) -> None:
        """Do nothing: there is no connection to forget."""
