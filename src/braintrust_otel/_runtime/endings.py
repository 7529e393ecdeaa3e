"""Delivers what is left where a process ends without running its exit handlers.

That is how worker processes end that were forked by ``multiprocessing``, by its copy in Celery, or
by Celery itself, and how every process ends that a signal terminates.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType, ModuleType
from typing import Any, Final, Protocol

__all__ = ["Ending", "flush_on_termination", "watch_endings", "watch_workers"]

_FORKING: Final = ("multiprocessing", "billiard")
_LAST: Final = -1_000
"""Finalizers with lower numbers run later."""

_TERMINATION_TIMEOUT: Final = 10.0
"""Seconds for delivery once a process was told to end; who told it waits as long, or longer."""


class Ending(Protocol):
    """What is told that the process ends."""

    def at_exit(self) -> None:
        """Deliver what is left; may be called more than once."""
        ...


def watch_workers(owner: Ending, modules: Mapping[str, ModuleType] = sys.modules) -> None:
    """Be told when a child ends that is just being forked; called in the child, after the fork.

    Only modules that are imported already can have made it, so none is imported for it.

    Args:
        owner: Told at the end.
        modules: The imported modules.
    """
    for name in _FORKING:
        util: Any = modules.get(f"{name}.util")
        if util is not None:
            # Finalizers registered now would be forgotten when the child starts its work.
            util.register_after_fork(owner, lambda known, util=util: _at_finish(util, known))
    signals: Any = modules.get("celery.signals")
    if signals is not None:
        signals.worker_process_shutdown.connect(
            lambda **_: owner.at_exit(), weak=False, dispatch_uid="braintrust_otel"
        )


def watch_endings(owner: Ending, modules: Mapping[str, ModuleType] = sys.modules) -> None:
    """Be told when this process ends, if it is a worker that ends without exit handlers.

    Args:
        owner: Told at the end.
        modules: The imported modules.
    """
    process: Any = modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None:
        return
    context: Any = modules["multiprocessing.context"]
    if context._default_context.get_start_method() != "spawn":  # noqa: SLF001  # as its module does
        _at_finish(modules["multiprocessing.util"], owner)


def flush_on_termination(owner: Ending) -> None:
    """Deliver what is left before SIGTERM ends the process, as it would have ended it anyway.

    Python runs no exit handlers then, and servers that end well send themselves the signal at last.
    A program that handles the signal itself is left alone.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # Python lets only the main thread handle signals
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _Terminated(owner.at_exit))


class _Terminated:
    """Handles SIGTERM: delivers, then lets the signal do what it does without a handler."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        self._deliver = deliver

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # In a thread of its own: this one may have been interrupted while it held a lock of ours.
        thread = threading.Thread(target=self._deliver, name="braintrust-otel-end", daemon=True)
        thread.start()
        thread.join(_TERMINATION_TIMEOUT)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _at_finish(util: Any, owner: Ending) -> None:
    util.Finalize(None, owner.at_exit, exitpriority=_LAST)
