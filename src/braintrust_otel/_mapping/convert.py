"""Turns spans into rows.

A row is put together from four layers, each winning over the ones before it: what no field has room
for, what the span itself is (times, name, type, caller), what its attributes say in one of the
known dialects, and what was logged on it through our own API.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from braintrust_otel._json import Encoded, dumps, encode
from braintrust_otel._mapping.carried import restored
from braintrust_otel._mapping.dialects.agent_programs import agent_program_dialect
from braintrust_otel._mapping.dialects.braintrust import braintrust_dialect
from braintrust_otel._mapping.dialects.frameworks import (
    FRAMEWORKS,
    LATER_FRAMEWORKS,
    PLAIN_VALUES,
)
from braintrust_otel._mapping.dialects.genai import genai_dialect
from braintrust_otel._mapping.dialects.genai_events import genai_event_dialect
from braintrust_otel._mapping.dialects.kinds import implied_kind_dialect, kind_dialect
from braintrust_otel._mapping.dialects.openinference import (
    openinference_dialect,
    openinference_value_dialect,
)
from braintrust_otel._mapping.dialects.openllmetry import (
    openllmetry_dialect,
    openllmetry_entity_dialect,
)
from braintrust_otel._mapping.dialects.plain import plain_dialect
from braintrust_otel._mapping.findings import Dialect, Reading, read
from braintrust_otel._mapping.leftovers import Told, add_leftovers, is_parent_link
from braintrust_otel._mapping.payload import NULL, fold_parts
from braintrust_otel._mapping.placeholders import announced
from braintrust_otel._mapping.provenance import Provenance, foreign_origin
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names
from braintrust_otel._model.containers import Container, parse_container
from braintrust_otel._model.ids import SpanIdentity, row_id
from braintrust_otel._model.merging import MERGE_PATHS, Path, merge_paths, merge_values
from braintrust_otel._model.records import INSTRUMENTATION, Caller, Taken
from braintrust_otel._model.rows import Row, stands_alone

__all__ = ["DIALECTS", "identify", "resource_text", "span_row", "update_row"]

DIALECTS: Final[tuple[Dialect, ...]] = (
    braintrust_dialect,
    *FRAMEWORKS,
    kind_dialect,
    genai_dialect,
    genai_event_dialect,
    agent_program_dialect,
    openinference_dialect,
    openllmetry_dialect,
    openllmetry_entity_dialect,
    *LATER_FRAMEWORKS,
    openinference_value_dialect,
    *PLAIN_VALUES,
    implied_kind_dialect,
    plain_dialect,
)
"""In the order in which they are asked."""

_OWN_DIALECTS: Final[tuple[Dialect, ...]] = (braintrust_dialect, plain_dialect)

_ADDITIVE: Final = frozenset(
    {"classifications", "context", "metadata", "metrics", "scores", "span_attributes", "tags"}
)
"""Fields to which attributes and logs both add; any other field that was logged is the log's."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - the zone is written by hand
_UNKNOWN_SERVICE: Final = "unknown_service"
_EMPTY: Final = b"{}"

_Parts = Sequence[tuple[str, Encoded]]


def span_row(
    view: SpanView, taken: Taken | None, provenance: Provenance | None, container: Container
) -> Row:
    """Return the row of a span whose row was not written before; it replaces what is stored.

    A span that only announces another one gives a row that merges into the other one's.

    Args:
        view: The span, ended or still open.
        taken: What was logged on it; None for a span of another library.
        provenance: What this process is; None when the span was made in another process.
        container: Where the row goes unless the span itself says otherwise.
    """
    if taken is None and (along := restored(view, container)) is not None:
        view, taken = along, along.record.take() if along.record else None
    opened = announced(view)
    view = opened or view
    identity = identify(view)
    home = _home(view)
    fields = _system_fields(view)
    if created := _iso_time(view.start_ns):
        fields["created"] = created
    fields["context"] = _context(view, provenance)
    parts = () if taken is None else (*taken.earlier, *taken.parts)
    _add_content(view, fields, parts, is_routed=home is not None)
    fields |= identity.fields()
    return Row(
        identity.row_id,
        home or container,
        fields,
        is_merge=opened is not None,
        may_join=not stands_alone(fields),
    )


