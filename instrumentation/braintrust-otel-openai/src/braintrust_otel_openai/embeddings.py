"""Embeddings."""

from __future__ import annotations

from braintrust_otel.instrument.openai_shapes.embeddings import read_embedded, read_embeddings
from braintrust_otel_openai.operations import Operation

__all__ = ["EMBEDDING"]

EMBEDDING = Operation(
    name="Embedding",
    kind="embeddings",
    read_request=read_embedded,
    read_answer=read_embeddings,
    holds="data",
    listed=("input",),
)
"""``embeddings.create``."""
