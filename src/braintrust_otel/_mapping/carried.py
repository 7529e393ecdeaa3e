"""Carries what was logged on a span over OTLP: into its attributes here, into its record there.

What our API keeps beside a span is written in the names of Braintrust's own dialect, so that every
receiver of that dialect can read it. Ours puts it beside the span again, which makes the row what
it would have been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from braintrust_otel._json import Encoded, decode, dumps, encode, loads
from braintrust_otel._mapping.payload import fold_parts
from braintrust_otel._mapping.provenance import SDK_NAME, Provenance
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names
from braintrust_otel._model.containers import Container, parse_container
from braintrust_otel._model.records import SpanRecord

__all__ = ["AttributeValue", "content_attributes", "restored"]

AttributeValue = str | list[str]

_TEXTS: Final = {
    "context": names.CONTEXT_JSON,
    "span_attributes": names.SPAN_ATTRIBUTES,
    "input": names.INPUT_JSON,
    "output": names.OUTPUT_JSON,
    "expected": names.EXPECTED_JSON,
    "metadata": names.METADATA,
    "metrics": names.METRICS,
    "scores": names.SCORES,
    "origin": names.ORIGIN,
    "classifications": names.CLASSIFICATIONS,
}
_CARRIERS: Final = frozenset(
    {*_TEXTS.values(), names.ERROR, names.ERROR_JSON, names.NOT_IN_ROW, names.TAGS}
)
_KIND: Final = ("span.kind",)
"""Stands among attributes that rows do not tell for OpenTelemetry's kind of span."""

_MARK: Final = f'"name":"{SDK_NAME}"'


def content_attributes(record: SpanRecord, provenance: Provenance) -> dict[str, AttributeValue]:
    """Return the attributes that say what *record* keeps.

    What was logged so far is in them; ids that the user chose, and rows that wait for the span, are
    not, because nothing on the other side would know them.
    """
    fields: dict[str, object] = {
        "span_attributes": _span_attributes(record),
        "context": {
            **_caller(record),
            "span_origin": provenance.origin({"name": record.instrumentation}),
        },
    }
    fold_parts(fields, record.parts[:])  # a copy: another thread may be logging
    attributes: dict[str, AttributeValue] = {
        name: _text(fields[field]) for field, name in _TEXTS.items() if field in fields
    }
    if "error" in fields:
        error = _plain(fields["error"])
        if isinstance(error, str):
            attributes[names.ERROR] = error
        else:
            attributes[names.ERROR_JSON] = _text(error)
    tags = _plain(fields.get("tags"))
    if isinstance(tags, list):
        attributes[names.TAGS] = [tag for tag in tags if isinstance(tag, str)]
    untold = sorted((record.shown or frozenset()) - _CARRIERS)
    if untold or record.is_client:
        attributes[names.NOT_IN_ROW] = [*untold, *_KIND[: record.is_client]]
    return attributes


def restored(view: SpanView, container: Container) -> SpanView | None:
    """Return *view* with the record that came along in its attributes, as it was where it started.

    Args:
        view: A span.
        container: Where it goes unless it says otherwise.

    Returns:
        None where nothing came along, or what did is not as we write it: others may use the same
        names, and are read by the dialect then, which checks value by value.
    """
    attributes = view.attributes
    context = attributes.get(names.CONTEXT_JSON)
    if view.record is not None or not isinstance(context, str) or _MARK not in context:
        return None
    try:
        parts, left_out = _parts(attributes), _CARRIERS.union(_texts(attributes, names.NOT_IN_ROW))
    except (TypeError, ValueError):
        return None
    parent = attributes.get(names.PARENT)
    home = parse_container(parent) if isinstance(parent, str) else None
    told: Any = decode(parts["span_attributes"])
    record = SpanRecord(home or container, told["exec_counter"])
    record.type = told.get("type")
    record.parts.extend(parts.items())
    rest = {name: value for name, value in attributes.items() if name not in left_out}
    kind = "internal" if _KIND[0] in left_out else view.kind
    return replace(view, attributes=rest, kind=kind, record=record, resource_text=None)


def _parts(attributes: Mapping[str, Any]) -> dict[str, Encoded]:
    """Return the fields that *attributes* hold.

    Raises:
        TypeError: Something is of another kind than what we write, or missing.
        ValueError: Something is no JSON text.
    """
    parts = {}
    for field, name in _TEXTS.items():
        if name in attributes or field == "span_attributes":
            value = loads(_text_of(attributes, name))
            if not _CHECKS.get(field, _is_anything)(value):
                raise TypeError(name)
            parts[field] = encode(value)
    if names.ERROR_JSON in attributes:
        parts["error"] = encode(loads(_text_of(attributes, names.ERROR_JSON)))
    elif names.ERROR in attributes:
        parts["error"] = encode(_text_of(attributes, names.ERROR))
    if names.TAGS in attributes:
        parts["tags"] = encode(_texts(attributes, names.TAGS))
    return parts


def _text_of(attributes: Mapping[str, object], name: str) -> str:
    text = attributes.get(name)
    if not isinstance(text, str):
        raise TypeError(name)
    return text


def _texts(attributes: Mapping[str, object], name: str) -> list[str]:
    value = attributes.get(name, ())
    if not isinstance(value, list | tuple):
        raise TypeError(name)
    texts = [text for text in value if isinstance(text, str)]
    if len(texts) != len(value):
        raise TypeError(name)
    return texts


def _is_anything(value: object) -> bool:
    return True


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_span(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("type")
    return type(value.get("exec_counter")) is int and (kind is None or isinstance(kind, str))


def _has_numbers(value: object) -> bool:
    return isinstance(value, dict) and all(
        type(number) in (int, float) for number in value.values()
    )


def _has_scores(value: object) -> bool:
    return isinstance(value, dict) and all(
        score is None or (type(score) in (int, float) and 0 <= score <= 1)
        for score in value.values()
    )


_CHECKS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "context": _is_object,
    "span_attributes": _is_span,
    "metadata": _is_object,
    "metrics": _has_numbers,
    "scores": _has_scores,
}


def _span_attributes(record: SpanRecord) -> dict[str, object]:
    known: dict[str, object] = {} if record.type is None else {"type": record.type}
    return known | {"exec_counter": record.exec_counter}


def _caller(record: SpanRecord) -> dict[str, object]:
    caller = record.caller
    if caller is None:
        return {}
    return {
        "caller_functionname": caller.function,
        "caller_filename": caller.filename,
        "caller_lineno": caller.line,
    }


def _text(value: object) -> str:
    return dumps(value).decode()


def _plain(value: object) -> object:
    return decode(value) if isinstance(value, Encoded) else value
