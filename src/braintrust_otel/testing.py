"""Helps to test programs that log: what they log is caught in memory and can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.context import attach, get_current

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.containers import project_logs
from braintrust_otel._otel.propagation import detach_quietly
from braintrust_otel._otel.provider import LeanTracerProvider
from braintrust_otel._otel.sources import queue_open_spans
from braintrust_otel._runtime.environment import Environment
from braintrust_otel._runtime.pipeline import embedded_pipeline
from braintrust_otel._runtime.root import Pinned, Root, root
from braintrust_otel.server.store import Store, memory_store

__all__ = ["CapturedRows", "capture_rows"]

_PAGE = 1_000


class CapturedRows:
    """What was logged since ``capture_rows`` began.

    Args:
        store: Where the rows are.
        provider: The tracer provider in use meanwhile, to make OpenTelemetry spans with.
    """

    def __init__(self, store: Store, provider: LeanTracerProvider) -> None:
        self.provider = provider
        self._store = store

    def all(self, project: str | None = None) -> list[dict[str, Any]]:
        """Return the rows as Braintrust would hold them, in the order of their starts.

        What was logged on spans that have not ended is there as well.

        Args:
            project: Name of the project; None for all projects.
        """
        queue_open_spans()
        root.flush()
        rows: list[dict[str, Any]] = []
        for found in self._store.projects(project):
            rows += self._rows_of(found.id)
        return sorted(rows, key=lambda row: (row.get("metrics") or {}).get("start", 0.0))

    def one(self) -> dict[str, Any]:
        """Return the only row.

        Raises:
            AssertionError: There is none, or more than one.
        """
        rows = self.all()
        if len(rows) != 1:
            names = [(row.get("span_attributes") or {}).get("name") for row in rows]
            raise AssertionError(f"Expected one row, found {len(rows)}: {names}")
        return rows[0]

    def named(self, name: str) -> dict[str, Any]:
        """Return the first row of a span called *name*.

        Raises:
            AssertionError: There is none.
        """
        rows = self.all()
        names = [(row.get("span_attributes") or {}).get("name") for row in rows]
        if name not in names:
            raise AssertionError(f"No row is called {name!r}; there are {names}.")
        return rows[names.index(name)]

    def _rows_of(self, project_id: str) -> Iterator[dict[str, Any]]:
        cursor: int | None = None
        while True:
            page = self._store.fetch(project_logs(project_id=project_id), cursor, _PAGE)
            yield from page.rows
            if page.cursor is None:
                return
            cursor = page.cursor


@contextmanager
def capture_rows() -> Iterator[CapturedRows]:
    """Catch everything that this process logs while the block runs; nothing leaves the process.

    Accounts, keys and providers that the program names are ignored meanwhile, and no
    OpenTelemetry provider is set globally. Not for several threads that capture at once::

        with capture_rows() as rows:
            my_program()
            assert rows.named("answer")["output"] == "42"
    """
    store = memory_store()
    provider = LeanTracerProvider(shutdown_on_exit=False)
    environment = Environment(Root().read_settings(), Notices(), root.gate, lambda: root.masker)
    pipeline = embedded_pipeline(environment, lambda: (store, None))
    token = attach(get_current())
    try:
        with root.set_aside(Pinned(pipeline, provider)):
            yield CapturedRows(store, provider)
    finally:
        detach_quietly(token)
        store.close()
