"""Moderations: the texts and images that are judged, and the judgements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, SpanInfo, members, plain
from braintrust_otel_openai.operations import Operation
from braintrust_otel_openai.request import request_metadata
from braintrust_otel_openai.response import answer_fields

__all__ = ["MODERATION"]


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    metadata = request_metadata(kwargs, info, provider)
    return {"input": plain(kwargs.get("input")), "metadata": metadata}


def _read_answer(answer: Any) -> Fields:
    told = members(answer)
    fields = answer_fields(told.get("model"), told.get("usage"))
    if told.get("results") is not None:
        fields["output"] = plain(told["results"])
    return fields


MODERATION = Operation(
    name="Moderation",
    kind="moderation",
    read_request=_read_request,
    read_answer=_read_answer,
    holds="results",
    listed=("input",),
)
"""``moderations.create``."""
