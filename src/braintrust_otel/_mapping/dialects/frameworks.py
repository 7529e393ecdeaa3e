"""The dialects of frameworks, observability vendors and provider clients, in their order."""

from __future__ import annotations

from typing import Final

from braintrust_otel._mapping.dialects.langfuse import langfuse_dialect
from braintrust_otel._mapping.dialects.logfire import logfire_dialect
from braintrust_otel._mapping.dialects.mlflow import mlflow_dialect
from braintrust_otel._mapping.dialects.pydantic_ai import pydantic_ai_dialect
from braintrust_otel._mapping.dialects.vercel import vercel_dialect
from braintrust_otel._mapping.findings import Dialect

__all__ = ["FRAMEWORKS"]

FRAMEWORKS: Final[tuple[Dialect, ...]] = (
    langfuse_dialect,
    vercel_dialect,
    mlflow_dialect,
    pydantic_ai_dialect,
    logfire_dialect,
)
"""Asked before the conventions: what they say in their own names, they say best."""
