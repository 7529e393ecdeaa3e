"""The dialects of frameworks that only name a span's input and output in their own way.

CrewAI's own spans, Haystack's pipelines, and everything (Pipecat, for one) that calls them just
``input`` and ``output``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from braintrust_otel._mapping.dialects.reading import plain, structure
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView

__all__ = ["plain_value_dialect"]

_CREW: Final = ("crew_key", "crew_agents", "crew_tasks")
_CREW_JSON: Final = ("crew_agents", "crew_tasks")
_VALUES: Final = (
    ("input", "crew_inputs"),
    ("output", "crew_output"),
    ("input", "haystack.component.input"),
    ("output", "haystack.component.output"),
    ("input", "haystack.pipeline.input_data"),
    ("output", "haystack.pipeline.output_data"),
    ("input", "input"),
    ("output", "output"),
)
_TASKS: Final = (*_CREW, "haystack.pipeline.input_data", "haystack.pipeline.output_data")


def plain_value_dialect(view: SpanView) -> Iterator[Finding]:
    """Return the input and output of *view* under the names that nobody else reads."""
    attributes = view.attributes
    if any(name in attributes for name in _TASKS):
        yield Finding("span_attributes", "task", (), "type")
    for name in _CREW_JSON:
        found = structure(attributes.get(name))
        if found is not None:
            yield Finding("metadata", native(found), (name,), name)
    for field, name in _VALUES:
        if attributes.get(name) is not None:
            yield Finding(field, native(_value(attributes[name])), (name,))


def _value(value: object) -> Any:
    found = structure(value)
    return plain(value) if found is None else found
