"""The requests adapter that tries again when a connection fails, for users to install."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ReadTimeout, RequestException, UnrewindableBodyError
from requests.utils import rewind_body
from typing_extensions import override
from urllib3.exceptions import ClosedPoolError, HTTPError, ReadTimeoutError

from braintrust_otel._diagnostics import Notices
from braintrust_otel._wire.connections import seconds_left
from braintrust_otel._wire.urls import shown_url

__all__ = ["HTTPAdapter", "RetryRequestExceptionsAdapter"]

_MAX_CLOSED: Final = 10
"""Tries that found their pool closed by another thread before that counts as a failure."""


class RetryRequestExceptionsAdapter(HTTPAdapter):
    """Repeats a request whose connection fails or whose answer breaks off.

    Use it with ``set_http_adapter``, or mount it on a ``requests.Session`` of your own. It reads
    the whole answer, so that one that breaks off is noticed. Statuses are never retried here. When
    nothing came for too long, it drops its idle connections before it tries again: a router in
    between may have forgotten them. It goes on working after ``close()``, and several threads may
    use it at once.

    Args:
        *args: As for ``requests.adapters.HTTPAdapter``.
        base_num_retries: Tries after the first one.
        backoff_factor: Seconds before the first retry; each later one waits twice as long.
        default_timeout_secs: Seconds for a request that names no timeout.
        **kwargs: As for ``requests.adapters.HTTPAdapter``.
    """

    # What pickling keeps, as requests defines it for its adapters.
    __attrs__ = [  # noqa: RUF012 - the base class declares it so
        *HTTPAdapter.__attrs__,
        "base_num_retries",
        "backoff_factor",
        "default_timeout_secs",
    ]

    def __init__(
        self,
        *args: Any,
        base_num_retries: int = 0,
        backoff_factor: float = 0.5,
        default_timeout_secs: float = 60,
        **kwargs: Any,
    ) -> None:
        self.base_num_retries = base_num_retries
        self.backoff_factor = backoff_factor
        self.default_timeout_secs = default_timeout_secs
        super().__init__(*args, **kwargs)

    @override
    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send *request* and return the answer, which is complete.

        Raises:
            requests.RequestException: The last try failed.
        """
        wanted = self.default_timeout_secs if timeout is None else timeout
        retries = closed = 0
        while True:
            try:
                response = super().send(request, stream, _capped(wanted), verify, cert, proxies)
                response.content  # noqa: B018 - reading it loads it
            except (RequestException, HTTPError) as error:  # noqa: PERF203 - a request costs more
                if closed < _MAX_CLOSED and _is_about(error, ClosedPoolError):
                    closed += 1
                elif self._is_retry(request, error, retries):
                    retries += 1
                else:
                    raise
                _rewind(request)
            else:
                return response

    def _is_retry(self, request: PreparedRequest, error: Exception, retries: int) -> bool:
        """Tell whether another try is due after *retries* of them; wait until it is."""
        pause = self.backoff_factor * 2**retries
        left = seconds_left()
        if retries >= self.base_num_retries or (left is not None and left <= pause):
            return False
        say = Notices().say
        what = f"{request.method} {shown_url(request.url or '')}"
        say(f"{what} did not get through ({type(error).__name__}).")
        say(f"{what} is tried again in {pause:g} s, {retries + 1} of {self.base_num_retries}.")
        if _is_about(error, ReadTimeout, ReadTimeoutError):
            self.close()
        time.sleep(pause)
        return True


def _capped(timeout: Any) -> Any:
    """Return *timeout*, or what is left of the request's deadline if that is less."""
    left = seconds_left()
    return min(timeout, left) if left and isinstance(timeout, (int, float)) else timeout


def _is_about(error: BaseException, *kinds: type[BaseException]) -> bool:
    """Tell whether *error*, or what requests wrapped in it, is one of *kinds*."""
    return isinstance(error, kinds) or any(isinstance(inner, kinds) for inner in error.args)


def _rewind(request: PreparedRequest) -> None:
    """Go back to the beginning of a body that is read from a file.

    Raises:
        requests.RequestException: That cannot be done, so there is no second try.
    """
    if hasattr(request.body, "read"):
        rewind_body(request)
    elif hasattr(request.body, "__next__"):
        raise UnrewindableBodyError("The request's body is an iterator, which was begun already.")
