"""The dialect of Laminar: ``lmnr.*``, beside the attributes that it shares with OpenLLMetry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from braintrust_otel._mapping.dialects.native_calls import read_answer
from braintrust_otel._mapping.dialects.reading import plain, structure, texts
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import SpanView

__all__ = ["laminar_dialect"]

_PREFIX: Final = "lmnr."
_TYPE: Final = "lmnr.span.type"
_INPUT: Final = "lmnr.span.input"
_OUTPUT: Final = "lmnr.span.output"
_PROPERTIES: Final = "lmnr.association.properties."
_METADATA: Final = f"{_PROPERTIES}metadata."
_TAGS: Final = f"{_PROPERTIES}tags"
_TYPES: Final = {
    "DEFAULT": "function",
    "EVALUATION": "eval",
    "EVALUATOR": "score",
    "EXECUTOR": "task",
    "LLM": "llm",
    "TOOL": "tool",
}


def laminar_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``lmnr.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view)


def _findings(view: SpanView) -> Iterator[Finding]:
    kind = _TYPES.get(text(view.attributes.get(_TYPE)).upper())
    if kind is not None:
        yield Finding("span_attributes", kind, (_TYPE,), "type")
    yield from _content(view, is_llm=kind == "llm")
    yield from _properties(view)


def _content(view: SpanView, *, is_llm: bool) -> Iterator[Finding]:
    for field, name in (("input", _INPUT), ("output", _OUTPUT)):
        if name in view.attributes:
            found = structure(view.attributes[name])
            value = plain(view.attributes[name]) if found is None else found
            if is_llm and field == "output":
                value = read_answer(value).output
            yield Finding(field, native(value), (name,))


def _properties(view: SpanView) -> Iterator[Finding]:
    for name, value in view.attributes.items():
        if name == _TAGS and texts(value):
            yield Finding("tags", list(dict.fromkeys(texts(value))), (name,))
        elif name.startswith(_PROPERTIES):
            prefix = _METADATA if name.startswith(_METADATA) else _PROPERTIES
            if name != prefix:
                yield Finding("metadata", native(value), (name,), name[len(prefix) :])
