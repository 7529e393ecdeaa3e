"""The dialects of frameworks, observability vendors and provider clients, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from braintrust_otel._mapping.dialects.gateways import cloudflare_dialect, sentry_dialect
from braintrust_otel._mapping.dialects.genkit import genkit_dialect
from braintrust_otel._mapping.dialects.google_adk import google_adk_dialect
from braintrust_otel._mapping.dialects.laminar import laminar_dialect
from braintrust_otel._mapping.dialects.langfuse import langfuse_dialect
from braintrust_otel._mapping.dialects.langsmith import langsmith_dialect
from braintrust_otel._mapping.dialects.livekit import livekit_dialect
from braintrust_otel._mapping.dialects.logfire import logfire_dialect
from braintrust_otel._mapping.dialects.mlflow import mlflow_dialect
from braintrust_otel._mapping.dialects.own_clients import own_client_dialect
from braintrust_otel._mapping.dialects.plain_values import plain_value_dialect
from braintrust_otel._mapping.dialects.pydantic_ai import pydantic_ai_dialect
from braintrust_otel._mapping.dialects.vercel import vercel_dialect
from braintrust_otel._mapping.findings import Dialect, Finding
from braintrust_otel._mapping.view import SpanView

__all__ = ["FRAMEWORKS", "LATER_FRAMEWORKS", "PLAIN_VALUES"]

# How an attribute begins, after a line break, where the dialect has something to say; pydantic-ai
# is known by its scope as well.
_EARLY: Final[tuple[tuple[tuple[str, ...], Dialect], ...]] = (
    (("\nlangfuse.",), langfuse_dialect),
    (("\nai.",), vercel_dialect),
    (("\nmlflow.",), mlflow_dialect),
    (("\npydantic_ai.", ""), pydantic_ai_dialect),
    (("\nlogfire.",), logfire_dialect),
    (("\nanthropic.",), own_client_dialect),
)
_LATE: Final[tuple[tuple[tuple[str, ...], Dialect], ...]] = (
    (("\nlangsmith.", "\ngen_ai."), langsmith_dialect),
    (("\ngcp.vertex.agent.",), google_adk_dialect),
    (("\nlk.",), livekit_dialect),
    (("\ngenkit:",), genkit_dialect),
    (("\nlmnr.",), laminar_dialect),
    (("\ngen_ai.",), sentry_dialect),
    (("\ngen_ai.",), cloudflare_dialect),
)


def _early(view: SpanView) -> Iterable[Finding]:
    return _asked(view, _EARLY)


def _late(view: SpanView) -> Iterable[Finding]:
    return _asked(view, _LATE)


def _asked(
    view: SpanView, dialects: Iterable[tuple[tuple[str, ...], Dialect]]
) -> Iterator[Finding]:
    """Ask *dialects* in order; of most spans one look at all names tells that none is meant."""
    names = "\n" + "\n".join(view.attributes)
    for signs, dialect in dialects:
        if any(sign in names for sign in signs):
            yield from dialect(view)


FRAMEWORKS: Final[tuple[Dialect, ...]] = (_early,)
"""Asked before the conventions: what these say in their own names, they say best.

The last three speak the conventions too, and leave to them the messages that are in both.
"""

LATER_FRAMEWORKS: Final[tuple[Dialect, ...]] = (_late,)
"""Asked after the conventions, whose messages win over theirs."""

PLAIN_VALUES: Final[tuple[Dialect, ...]] = (plain_value_dialect,)
"""Asked when nothing else knew what a span's input and output are."""
