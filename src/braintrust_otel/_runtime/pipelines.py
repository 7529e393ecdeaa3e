"""The pipelines of a process: one for each place, and those that exporters have to themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from braintrust_otel._runtime.environment import Environment
    from braintrust_otel._runtime.gate import ForkGate
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._shipping.stats import ShippingStats

__all__ = ["Pipelines"]


class Pipelines:
    """Opens pipelines when they are first needed, and ends them together.

    Args:
        gate: Entered while a pipeline is opened, which imports what it needs.
    """

    def __init__(self, gate: ForkGate) -> None:
        self._gate = gate
        self._lock = threading.RLock()
        self._by_place: dict[Place, Pipeline] = {}
        self._apart: list[Pipeline] = []

    def find(self, place: Place) -> Pipeline | None:
        """Return the pipeline to *place* if there is one."""
        return self._by_place.get(place)

    def adopt(self, pipeline: Pipeline) -> None:
        """Take in a *pipeline* that was made elsewhere."""
        self._by_place[pipeline.place] = pipeline

    def open(self, place: Place, environment: Callable[[], Environment]) -> Pipeline:
        """Return the pipeline to *place*, one for all who ask."""
        # All of it inside the gate: what a pipeline is made of imports more.
        with self._gate, self._lock:
            from braintrust_otel._runtime.pipeline import open_pipeline

            found = self._by_place.get(place)
            if found is None:
                found = self._by_place[place] = open_pipeline(place, environment())
            return found

    def open_apart(self, place: Place, environment: Environment) -> Pipeline:
        """Return a pipeline of its own to *place*, which ends with the others.

        It is flushed by whoever asked for it, not with the others.
        """
        with self._gate, self._lock:
            from braintrust_otel._runtime.pipeline import open_pipeline

            made = open_pipeline(place, environment)
            self._apart.append(made)
            return made

    def every(self) -> list[Pipeline]:
        """Return all pipelines."""
        return [*self._by_place.values(), *self._apart]

    def shared(self) -> list[Pipeline]:
        """Return the pipelines that are flushed together."""
        return list(self._by_place.values())

    def flush(self, timeout: float | None) -> bool:
        """Deliver everything put so far; False when *timeout* seconds were not enough.

        Raises:
            FlushError: Something could not be delivered, with synchronous flushing.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        is_done = True
        for pipeline in self.shared():
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            is_done = pipeline.shipper.flush(left) and is_done
        return is_done

    def stats(self) -> ShippingStats:
        """Return what became of everything that was put so far, over all pipelines."""
        from braintrust_otel._shipping.stats import ShippingStats

        every = (*self.shared(), *self._apart)
        return sum((one.stats() for one in every), start=ShippingStats())

    def shutdown(self, timeout: float | None) -> None:
        """Deliver what is left; what remains is counted and said.

        Args:
            timeout: Seconds for each pipeline; None takes what the settings say.
        """
        for pipeline in (*self.shared(), *self._apart):
            pipeline.shutdown(timeout)

    def after_fork_in_child(self) -> None:
        """Start empty: the parent keeps its rows, threads and connections."""
        self._lock = threading.RLock()
        for pipeline in (*self.shared(), *self._apart):
            pipeline.after_fork_in_child()
