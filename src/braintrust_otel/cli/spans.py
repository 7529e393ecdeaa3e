"""Rows as the tree shows them; any JSON is legal in a row, and nothing here raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from braintrust_otel._json import dumps
from braintrust_otel.cli.figures import number
from braintrust_otel.cli.texts import clean, first_line

__all__ = ["SpanLine", "span_line"]

MAX_NAME = 80
MAX_ERROR = 160
MAX_SCORES = 8


@dataclass(frozen=True, slots=True)
class SpanLine:
    """One row of a trace in brief. Texts are clean.

    Attributes:
        span_id: Id of the span; that of the enclosing span for a log event.
        parents: Span ids of its parents; empty for a root.
        name: What it is called.
        type: The span's type, or ``span`` where none is given.
        is_log: Whether it is a log event and no span.
        duration: Seconds; None while it is open.
        tokens: Tokens used, if known.
        model: The model that was asked, if any.
        error: First line of the error, if any.
        scores: Names and values; None for a score that was not given.
    """

    span_id: str
    parents: tuple[str, ...]
    name: str
    type: str
    is_log: bool
    duration: float | None
    tokens: float | None
    model: str | None
    error: str | None
    scores: tuple[tuple[str, float | None], ...]


def span_line(row: Mapping[str, Any]) -> SpanLine:
    """Return *row* in brief."""
    attributes, metrics = _object(row.get("span_attributes")), _object(row.get("metrics"))
    kind = attributes.get("type")
    is_log = kind == "log"
    return SpanLine(
        span_id=str(row.get("span_id")),
        parents=_parents(row.get("span_parents")),
        name=_log_name(row, attributes) if is_log else _name(attributes.get("name")),
        type=clean(kind, 12) if isinstance(kind, str) and kind else "span",
        is_log=is_log,
        duration=None if is_log else _duration(metrics),
        tokens=_tokens(metrics),
        model=_model(row.get("metadata")),
        error=_error(row.get("error")),
        scores=_scores(row.get("scores")),
    )


def _name(name: object) -> str:
    shown = clean(name, MAX_NAME) if isinstance(name, str) else ""
    return shown or "(no name)"


def _log_name(row: Mapping[str, Any], attributes: Mapping[str, Any]) -> str:
    """Return the message of a log event; such rows have no name."""
    message, level = row.get("output"), attributes.get("log_level")
    shown = first_line(message if isinstance(message, str) else _json_text(message), MAX_NAME)
    return f"{clean(level, 12)}: {shown}" if isinstance(level, str) and level else shown


def _parents(value: object) -> tuple[str, ...]:
    return tuple(str(parent) for parent in value) if isinstance(value, list) else ()


def _duration(metrics: Mapping[str, Any]) -> float | None:
    start, end = number(metrics.get("start")), number(metrics.get("end"))
    return None if start is None or end is None else max(0.0, end - start)


def _tokens(metrics: Mapping[str, Any]) -> float | None:
    tokens = number(metrics.get("tokens"))
    return number(metrics.get("total_tokens")) if tokens is None else tokens


def _model(metadata: object) -> str | None:
    model = _object(metadata).get("model")
    return (clean(model, MAX_NAME) or None) if isinstance(model, str) else None


def _error(error: object) -> str | None:
    if error is None:
        return None
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        error = error["message"]
    text = error if isinstance(error, str) else _json_text(error)
    return first_line(text, MAX_ERROR) or "(no message)"


def _scores(value: object) -> tuple[tuple[str, float | None], ...]:
    scores = [(clean(name, MAX_NAME), number(score)) for name, score in _object(value).items()]
    return tuple(scores[:MAX_SCORES])


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _json_text(value: object) -> str:
    return dumps(value).decode("utf-8", "replace")
