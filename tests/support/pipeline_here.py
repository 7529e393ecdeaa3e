"""The whole library in this process, from the public API to a loopback backend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from opentelemetry.context import attach, get_current

import braintrust_otel as braintrust
from braintrust_otel._diagnostics import Notices
from braintrust_otel._otel.propagation import detach_quietly
from braintrust_otel._otel.provider import LeanTracerProvider
from braintrust_otel._runtime.gate import ForkGate
from braintrust_otel._runtime.pipeline import Environment, Pipeline, open_pipeline
from braintrust_otel._runtime.places import choose_place
from braintrust_otel._runtime.root import Pinned, root
from braintrust_otel._settings import load_settings
from support.backend import Backend

__all__ = ["MAX_LINES", "Counts", "Here", "shipping_here"]

MAX_LINES = 20
"""Lines that a fault may cost on standard error."""


@dataclass(frozen=True)
class Counts:
    """What became of everything that was logged, as the statistics say."""

    logged: int = 0
    sent: int = 0
    held: int = 0
    lost: int = 0
    rejected: int = 0
    underway: int = 0

    @property
    def accounted(self) -> int:
        """All of it together; equal to what was logged, or something went missing."""
        return self.sent + self.held + self.lost + self.rejected + self.underway


class Here:
    """A program in this process that logs to a backend.

    Args:
        pipeline: Ships what is logged.
        said: What the user was told.

    Attributes:
        ids: Ids of the rows that were logged, in order.
    """

    def __init__(self, pipeline: Pipeline, said: list[str]) -> None:
        self.pipeline = pipeline
        self.said = said
        self.ids: list[str] = []
        self.logger = braintrust.init_logger(project="demo")

    def log(self, *inputs: Any) -> None:
        """Log one row for each of *inputs*."""
        self.ids += [self.logger.log(input=value, output="done") for value in inputs]

    def flush(self, timeout: float | None = None) -> bool:
        """Flush as the public function does; return whether all was delivered."""
        return root.flush(timeout)

    def counts(self) -> Counts:
        """Return what became of everything."""
        stats = self.pipeline.shipper.stats()
        underway = stats.queued + stats.in_flight
        return Counts(stats.logged, stats.sent, stats.held, stats.lost, stats.rejected, underway)


@contextmanager
def shipping_here(backend: Backend, environ: Mapping[str, str] | None = None) -> Iterator[Here]:
    """Let this process log to *backend* with the settings that *environ* makes.

    Quick tries are off unless *environ* says how many, so that a test needs not wait for them; so
    is the wait at the end, for the tests that leave undelivered rows.
    """
    quick = {"BRAINTRUST_NUM_RETRIES": "0", "BRAINTRUST_EXIT_TIMEOUT": "0"}
    settings = load_settings({**backend.environment(), **quick, **(environ or {})}, {})
    said: list[str] = []
    environment = Environment(
        settings,
        Notices(said.append),
        ForkGate(),
        masker=lambda: root.masker,
        http_adapter=lambda: root.http_adapter,
    )
    pipeline = open_pipeline(choose_place(settings), environment)
    provider = LeanTracerProvider(shutdown_on_exit=False)
    token = attach(get_current())
    try:
        with root.set_aside(Pinned(pipeline, provider)):
            yield Here(pipeline, said)
    finally:
        detach_quietly(token)
