"""Rows of a trace as the command line reads them."""

from __future__ import annotations

__all__ = ["START", "TRACE", "log_event", "span", "story"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
START = 1_795_317_219.0  # 2026-11-22 03:13:39 UTC


def span(
    span_id: str,
    *parents: str,
    trace: str = TRACE,
    at: tuple[float, float | None] = (0.0, 1.0),
    **fields: object,
) -> dict[str, object]:
    """Return the row of a span.

    Args:
        span_id: Its id, also its name unless ``span_attributes`` is given.
        parents: Span ids of its parents; none for a root.
        trace: Id of its trace.
        at: Seconds after the start of the trace when it began and ended; None for not yet.
        fields: Further fields; ``metrics`` are added to the times.
    """
    begin, end = at
    times = {"start": START + begin, **({} if end is None else {"end": START + end})}
    metrics = fields.pop("metrics", {})
    assert isinstance(metrics, dict)
    return {
        "id": f"row-{trace[:4]}-{span_id}",
        "span_id": span_id,
        "root_span_id": trace,
        "span_parents": list(parents) or None,
        "span_attributes": {"name": span_id},
        "metrics": {**times, **metrics},
        **fields,
    }


def log_event(row_id: str, span_id: str, message: object, at: float = 0.0) -> dict[str, object]:
    """Return the row of a log event of the span *span_id*."""
    return {
        "id": row_id,
        "span_id": span_id,
        "root_span_id": TRACE,
        "span_parents": None,
        "span_attributes": {"type": "log", "log_level": "info"},
        "output": message,
        "metrics": {"start": START + at, "end": START + at},
    }


def story() -> list[dict[str, object]]:
    """Return a trace that has some of everything."""
    return [
        span(
            "a" * 16,
            at=(0.0, 3.21),
            span_attributes={"name": "answer", "type": "task"},
            scores={"accuracy": 0.85, "tone": None},
        ),
        span(
            "b" * 16,
            "a" * 16,
            at=(0.1, 1.3),
            span_attributes={"name": "Chat Completion", "type": "llm"},
            metrics={"tokens": 123},
            metadata={"model": "gpt-4o-mini"},
        ),
        log_event("log-1", "b" * 16, "asking\nthe model", at=0.2),
        span(
            "c" * 16,
            "b" * 16,
            at=(1.3, 1.312),
            span_attributes={"name": "get_weather", "type": "tool"},
            error="ValueError: no such city\nTraceback (most recent call last): ...",
        ),
        span(
            "d" * 16,
            "f" * 16,
            at=(2.0, None),
            span_attributes={"name": "lost", "type": "llm"},
            metrics={"total_tokens": 7},
        ),
    ]
