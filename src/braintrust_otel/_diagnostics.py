"""Says things to the user: the package's log, notices that do not repeat, our own bugs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

__all__ = ["Notices", "guard", "log"]

log = logging.getLogger("braintrust_otel")
"""The package's logger. It gets no handler from us: Python's handler of last resort prints
warnings on stderr when the program configures no logging, and the program's own handlers take
them when it does."""

_MAX_KEYS = 1_000
_MAX_DETAIL = 300


def _warn(message: str) -> None:
    # The handler of last resort prints the message alone, so the message says who speaks.
    log.warning("braintrust-otel: %s", message)


class Notices:
    """Says things to the user: each time, once, or at most once in a while.

    Every method may be called from any thread, also from a finalizer that interrupts one of them,
    and none of them raises.

    Args:
        emit: Takes a message to the user; called without any lock.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        emit: Callable[[str], None] = _warn,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit = emit
        self._clock = clock
        # Reentrant, because a garbage collection may run a finalizer that has something to say.
        self._lock = threading.RLock()
        self._said_at: dict[str, float] = {}

    def say(self, message: str) -> None:
        """Say *message*."""
        # A broken handler or filter is not the traced program's trouble.
        with suppress(Exception):
            self._emit(message)

    def say_once(self, key: str, message: str) -> None:
        """Say *message* unless something was said under *key* before."""
        self.say_at_most(key, message, float("inf"))

    def say_at_most(self, key: str, message: str, every: float = 60.0) -> None:
        """Say *message* unless something was said under *key* within the last *every* seconds."""
        if self._is_due(key, every):
            self.say(message)

    def bug(self, doing: str, error: BaseException) -> None:
        """Report a bug of ours: one line a minute for each thing we were *doing*.

        Args:
            doing: What went wrong, as it follows "while": ``ending a span``.
            error: What was raised. Its traceback goes to the log at the level DEBUG.
        """
        with suppress(Exception):
            log.debug("A bug of braintrust-otel while %s", doing, exc_info=error)
        self.say_at_most(
            f"bug:{doing}",
            f"A bug of braintrust-otel while {doing} ({_described(error)}). The program goes on, "
            'what was logged here may be incomplete. The logger "braintrust_otel" has the '
            "traceback at the level DEBUG; please report it.",
        )

    def after_fork_in_child(self) -> None:
        """Get a new lock: another thread of the parent may have held the old one."""
        self._lock = threading.RLock()

    def _is_due(self, key: str, every: float) -> bool:
        now = self._clock()
        with self._lock:
            said_at = self._said_at.get(key)
            if said_at is not None and now - said_at < every:
                return False
            self._said_at[key] = now
            if len(self._said_at) > _MAX_KEYS:
                del self._said_at[next(iter(self._said_at))]
            return True


class guard:  # noqa: N801 - reads as the verb that it is: `with guard("ending a span", notices):`
    """Keeps an error of our own code from the user: it costs one notice.

    Only errors of the kind ``Exception`` are kept: cancellation and Ctrl-C pass through. Never
    put the user's own code inside.

    Args:
        doing: What the guarded code does, as it follows "while": ``ending a span``.
        notices: Where a bug is reported.
    """

    __slots__ = ("_doing", "_notices")

    def __init__(self, doing: str, notices: Notices) -> None:
        self._doing = doing
        self._notices = notices

    def __enter__(self) -> None:
        """Begin the guarded part."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """Report an error, and tell Python that it was dealt with."""
        if not isinstance(error, Exception):
            return False
        self._notices.bug(self._doing, error)
        return True


def _described(error: BaseException) -> str:
    try:
        detail = str(error)[:_MAX_DETAIL]
    except Exception:  # noqa: BLE001 - the error's own code failed
        detail = "without a readable message"
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return f"{type(error).__name__}: {detail}"
    # The file's name alone: a whole path would tell where the user's programs are.
    filename = traceback.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{type(error).__name__}: {detail}, {filename}:{traceback.tb_lineno}"
