"""How large a request the server takes, which it tells on being asked."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from braintrust_otel._diagnostics import Notices
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.single_flight import SingleFlight
from braintrust_otel._wire.urls import join_url
from braintrust_otel.errors import SendError

__all__ = ["DEFAULT_MAX_REQUEST_BYTES", "Limits", "RequestLimits", "limits_from"]

DEFAULT_MAX_REQUEST_BYTES = 6 * 1024 * 1024
"""The largest request where neither the user nor the server names one."""

_TIMEOUT = 10.0
_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes.

    Attributes:
        max_request_bytes: The largest request body.
        takes_overflow: Whether larger bodies may be uploaded instead.
    """

    max_request_bytes: int
    takes_overflow: bool


class RequestLimits:
    """The limits of one server, asked for once. Safe to use from several threads.

    A server that cannot tell is no reason not to send: then the configured limit holds, this is
    said once, and the server is asked again after a minute at the earliest.

    Args:
        api: Sends the request.
        notices: Says that the server could not tell.
        configured: The user's limit in bytes, or None.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        api: Api,
        notices: Notices,
        *,
        configured: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._notices = notices
        self._configured = configured
        self._clock = clock
        self._current = Limits(configured or DEFAULT_MAX_REQUEST_BYTES, takes_overflow=False)
        self._ask_again_at = -math.inf
        self._asked: SingleFlight[str, Limits] = SingleFlight()

    @property
    def current(self) -> Limits:
        """What is known now; never uses the network."""
        return self._current

    def learn(self, account: Account) -> Limits:
        """Return what the server of *account* takes, asking it if that is still to be done."""
        if self._clock() < self._ask_again_at:
            return self._current
        try:
            self._current = self._asked.get("version", lambda: self._ask(account))
        except SendError as error:
            self._ask_again_at = self._clock() + _PAUSE
            self._notices.say_once(
                "version",
                f"The server's request limit is unknown, {self._current.max_request_bytes} bytes "
                f"are used: {error}",
            )
        return self._current

    def after_fork_in_child(self) -> None:
        """Keep what is known; a request under way is the parent's."""
        self._asked.after_fork_in_child()

    def _ask(self, account: Account) -> Limits:
        url = join_url(account.api_url, "version")
        call = Call("Asking for the version", "GET", url, account.api_key, timeout=_TIMEOUT)
        return limits_from(self._api.send_for_object(call), self._configured)


def limits_from(answer: dict[str, object], configured: int | None) -> Limits:
    """Return the limits that a server's *answer* and the user's own limit come to."""
    told = answer.get("logs3_payload_max_bytes")
    # JSON's true is a number to Python, and would come to a limit of one byte.
    if isinstance(told, bool) or not isinstance(told, int | float) or not 1 <= told < math.inf:
        return Limits(configured or DEFAULT_MAX_REQUEST_BYTES, takes_overflow=False)
    return Limits(min(int(told), configured or int(told)), takes_overflow=True)
