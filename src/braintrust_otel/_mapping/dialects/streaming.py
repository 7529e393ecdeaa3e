"""Reads off span events when a streamed answer began."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from braintrust_otel._mapping.dialects.reading import seconds
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.view import SpanView

__all__ = ["first_chunk_findings"]


def first_chunk_findings(view: SpanView, names: Collection[str]) -> Iterator[Finding]:
    """Return the time to the first of the span events called one of *names*.

    Those of them that hold nothing else are told by it: some emitters note every chunk.
    """
    chunks = [(at, event) for at, event in enumerate(view.events) if event.name in names]
    if not chunks:
        return
    first = seconds(view.start_ns, min(event.time_ns for _, event in chunks))
    if first is not None:
        bare = [at for at, event in chunks if not event.attributes]
        yield Finding("metrics", first, (), "time_to_first_token", bare)
