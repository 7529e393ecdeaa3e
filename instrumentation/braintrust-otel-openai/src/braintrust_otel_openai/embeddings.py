"""Embeddings."""

from __future__ import annotations

from braintrust_otel.instrument import Reading
from braintrust_otel.instrument.openai_shapes.embeddings import read_embedded, read_embeddings
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["EMBEDDING"]

EMBEDDING = Reading(
    "Embedding",
    request_reader(read_embedded),
    read_embeddings,
    failure=failure_reader(read_embeddings, "data"),
    listed=("input",),
    operation="embeddings",
)
"""``embeddings.create``."""
