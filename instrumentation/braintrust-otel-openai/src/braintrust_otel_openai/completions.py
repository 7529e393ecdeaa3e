"""Text completions, the API before chat."""

from __future__ import annotations

from braintrust_otel.instrument.openai_shapes.completions import (
    CompletionAccumulator,
    read_completion,
    read_prompt,
)
from braintrust_otel_openai.operations import Operation

__all__ = ["COMPLETION"]

COMPLETION = Operation(
    name="openai.completions.create",
    kind="text_completion",
    read_request=read_prompt,
    read_answer=read_completion,
    accumulate=CompletionAccumulator,
    holds="choices",
    listed=("prompt",),
)
"""``completions.create``."""
