"""What users have set in the environment for single instrumentors."""

from __future__ import annotations

from braintrust_otel._runtime import root

__all__ = ["openai_stream_usage"]


def openai_stream_usage() -> bool:
    """Whether streams that do not tell their token counts may be asked for them."""
    return root.settings().openai_stream_usage
