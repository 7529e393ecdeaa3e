"""What no field of a row has room for: it goes into the metadata, so that nothing is lost.

Attributes stay as they are named, dots included, next to the user's own metadata. Everything else,
and an attribute whose name is taken, goes into one further member, ``otel``: ``kind``, ``events``,
``links``, ``status_description``, ``attributes``, ``dropped``, ``trace_state``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from braintrust_otel._json import Encoded, decode, dumps, encode
from braintrust_otel._mapping.dialects.plain import is_told
from braintrust_otel._mapping.view import EventView, LinkView, SpanView
from braintrust_otel._model.attachments import markers_in, sealed
from braintrust_otel._model.attributes import LINK_KIND, LINK_KIND_PARENT, SHADOWS

__all__ = ["Told", "add_leftovers", "is_parent_link"]

_MEMBER = "otel"
_COUNTED = ("attributes", "events", "links")


class Told(NamedTuple):
    """What a row's fields already tell of a span.

    Attributes:
        attributes: Names of attributes.
        events: Positions of span events.
    """

    attributes: frozenset[str]
    events: frozenset[int] = frozenset()


def add_leftovers(view: SpanView, fields: dict[str, object], told: Told) -> None:
    """Add to the metadata in *fields* what *view* holds and *fields* do not tell.

    Args:
        view: The span.
        fields: The row's fields so far.
        told: What *fields* tell.
    """
    attributes = _attributes(view, told.attributes)
    further = _further(view, fields, told.events)
    if not (attributes or further):
        return
    old = fields.get("metadata")
    metadata: dict[str, Any] = dict(decode(old)) if isinstance(old, Encoded) else dict(old or {})  # type: ignore[arg-type,call-overload]  # metadata is always an object
    taken = {key: value for key, value in attributes.items() if key in metadata}
    metadata |= {key: value for key, value in attributes.items() if key not in taken}
    if taken:
        further["attributes"] = taken
    if further:
        metadata[_free_name(metadata)] = further
    markers = markers_in(old)
    fields["metadata"] = sealed(metadata, markers) if markers else encode(metadata)


def is_parent_link(link: LinkView, view: SpanView) -> bool:
    """Tell whether *link* names a further parent of *view* in the same trace."""
    return link.trace_id == view.trace_id and link.attributes.get(LINK_KIND) == LINK_KIND_PARENT


def _attributes(view: SpanView, used: frozenset[str]) -> dict[str, object]:
    is_own_call = view.record is not None and view.record.type == "llm"
    told = used | SHADOWS if is_own_call else used
    return {key: value for key, value in view.attributes.items() if key not in told}


def _further(
    view: SpanView, fields: Mapping[str, object], told: frozenset[int]
) -> dict[str, object]:
    further: dict[str, object] = {}
    if view.kind != "internal":
        further["kind"] = view.kind
    if view.events or view.status_description:
        error = _error_text(fields.get("error"))
        events = [
            _event(event)
            for position, event in enumerate(view.events)
            if position not in told and not is_told(event, error)
        ]
        if events:
            further["events"] = events
        if view.status_description and view.status_description not in error:
            further["status_description"] = view.status_description
    links = [_link(link) for link in view.links if not _is_told_link(link, view)]
    if links:
        further["links"] = links
    if any(view.dropped):
        counts = zip(_COUNTED, view.dropped, strict=True)
        further["dropped"] = {name: count for name, count in counts if count}
    if view.trace_state and view.record is None:
        further["trace_state"] = view.trace_state
    return further


def _error_text(error: object) -> str:
    if isinstance(error, Encoded):
        error = decode(error)
    return error if isinstance(error, str) else "" if error is None else dumps(error).decode()


def _event(event: EventView) -> dict[str, object]:
    told: dict[str, object] = {"name": event.name, "time": event.time_ns / 1e9}
    return told | {"attributes": dict(event.attributes)} if event.attributes else told


def _link(link: LinkView) -> dict[str, object]:
    told: dict[str, object] = {"trace_id": link.trace_id, "span_id": link.span_id}
    return told | {"attributes": dict(link.attributes)} if link.attributes else told


def _is_told_link(link: LinkView, view: SpanView) -> bool:
    return len(link.attributes) == 1 and is_parent_link(link, view)


def _free_name(metadata: Mapping[str, object]) -> str:
    name = _MEMBER
    while name in metadata:
        name += "_"
    return name
