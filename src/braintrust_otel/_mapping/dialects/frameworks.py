"""The dialects of frameworks, observability vendors and provider clients, in their order."""

from __future__ import annotations

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
from braintrust_otel._mapping.findings import Dialect

__all__ = ["FRAMEWORKS", "LATER_FRAMEWORKS", "PLAIN_VALUES"]

FRAMEWORKS: Final[tuple[Dialect, ...]] = (
    langfuse_dialect,
    vercel_dialect,
    mlflow_dialect,
    pydantic_ai_dialect,
    logfire_dialect,
    own_client_dialect,
)
"""Asked before the conventions: what these say in their own names, they say best.

The last three speak the conventions too, and leave to them the messages that are in both.
"""

LATER_FRAMEWORKS: Final[tuple[Dialect, ...]] = (
    langsmith_dialect,
    google_adk_dialect,
    livekit_dialect,
    genkit_dialect,
    laminar_dialect,
    sentry_dialect,
    cloudflare_dialect,
)
"""Asked after the conventions, whose messages win over theirs."""

PLAIN_VALUES: Final[tuple[Dialect, ...]] = (plain_value_dialect,)
"""Asked when nothing else knew what a span's input and output are."""