def update_row(view: SpanView, taken: Taken) -> Row | None:
    """Return the row that merges into an earlier row of the same span what is new since.

    That is what was logged since; and once the span has ended after its row was written while it
    was open, its end, its error, and what its attributes now say.

    Returns:
        The row, or None when nothing is new, or the span is not one of our API.
    """
    if view.record is None:
        return None
    fields: dict[str, object]
    if view.end_ns is not None and not taken.is_end_told:
        fields, paths = _end_fields(view, taken)
    else:
        fields = {}
        paths = fold_parts(fields, taken.parts)
    if not fields:
        return None
    if paths:
        given = merge_paths(fields)
        fields[MERGE_PATHS] = [list(path) for path in dict.fromkeys([*given, *paths])]
    identity = identify(view)
    fields |= identity.fields()
    may_join = not stands_alone(fields)
    return Row(identity.row_id, view.record.container, fields, is_merge=True, may_join=may_join)


def identify(view: SpanView) -> SpanIdentity:
    """Return who the row of *view* is: as the user or an exported parent chose, else as OTel."""
    record = view.record
    parents: tuple[str, ...] = () if view.parent_span_id is None else (view.parent_span_id,)
    chosen_id = span_id = root_span_id = None
    if record is not None:
        chosen_id, span_id, root_span_id = record.row_id, record.span_id, record.root_span_id
        parents = parents if record.span_parents is None else record.span_parents
    if view.links:
        linked = (link.span_id for link in view.links if is_parent_link(link, view))
        parents = tuple(dict.fromkeys((*parents, *linked)))
    return SpanIdentity(
        chosen_id or row_id(view.trace_id, view.span_id),
        span_id or view.span_id,
        root_span_id or view.trace_id,
        parents,
    )


def _end_fields(view: SpanView, taken: Taken) -> tuple[dict[str, object], list[Path]]:
    """Return the fields of an ended span but for those that nothing can have changed since."""
    fields = _system_fields(view)
    paths = _add_content(view, fields, (*taken.earlier, *taken.parts), is_routed=True)
    new = {field for field, _ in taken.parts}
    old = {field for field, _ in taken.earlier} - new
    # Text taken as it was logged, and logged before: it was delivered then.
    kept = {
        name: value
        for name, value in fields.items()
        if not (name in old and isinstance(value, Encoded))
    }
    return kept, paths


def _add_content(
    view: SpanView, fields: dict[str, object], parts: _Parts, *, is_routed: bool
) -> list[Path]:
    """Add to *fields* what attributes say, what was logged, and what neither has room for."""
    if _is_bare(view):
        return fold_parts(fields, parts)
    reading = read(view, _OWN_DIALECTS if _is_instrumented_call(view) else DIALECTS)
    logged = {name for name, part in parts if part.data != NULL} - _ADDITIVE
    for name, value in reading.fields.items():
        if name not in logged:
            fields[name] = merge_values(fields.get(name), value)
    paths = fold_parts(fields, parts)
    add_leftovers(view, fields, _told(view, reading, is_routed=is_routed))
    return paths


def _is_bare(view: SpanView) -> bool:
    """Tell whether the span has nothing for a dialect to read, as most spans of our API."""
    attributes: Collection[str] = view.attributes
    if view.record is not None and len(attributes) == 1 and names.PARENT in attributes:
        attributes = ()
    return not (
        attributes
        or view.events
        or view.links
        or view.is_error
        or view.status_description
        or view.kind != "internal"
        or view.trace_state
        or any(view.dropped)
    )


def _is_instrumented_call(view: SpanView) -> bool:
    """Tell whether one of our instrumentors made the span: what it logged says it all, and better.

    Its other attributes are for other vendors.
    """
    record = view.record
    return record is not None and record.type == "llm" and record.instrumentation != INSTRUMENTATION


def _told(view: SpanView, reading: Reading, *, is_routed: bool) -> Told:
    preserve = view.attributes.get(names.PRESERVE)
    is_kept = preserve is True
    used = frozenset() if is_kept else reading.used
    if isinstance(preserve, bool):
        used |= {names.PRESERVE}
    if is_routed:
        used |= {names.PARENT}
    return Told(used, frozenset() if is_kept else reading.used_events)


