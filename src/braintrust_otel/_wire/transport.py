"""What moves one HTTP request: over a network, or to a server in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel.errors import HoldError, StoreError

__all__ = ["CappedTransport", "FunctionTransport", "Transport"]

_SUCCESS = range(200, 300)


class Transport(Protocol):
    """Moves one request and returns the answer, whatever its status."""

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Exchange *request* for its answer. Called from several threads at once.

        Args:
            request: What to send.
            timeout: Seconds that the whole exchange may take. With a stream: seconds that may
                pass without any of it being sent, and again for the answer.

        Raises:
            RetryError: No complete answer came; the same request may succeed later.
            HoldError: The request cannot be sent as things are configured.
        """
        ...

    def after_fork_in_child(self) -> None:
        """Forget connections that belong to the parent process. Takes no lock."""
        ...


class CappedTransport:
    """A transport whose requests do not outlast what its owner has time for.

    Args:
        transport: Moves the requests.
        time_left: Returns the seconds left for a request, or None for no limit.
        heard: Called after each answer that is a success: the server is there, and well.
    """

    def __init__(
        self,
        transport: Transport,
        time_left: Callable[[], float | None],
        heard: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._time_left = time_left
        self._heard = heard

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        """Exchange *request* for its answer within *timeout* or the time left."""
        left = self._time_left()
        response = self._transport.send(request, timeout if left is None else min(timeout, left))
        if response.status in _SUCCESS:
            self._heard()
        return response

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
            response = self._handler(request)
            if response.stream is None:
                return response
            body = b"".join(response.stream.chunks())
            return HttpResponse(response.status, response.headers, body)
        except StoreError as error:
            raise HoldError(str(error)) from error

    def after_fork_in_child(self) -> None:
        """Do nothing: there is no connection to forget."""
