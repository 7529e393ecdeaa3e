"""The dialect of Braintrust's own OpenTelemetry packages: ``braintrust.*``.

``braintrust.input_json`` and its like hold JSON text, ``braintrust.input`` holds text (JSON text
too, from older senders). Object fields come as one JSON text (``braintrust.metadata``), member by
member (``braintrust.metadata.user``), or both; the text wins then. A value that its field cannot
hold, such as a metric that is no number, goes into the metadata under the attribute's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from braintrust_otel._json import Encoded, decode, encode
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import json_value, number, open_object
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["braintrust_dialect"]

_VALUES: Final = (
    (names.INPUT_JSON, "input", False),
    (names.INPUT, "input", True),
    (names.OUTPUT_JSON, "output", False),
    (names.OUTPUT, "output", True),
    (names.EXPECTED_JSON, "expected", False),
    (names.EXPECTED, "expected", True),
    (names.ERROR, "error", True),
)
_Fits = Callable[[object], object]
_WHOLE_OBJECTS: Final = ((names.ORIGIN, "origin"), (names.CLASSIFICATIONS, "classifications"))


def braintrust_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``braintrust.*`` attributes of *view* say."""
    own = {
        key: value
        for key, value in view.attributes.items()
        if value is not None and key.startswith(names.BRAINTRUST)
    }
    return _findings(own) if own else ()


def _findings(own: dict[str, object]) -> Iterator[Finding]:
    for name, field, structures_only in _VALUES:
        if name in own:
            value = json_value(own[name], structures_only=structures_only)
            yield Finding(field, value, (name,))
    for name, field in _WHOLE_OBJECTS:
        members = open_object(own.get(name))
        if members is not None:
            yield Finding(field, members, (name,))
    if names.TAGS in own:
        yield from _tags(own[names.TAGS])
    for name, field, fits in _OBJECTS:
        yield from _members(own, name, field, fits)


def _members(own: dict[str, object], name: str, field: str, fits: _Fits) -> Iterator[Finding]:
    for key, value in (open_object(own.get(name)) or {}).items():
        yield _member(field, key, fits(value), (f"{name}.{key}", value, name))
    prefix = f"{name}."
    for attribute, value in own.items():
        key = attribute[len(prefix) :]
        if key and attribute.startswith(prefix):
            spelled = json_value(value, structures_only=True)
            yield _member(field, key, fits(spelled), (attribute, spelled, attribute))


def _member(field: str, key: str, fitting: object, otherwise: tuple[str, object, str]) -> Finding:
    lost_key, value, source = otherwise
    if fitting is not None or (value is None and field != "metrics"):
        return Finding(field, fitting, (source,), key)
    return Finding("metadata", value, (source,), lost_key)


def _score(value: object) -> float | None:
    score = number(value)
    return score if score is not None and 0 <= score <= 1 else None


def _anything(value: object) -> object:
    return value


_OBJECTS: Final[tuple[tuple[str, str, _Fits], ...]] = (
    (names.METADATA, "metadata", _anything),
    (names.METRICS, "metrics", number),
    (names.SCORES, "scores", _score),
    (names.SPAN_ATTRIBUTES, "span_attributes", _anything),
    (names.CONTEXT_JSON, "context", _anything),
    (names.CONTEXT, "context", _anything),
)


def _tags(value: object) -> Iterator[Finding]:
    found = json_value(value, structures_only=True)
    items = decode(found) if isinstance(found, Encoded) else found
    if not isinstance(items, list):
        items = [items]
    tags = [item if isinstance(item, str) else encode(item).data.decode() for item in items]
    yield Finding("tags", list(dict.fromkeys(tags)), (names.TAGS,))
