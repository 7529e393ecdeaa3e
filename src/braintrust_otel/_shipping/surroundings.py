"""Everything that shipping takes from outside: time, threads, chance, and who is told what."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.senders import Batch, NoUploader, Uploader
from braintrust_otel._shipping.spool import NoSpool, Spool
from braintrust_otel.errors import SendError

__all__ = ["Masker", "Signal", "Surroundings", "wait_on"]

Masker = Callable[[Row], Row]


class Signal:
    """Wakes one waiting thread.

    ``notify`` may be called from anywhere, also from a garbage collection or a signal handler in
    the middle of ``notify`` or ``wait``: ``queue.SimpleQueue`` is made for that, and an event or a
    condition is not.
    """

    __slots__ = ("_tokens",)

    def __init__(self) -> None:
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()

    def notify(self) -> None:
        """Let the current or the next ``wait`` return."""
        self._tokens.put(None)

    def wait(self, timeout: float | None) -> None:
        """Return once ``notify`` was called since the last ``wait``, or after *timeout* seconds."""
        try:
            self._tokens.get(timeout=timeout)
            while True:
                self._tokens.get_nowait()
        except queue.Empty:
            pass


def start_daemon(target: Callable[[], None], name: str) -> None:
    """Start a daemon thread.

    Raises:
        RuntimeError: Python starts no more threads (at exit, or at a limit of the system).
    """
    threading.Thread(target=target, name=name, daemon=True).start()


def wait_on(condition: threading.Condition, timeout: float | None) -> None:
    """Wait for *condition*, which is held, for at most *timeout* seconds."""
    condition.wait(timeout)


def no_dump(batch: Batch, error: SendError) -> None:
    """Keep no failed payload."""


def no_masker() -> Masker | None:
    """Mask nothing."""
    return None


def always() -> bool:
    """Say yes."""
    return True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What shipping takes from outside.

    Attributes:
        notices: Says things to the user.
        clock: Monotonic seconds.
        chance: Draws a number from 0 (included) to 1.
        start_thread: Starts a daemon thread, or raises RuntimeError.
        wait: Waits on a held condition for at most some seconds, or without limit.
        dump: Keeps a failed payload, with its failure. Called in any thread; should not raise.
        masker: Returns the function that masks rows, or None; asked at each conversion. A masker
            that raises costs the row.
        spool: Keeps rows on disk.
        is_ready: Tells whether the sender is set up. A shutdown takes silence for the server's
            only from then on: importing what talks to it can take long on a busy machine.
        pricing: Adds to a row what the call that it is of has cost; None adds nothing.
        uploader: Moves the bytes of attachments.
        media: Turns media inside a row into attachments, and returns the row itself where there
            is none; None leaves media where it is.
    """

    notices: Notices
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    start_thread: Callable[[Callable[[], None], str], None] = start_daemon
    wait: Callable[[threading.Condition, float | None], None] = wait_on
    dump: Callable[[Batch, SendError], None] = no_dump
    masker: Callable[[], Masker | None] = no_masker
    spool: Spool = field(default_factory=NoSpool)
    is_ready: Callable[[], bool] = always
    pricing: Masker | None = None
    uploader: Uploader = field(default_factory=NoUploader)
    media: Masker | None = None
