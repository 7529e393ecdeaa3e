"""The threads: one that decides and converts, a few that make requests."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress

from braintrust_otel._diagnostics import guard
from braintrust_otel._shipping.jobs import Job
from braintrust_otel._shipping.pipeline import Pipeline
from braintrust_otel._shipping.surroundings import Surroundings

__all__ = ["Crew", "Worker"]

_PAUSE_AFTER_BUG = 1.0


class Crew:
    """Up to *size* threads that make requests, started when there is work for one more.

    The worker hands every request to them, so that it goes on converting while a server is slow.
    Where Python starts no thread (at exit, or at a limit of the system) it is told so, and makes
    the request itself.

    Args:
        pipeline: Performs a job.
        size: Threads at most.
        surroundings: Starts threads, and is told about bugs.
    """

    __slots__ = (
        "_busy",
        "_is_closed",
        "_jobs",
        "_lock",
        "_pipeline",
        "_size",
        "_started",
        "_surroundings",
    )

    def __init__(self, pipeline: Pipeline, size: int, surroundings: Surroundings) -> None:
        self._pipeline = pipeline
        self._size = size
        self._surroundings = surroundings
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._started = 0
        self._busy = 0
        self._is_closed = False

    def give(self, job: Job) -> bool:
        """Hand *job* to a thread that is free or can be started; return False if there is none."""
        with self._lock:
            is_free = self._busy < self._started
            if not is_free and (self._is_closed or self._started >= self._size):
                return False
            self._busy += 1
        if not is_free and not self._start():
            with self._lock:
                self._busy -= 1
            return False
        self._jobs.put(job)
        return True

    def close(self) -> None:
        """Start no more threads."""
        with self._lock:
            self._is_closed = True

    def stop(self) -> None:
        """Let the threads end once they are done."""
        self.close()
        with self._lock:
            started = self._started
        for _ in range(started):
            self._jobs.put(None)

    def _start(self) -> bool:
        with self._lock:
            self._started += 1
        try:
            self._surroundings.start_thread(self._run, "braintrust-otel sender")
        except RuntimeError:
            with self._lock:
                self._started -= 1
            return False
        return True

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            # Not even an exit that somebody's code asks for in here may end the thread: jobs would
            # be given to nobody. The job itself was taken back by then.
            with suppress(BaseException), guard("making requests", self._surroundings.notices):
                self._pipeline.perform(job)
            with self._lock:
                self._busy -= 1


class Worker:
    """The one thread that looks at the buffer, converts, and hands out requests.

    Args:
        pipeline: What it steps through.
        crew: Makes the requests.
        surroundings: Starts the thread, and is told about bugs.
    """

    __slots__ = ("_crew", "_lock", "_pipeline", "_surroundings", "is_running")

    def __init__(self, pipeline: Pipeline, crew: Crew, surroundings: Surroundings) -> None:
        self._pipeline = pipeline
        self._crew = crew
        self._surroundings = surroundings
        self._lock = threading.RLock()
        self.is_running = False

    def start(self) -> bool:
        """Start the thread unless it runs; return whether it runs now."""
        with self._lock:
            if self.is_running:
                return True
            self.is_running = True
        try:
            self._surroundings.start_thread(self.run, "braintrust-otel worker")
        except RuntimeError:
            self.is_running = False
        return self.is_running

    def run(self) -> None:
        """Step until shipping ends. Rests, without using the processor, when nothing is due."""
        while not self._pipeline.is_closed:
            # Not even an exit that a masking function asks for may end the thread.
            with suppress(BaseException):
                self.turn()

    def turn(self) -> None:
        """Do one step, or rest until the next one is due."""
        timeout: float | None = _PAUSE_AFTER_BUG
        with guard("shipping rows", self._surroundings.notices):
            if self._pipeline.step(is_urgent=False, give=self._crew.give):
                return
            timeout = self._pipeline.rest()
        if timeout is None or timeout > 0:
            self._pipeline.signal.wait(timeout)
