"""Embeddings: the texts or tokens that go in, and how long the vectors are that come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel.instrument.plain import members, plain
from braintrust_otel.instrument.seams import Fields

__all__ = ["read_embedded", "read_embeddings"]

_BYTES_PER_NUMBER = 4


def read_embedded(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a call for embeddings.

    Args:
        kwargs: Arguments of the call, iterators already read into lists.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    metadata = request_metadata(kwargs, info, provider)
    return {"input": plain(kwargs.get("input")), "metadata": metadata}


def read_embeddings(answer: Any) -> Fields:
    """Return ``output``, ``metadata`` and ``metrics`` of an answer: a model or a mapping.

    The vectors are not told, but how long they are.
    """
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
