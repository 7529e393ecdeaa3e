"""Rows of spans that other libraries made, for tests of dialects."""

from __future__ import annotations

from typing import Any

from braintrust_otel._json import dumps
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.view import EventView
from support.views import LOGS, PROVENANCE, START_NS, fields_of, foreign

__all__ = ["chat", "metrics_of", "noted", "row_of", "spell"]


def row_of(attributes: dict[str, object], *events: EventView, **changes: Any) -> dict[str, Any]:
    """Return the fields of the row of another library's span, as its JSON text tells them."""
    view = foreign(attributes=attributes, events=events, **changes)
    return fields_of(span_row(view, None, PROVENANCE, LOGS))


def metrics_of(attributes: dict[str, object], **changes: Any) -> dict[str, Any]:
    """Return the metrics of such a row without its times."""
    metrics: dict[str, Any] = row_of(attributes, **changes)["metrics"]
    return {name: value for name, value in metrics.items() if name not in ("start", "end")}


def chat(**attributes: object) -> dict[str, object]:
    """Return the attributes of a chat; ``__`` in a name stands for a dot."""
    dotted = {f"gen_ai.{key.replace('__', '.')}": value for key, value in attributes.items()}
    return {"gen_ai.operation.name": "chat", **dotted}


def noted(name: str, /, *, after_ns: int = 0, **attributes: object) -> EventView:
    """Return a span event some time after the span began."""
    return EventView(name, START_NS + after_ns, dict(attributes))


def spell(value: object) -> str:
    """Return *value* as JSON text, as most emitters put it into attributes."""
    return dumps(value).decode()
