"""Moderations."""

from __future__ import annotations

from braintrust_otel.instrument import Reading
from braintrust_otel.instrument.openai_shapes.moderations import read_moderated, read_moderations
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["MODERATION"]

MODERATION = Reading(
    "Moderation",
    request_reader(read_moderated),
    read_moderations,
    failure=failure_reader(read_moderations, "results"),
    listed=("input",),
    operation="moderation",
)
"""``moderations.create``."""