def _home(view: SpanView) -> Container | None:
    """Return where the span itself says that it goes, if it does."""
    if view.record is not None:
        return view.record.container
    parent = view.attributes.get(names.PARENT)
    return parse_container(parent) if isinstance(parent, str) else None


def _system_fields(view: SpanView) -> dict[str, object]:
    """Return what a span has without anybody logging it."""
    metrics: dict[str, object] = {}
    if view.start_ns is not None:
        metrics["start"] = view.start_ns / 1e9
    if view.end_ns is not None:
        metrics["end"] = view.end_ns / 1e9
    attributes: dict[str, object] = {"name": view.name} if view.name else {}
    record = view.record
    if record is not None:
        if record.type is not None:
            attributes["type"] = record.type
        attributes["exec_counter"] = record.exec_counter
    return {"metrics": metrics, "span_attributes": attributes}


def _context(view: SpanView, provenance: Provenance | None) -> object:
    """Return where the span comes from: caller, software, resource."""
    record = view.record
    if record is not None and provenance is not None and view.resource_text is not None:
        return _own_context(
            record.caller, record.instrumentation, provenance, view.resource_text.data
        )
    caller = None if record is None else record.caller
    return {**_caller(caller), **_origin(view, provenance), **_resource(view)}


@lru_cache(maxsize=512)
def _own_context(
    caller: Caller | None, instrumentation: str, provenance: Provenance, resource: bytes
) -> Encoded:
    """Return the context of a span of our API; all spans that one line starts have the same."""
    origin = {"span_origin": provenance.origin({"name": instrumentation})}
    return Encoded(dumps({**_caller(caller), **origin, **_resource_field(Encoded(resource))}))


def _caller(caller: Caller | None) -> dict[str, object]:
    if caller is None:
        return {}
    return {
        "caller_functionname": caller.function,
        "caller_filename": caller.filename,
        "caller_lineno": caller.line,
    }


def _origin(view: SpanView, provenance: Provenance | None) -> dict[str, object]:
    if view.record is not None:
        instrumentation = {"name": view.record.instrumentation}
    else:
        scope = {"name": view.scope_name, "version": view.scope_version}
        instrumentation = {name: value for name, value in scope.items() if value}
    if provenance is None:
        return {"span_origin": foreign_origin(view, instrumentation)}
    return {"span_origin": provenance.origin(instrumentation)}


def resource_text(resource: Mapping[str, object], *, is_own: bool) -> Encoded:
    """Return the resource as it stands in ``context.resource``.

    Args:
        resource: Attributes of the resource.
        is_own: Whether the spans are our API's: then what OpenTelemetry puts there unasked is left
            out.
    """
    return encode(
        {
            key: value
            for key, value in resource.items()
            if not (is_own and (key.startswith(names.TELEMETRY) or _is_unasked(key, value)))
        }
    )


def _is_unasked(key: str, value: object) -> bool:
    if key == names.SERVICE_NAME:
        return str(value).startswith(_UNKNOWN_SERVICE)
    return key == names.SERVICE_INSTANCE_ID


def _resource(view: SpanView) -> dict[str, object]:
    text = view.resource_text
    if text is None:
        text = resource_text(view.resource, is_own=view.record is not None)
    return _resource_field(text)


def _resource_field(text: Encoded) -> dict[str, object]:
    return {} if text.data == _EMPTY else {"resource": text}


def _iso_time(at_ns: int | None) -> str | None:
    if at_ns is None:
        return None
    second, ns = divmod(at_ns, 1_000_000_000)
    try:
        return f"{_second_text(second)}.{ns // 1000:06d}+00:00"
    except OverflowError:  # a time that no calendar has; the metrics still tell it
        return None


@lru_cache(maxsize=64)
def _second_text(second: int) -> str:
    """Return a second of UTC as text; many spans start in the same one."""
    return (_EPOCH + timedelta(seconds=second)).isoformat(timespec="seconds")
