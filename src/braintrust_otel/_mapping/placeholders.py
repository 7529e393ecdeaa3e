"""Recognises spans that only announce another span, as Logfire sends them when one starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from braintrust_otel._mapping.view import SpanView

__all__ = ["announced"]

_KIND: Final = "logfire.span_type"
_PENDING: Final = "pending_span"
_PARENT: Final = "logfire.pending_parent_id"
_NO_SPAN: Final = "0" * 16
_ID_LENGTH: Final = 16


def announced(view: SpanView) -> SpanView | None:
    """Return the span that *view* announces, still open; None if it is a span by itself.

    The announced span is the parent of the one that announces it.
    """
    if view.attributes.get(_KIND) != _PENDING or view.parent_span_id is None:
        return None
    told = view.attributes.get(_PARENT)
    is_id = isinstance(told, str) and len(told) == _ID_LENGTH and told != _NO_SPAN
    parent = told if isinstance(told, str) and is_id else None
    return replace(view, span_id=view.parent_span_id, parent_span_id=parent, end_ns=None)
