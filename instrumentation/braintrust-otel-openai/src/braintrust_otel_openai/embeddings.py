"""Embeddings: the texts or tokens that go in, and how long the vectors are that come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, SpanInfo, members, plain
from braintrust_otel_openai.operations import Operation
from braintrust_otel_openai.request import request_metadata
from braintrust_otel_openai.response import answer_fields

__all__ = ["EMBEDDING"]

_BYTES_PER_NUMBER = 4


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    metadata = request_metadata(kwargs, info, provider)
    return {"input": plain(kwargs.get("input")), "metadata": metadata}


def _read_answer(answer: Any) -> Fields:
    told = members(answer)
    fields = answer_fields(told.get("model"), told.get("usage"))
    data = told.get("data")
    vector = members(data[0]).get("embedding") if data else None
    if vector is not None:
        fields["output"] = {"embedding_length": _length(vector)}
    return fields


def _length(vector: Any) -> int:
    """Return how many numbers there are in *vector*: a list of them, or the base64 of floats."""
    if not isinstance(vector, str):
        return len(vector)
    return len(vector) * 3 // 4 // _BYTES_PER_NUMBER  # its padding is less than a number


EMBEDDING = Operation(
    name="Embedding",
    kind="embeddings",
    read_request=_read_request,
    read_answer=_read_answer,
    holds="data",
    listed=("input",),
)
"""``embeddings.create``."""
