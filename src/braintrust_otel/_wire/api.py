"""The one place where requests get their key, and where statuses become errors."""

from __future__ import annotations

import time
from collections.abc import Callable

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.answers import json_object, refusal
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.deadline import UPLOAD_BYTES_PER_SECOND
from braintrust_otel._wire.transport import Transport

__all__ = ["DEFAULT_TIMEOUT", "UPLOAD_BYTES_PER_SECOND", "Api"]

DEFAULT_TIMEOUT = 60.0
"""Seconds for one request."""


class Api:
    """Sends calls and lets only successes through. Safe to use from several threads.

    Args:
        transport: Moves the requests.
        timeout: Seconds for one request in all, the time for its body added. A call may want
            less, and never gets more. Of a body that is streamed, a piece must get through
            within that time.
        wall_clock: Seconds since the epoch; read for a ``Retry-After`` that is a date.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._transport = transport
        self._timeout = timeout
        self._wall_clock = wall_clock

    def send(self, call: Call) -> HttpResponse:
        """Return the answer to *call*, whose status is one of success.

        Raises:
            RetryError: A passing trouble (network, 408, 429, 5xx).
            SplitError: The body was too large (413).
            IsolateError: The content was refused (400, 422).
            HoldError: Anything else that is no success, redirects included.
        """
        timeout = self._timeout if call.timeout is None else min(call.timeout, self._timeout)
        response = self._transport.send(
            HttpRequest(call.method, call.url, _headers(call), call.body, call.stream),
            timeout + len(call.body) / UPLOAD_BYTES_PER_SECOND,
        )
        error = refusal(call, response, self._wall_clock())
        if error is not None:
            raise error
        return response

    def send_for_object(self, call: Call) -> dict[str, object]:
        """Return the JSON object that answers *call*.

        Raises:
            SendError: As ``send``; HoldError also for an answer of another shape.
        """
        return json_object(call, self.send(call))


def _headers(call: Call) -> dict[str, str]:
    headers = dict(call.headers)
    if call.key is not None:
        headers["authorization"] = f"Bearer {call.key}"
    return headers
