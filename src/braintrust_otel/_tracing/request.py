"""What a caller asks of a new span, checked and in one value."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from braintrust_otel._model.scores import validate_event
from braintrust_otel._tracing.values import GivenParent

__all__ = ["SpanRequest", "request_of"]


class SpanRequest(NamedTuple):
    """What a caller asked a new span to be.

    Attributes:
        name: Name, or None to derive one.
        type: Type such as ``llm``; None for the default of the place where the span starts.
        event: First fields of the row, already checked.
        span_attributes: Further attributes; ``name`` and ``type`` in it win on the row.
        start_time: Seconds since the epoch; None for now.
        set_current: Whether the span may become current; None means yes.
        parent: Exported parent, the headers of a request, or None.
        propagated_event: Fields that the span and all its descendants get.
        row_id: Row id chosen by the caller.
        instrumentation: What makes the span, for ``context.span_origin``.
        is_client: Whether the span is a request to somebody else.
        own_ids: Span id and root span id that the row gets in place of OpenTelemetry's.
    """

    name: str | None = None
    type: str | None = None
    event: Mapping[str, Any] | None = None
    span_attributes: Mapping[str, Any] | None = None
    start_time: float | None = None
    set_current: bool | None = None
    parent: GivenParent | None = None
    propagated_event: Mapping[str, Any] | None = None
    row_id: str | None = None
    instrumentation: str | None = None
    own_ids: tuple[str | None, str | None] | None = None
    is_client: bool = False


def request_of(  # noqa: PLR0913, PLR0917  # the public signature of start_span
    name: str | None = None,
    type: str | None = None,  # noqa: A002  # the public name
    span_attributes: Mapping[str, Any] | None = None,
    start_time: float | None = None,
    set_current: bool | None = None,
    parent: GivenParent | None = None,
    propagated_event: Mapping[str, Any] | None = None,
    event: Mapping[str, Any] | None = None,
) -> SpanRequest:
    """Check the arguments of a ``start_span`` call and return them as one value.

    Raises:
        ValueError: A field of *event* has the wrong shape.
    """
    fields: Mapping[str, Any] | None = None
    chosen_id = None
    if event:
        if "id" in event:
            chosen_id = event["id"] if isinstance(event["id"], str) else str(uuid.uuid4())
            event = {key: value for key, value in event.items() if key != "id"}
        fields = validate_event(event)
    if span_attributes:
        checked = validate_event({"span_attributes": span_attributes})
        span_attributes = cast("Mapping[str, Any]", checked["span_attributes"])
    return SpanRequest(
        name,
        type,
        fields,
        span_attributes,
        start_time,
        set_current,
        parent,
        propagated_event,
        chosen_id,
    )
