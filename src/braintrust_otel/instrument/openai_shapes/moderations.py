"""Moderations: the texts and images that are judged, and the judgements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument.arguments import SpanInfo
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel.instrument.plain import members, plain
from braintrust_otel.instrument.seams import Fields

__all__ = ["read_moderated", "read_moderations"]


def read_moderated(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    """Return ``input`` and ``metadata`` of a call for moderations.

    Args:
        kwargs: Arguments of the call, iterators already read into lists.
        info: What the prompt behind the call says about it.
        provider: Who answers.
    """
    metadata = request_metadata(kwargs, info, provider)
    return {"input": plain(kwargs.get("input")), "metadata": metadata}


def read_moderations(answer: Any) -> Fields:
    """Return ``output``, ``metadata`` and ``metrics`` of an answer: a model or a mapping."""
    told = members(answer)
    fields = answer_fields(told.get("model"), told.get("usage"))
    if told.get("results") is not None:
        fields["output"] = plain(told["results"])
    return fields
