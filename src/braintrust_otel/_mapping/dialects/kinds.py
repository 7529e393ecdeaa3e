"""What kind of work a span is, as OpenInference, the GenAI conventions and OpenLLMetry tell it.

They are read in one place, because their order matters: a span may speak two dialects at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["Kind", "implied_kind_dialect", "kind_dialect", "span_kind"]

_TYPES: Final[Mapping[str, Mapping[str, str]]] = {
    names.OPENINFERENCE_SPAN_KIND: {
        "agent": "task",
        "chain": "task",
        "embedding": "llm",
        "evaluator": "score",
        "guardrail": "function",
        "llm": "llm",
        "prompt": "task",
        "reranker": "tool",
        "retriever": "tool",
        "tool": "tool",
    },
    names.GEN_AI_OPERATION_NAME: {
        "agent_step": "task",
        "chat": "llm",
        "completion": "llm",
        "create_agent": "task",
        "embeddings": "llm",
        "execute_tool": "tool",
        "generate_content": "llm",
        "invoke_agent": "task",
        "invoke_workflow": "task",
        "plan": "task",
        "retrieval": "tool",
        "text_completion": "llm",
    },
    names.TRACELOOP_SPAN_KIND: {
        "agent": "task",
        "task": "task",
        "tool": "tool",
        "unknown": "function",
        "workflow": "task",
    },
    names.LLM_REQUEST_TYPE: {
        "chat": "llm",
        "completion": "llm",
        "embedding": "llm",
        "rerank": "tool",
    },
}
_SIGNS: Final = (
    ("tool", (names.GEN_AI_TOOL_NAME, names.TOOL_NAME)),
    (
        "llm",
        (
            names.GEN_AI_RESPONSE_MODEL,
            names.GEN_AI_REQUEST_MODEL,
            names.LLM_RESPONSE_MODEL_NAME,
            names.LLM_MODEL_NAME,
        ),
    ),
)


class Kind(NamedTuple):
    """The type that a span says it has.

    Attributes:
        type: Type of the span, such as ``llm``.
        source: The attribute that says so; None where it only follows from what the span holds.
    """

    type: str
    source: str | None


def kind_dialect(view: SpanView) -> Iterable[Finding]:
    """Return the type that *view* says it has."""
    kind = _told_kind(view)
    if kind is None or kind.source is None:
        return ()
    return (Finding("span_attributes", kind.type, (kind.source,), "type"),)


def implied_kind_dialect(view: SpanView) -> Iterable[Finding]:
    """Return the type that follows from what *view* holds, where nothing says it."""
    implied = _implied_type(view)
    return () if implied is None else (Finding("span_attributes", implied, (), "type"),)


def span_kind(view: SpanView) -> Kind | None:
    """Return the type of *view*; None if it is none of these dialects', or does not tell."""
    told = _told_kind(view)
    if told is not None:
        return told
    implied = _implied_type(view)
    return None if implied is None else Kind(implied, None)


def _told_kind(view: SpanView) -> Kind | None:
    for source, types in _TYPES.items():
        told = view.attributes.get(source)
        if isinstance(told, str) and (kind := types.get(told.lower())):
            return Kind(kind, source)
    return None


def _implied_type(view: SpanView) -> str | None:
    attributes = view.attributes
    for kind, signs in _SIGNS:
        if any(isinstance(attributes.get(sign), str) for sign in signs):
            return kind
    return None
