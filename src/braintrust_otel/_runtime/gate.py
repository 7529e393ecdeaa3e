"""Keeps a fork from falling into an import that a thread of ours is making."""

from __future__ import annotations

import threading
from types import TracebackType

__all__ = ["ForkGate"]


class ForkGate:
    """A block that no fork happens inside of: forks wait until it is left.

    A module that is half imported at a fork stays locked in the child for ever, by a thread that
    is not there any more. What we import late is therefore imported inside the gate, and nothing
    else is done there. One thread may enter it twice: a signal handler that logs can interrupt it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()

    def before_fork(self) -> None:
        """Wait until nobody is inside, and let nobody in."""
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Let threads in again."""
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start with a gate that nobody is in."""
        self._lock = threading.RLock()
