"""One piece of work per key at a time, its result shared and remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from braintrust_otel.errors import RetryError

__all__ = ["SingleFlight"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Remembers results by key; threads that ask for the same one at once share one attempt.

    Everyone who waits for an attempt sees its failure; whoever asks afterwards starts a new one.

    Args:
        capacity: How many results are remembered; the least recently used one goes first.
    """

    def __init__(self, capacity: int = 1000) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._results: dict[K, V] = {}
        self._flights: dict[K, _Flight[V]] = {}

    def peek(self, key: K) -> V | None:
        """Return what is remembered under *key*, or None."""
        with self._lock:
            return self._results.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember *value* under *key*."""
        with self._lock:
            self._results[key] = value
            if len(self._results) > self._capacity:
                del self._results[next(iter(self._results))]

    def get(self, key: K, work: Callable[[], V]) -> V:
        """Return the result for *key*, running *work* if nobody has done so yet.

        Raises:
            Exception: What *work* raised, in this thread or in the one that was waited for.
        """
        with self._lock:
            if key in self._results:
                value = self._results[key] = self._results.pop(key)
                return value
            flight, mine = self._flights.get(key), _Flight[V]()
            if flight is None:
                self._flights[key] = mine
        return flight.wait() if flight is not None else self._lead(key, mine, work)

    def after_fork_in_child(self) -> None:
        """Keep the results; attempts of threads that are not in this process are off."""
        self._lock = threading.Lock()
        self._flights = {}

    def _lead(self, key: K, flight: _Flight[V], work: Callable[[], V]) -> V:
        try:
            flight.value = work()
        except BaseException as error:
            # Those who wait need an answer also when the leader's thread is being interrupted.
            interrupted = RetryError("The attempt of another thread was interrupted.")
            flight.error = error if isinstance(error, Exception) else interrupted
            raise
        else:
            self.put(key, flight.value)
            return flight.value
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.landed.set()


class _Flight(Generic[V]):
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.error: Exception | None = None
        self.value: V

    def wait(self) -> V:
        self.landed.wait()
        if self.error is not None:
            raise self.error
        return self.value
