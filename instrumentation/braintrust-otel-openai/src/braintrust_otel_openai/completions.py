"""Text completions, the API before chat."""

from __future__ import annotations

from braintrust_otel.instrument import Reading
from braintrust_otel.instrument.openai_shapes.completions import (
    CompletionAccumulator,
    read_completion,
    read_prompt,
)
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["COMPLETION"]

COMPLETION = Reading(
    "openai.completions.create",
    request_reader(read_prompt),
    read_completion,
    CompletionAccumulator,
    failure=failure_reader(read_completion, "choices"),
    listed=("prompt",),
    operation="text_completion",
)
"""``completions.create``."""
