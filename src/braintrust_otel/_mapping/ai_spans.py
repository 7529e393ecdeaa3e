"""Tells spans about AI from all the others that a program makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from braintrust_otel._model import attributes as names

__all__ = ["is_ai_span", "may_be_model_call"]

_PREFIXES: Final = (
    # What every Braintrust SDK goes by.
    "gen_ai.",
    "braintrust.",
    "llm.",
    "ai.",
    "traceloop.",
    # Families whose spans about tools, chains and agents may have none of those above.
    "openinference.",
    "input.value",
    "output.value",
    "langfuse.",
    "langsmith.",
    "mlflow.",
    "lmnr.",
    "lk.",
    "genkit:",
    "gcp.vertex.agent.",
    "crew_",
)
_OURS: Final = frozenset({names.PARENT, names.ORG, names.APP_URL})
"""Say where a span goes. They are on every span below one of ours, also on those for HTTP."""

_CALLS: Final = frozenset(
    {
        names.GEN_AI_REQUEST_MODEL,
        names.GEN_AI_RESPONSE_MODEL,
        names.GEN_AI_OPERATION_NAME,
        "llm.model_name",
        "llm.request.type",
        "openinference.span.kind",
        "ai.model.id",
        "ai.operationId",
        "langfuse.observation.type",
        "mlflow.spanType",
        "langsmith.span.kind",
        "lmnr.span.type",
        "traceloop.span.kind",
        "genkit:metadata:subtype",
        "gcp.vertex.agent.llm_request",
        names.SPAN_ATTRIBUTES,
        f"{names.SPAN_ATTRIBUTES}.type",
    }
)


def is_ai_span(name: str, attributes: Iterable[str], events: Iterable[str] = ()) -> bool:
    """Tell whether a span is about AI: by its name, an attribute's name, or a span event's.

    Attributes that only say where a span goes do not make it one.

    Args:
        name: The span's name.
        attributes: The names of its attributes.
        events: The names of its span events.
    """
    if name.startswith(_PREFIXES):
        return True
    for key in attributes:
        if key.startswith(_PREFIXES) and key not in _OURS:
            return True
    return any(event.startswith("gen_ai.") for event in events)


def may_be_model_call(attributes: Iterable[str]) -> bool:
    """Tell, at little cost, whether a closer look may find that a span is a call of a model.

    Args:
        attributes: The names of the span's attributes, which are fewer than those looked for.
    """
    return not _CALLS.isdisjoint(attributes)
