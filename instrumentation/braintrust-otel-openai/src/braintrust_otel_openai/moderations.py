"""Moderations."""

from __future__ import annotations

from braintrust_otel.instrument.openai_shapes.moderations import read_moderated, read_moderations
from braintrust_otel_openai.operations import Operation

__all__ = ["MODERATION"]

MODERATION = Operation(
    name="Moderation",
    kind="moderation",
    read_request=read_moderated,
    read_answer=read_moderations,
    holds="results",
    listed=("input",),
)
"""``moderations.create``."""
