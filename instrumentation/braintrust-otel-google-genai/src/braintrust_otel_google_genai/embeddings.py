"""Embeddings: the texts or other contents that go in, and how long the vectors are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, Reading, members
from braintrust_otel_google_genai.config import config_members
from braintrust_otel_google_genai.contents import contents_of
from braintrust_otel_google_genai.request import request_metadata
from braintrust_otel_google_genai.usage import usage_metrics
from braintrust_otel_google_genai.wire import wire

__all__ = ["EMBEDDING"]


def _read_request(asked: Mapping[str, Any], resource: Any) -> Fields:
    metadata = request_metadata(asked.get("model"), config_members(asked.get("config")), resource)
    return {"input": _told(asked.get("contents")), "metadata": metadata}


def _told(contents: Any) -> Any:
    """Return texts as they are, and anything else as the contents that are sent."""
    entries = contents if isinstance(contents, (list, tuple)) else [contents]
    if all(isinstance(entry, str) for entry in entries):
        return list(contents) if isinstance(contents, tuple) else contents
    return contents_of(contents)


def _read_answer(answer: Any) -> Fields:
    told = members(answer)
    embeddings = [members(embedding) for embedding in told.get("embeddings") or ()]
    metrics = usage_metrics(wire(told.get("usage_metadata"))) or _counted(embeddings)
    fields: dict[str, object] = {"metrics": metrics} if metrics else {}
    vector = embeddings[0].get("values") if embeddings else None
    if isinstance(vector, list):
        fields["output"] = {"embedding_length": len(vector)}
    return fields


def _counted(embeddings: list[Mapping[str, Any]]) -> dict[str, int]:
    """Return the tokens that are told of each embedding, summed up; none if one does not tell."""
    counts = [members(found.get("statistics")).get("token_count") for found in embeddings]
    known = [int(count) for count in counts if isinstance(count, (int, float))]
    if not known or len(known) < len(counts):
        return {}
    return {"prompt_tokens": sum(known), "tokens": sum(known)}


EMBEDDING = Reading("Embedding", _read_request, _read_answer, operation="embeddings")
"""``models.embed_content``."""
