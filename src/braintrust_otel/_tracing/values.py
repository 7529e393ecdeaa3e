"""Small values of the tracing API that other parts pass around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias, TypedDict

from typing_extensions import NotRequired, override

__all__ = [
    "NOOP_SPAN_PERMALINK",
    "GivenParent",
    "ObjectMetadata",
    "SpanAttributes",
    "SpanIds",
    "SpanScope",
    "SpanTypeAttribute",
    "TraceScope",
]

GivenParent: TypeAlias = str | Mapping[str, str]
"""A parent as callers give it: what ``export()`` returned, or the headers of a request."""

NOOP_SPAN_PERMALINK = "https://www.braintrust.dev/noop-span"
"""The link to a span that was not recorded."""


class SpanTypeAttribute(str, Enum):
    """The types that a span can have; each is a text, so ``"llm"`` may be written as well."""

    LLM = "llm"
    SCORE = "score"
    FUNCTION = "function"
    EVAL = "eval"
    TASK = "task"
    TOOL = "tool"
    AUTOMATION = "automation"
    FACET = "facet"
    PREPROCESSOR = "preprocessor"
    CLASSIFIER = "classifier"
    REVIEW = "review"
    DECISION = "decision"
    QUESTION = "question"
    LOG = "log"

    @override
    def __str__(self) -> str:
        return self.value


class SpanAttributes(TypedDict, total=False):
    """The known ``span_attributes``; others are kept as well.

    Attributes:
        name: Shown as the span's name.
        type: One of ``SpanTypeAttribute``, or another text.
        purpose: ``scorer`` for the spans of scorers.
        log_level: Level of a log event.
    """

    name: str | None
    type: str | None
    purpose: Literal["scorer"] | None
    log_level: Literal["trace", "debug", "info", "warn", "error", "fatal"] | None


@dataclass
class SpanIds:
    """Where a span stands in its trace.

    Attributes:
        span_id: The span.
        root_span_id: The trace.
        span_parents: The parent spans, or None for a root.
    """

    span_id: str
    root_span_id: str
    span_parents: list[str] | None


class SpanScope(TypedDict):
    """Names one span, as the input of a hosted function."""

    type: Literal["span"]
    id: str
    root_span_id: str


class TraceScope(TypedDict):
    """Names one trace, as the input of a hosted function."""

    type: Literal["trace"]
    root_span_id: str
    idle_seconds: NotRequired[float | None]


@dataclass
class ObjectMetadata:
    """What the server knows of a project, experiment or dataset.

    Attributes:
        id: The server's id.
        name: The name.
        full_info: Everything the server answered.
    """

    id: str
    name: str
    full_info: Mapping[str, Any]
