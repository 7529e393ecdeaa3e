"""Reads what OpenLLMetry says of queries to vector stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.reading import plain, structure
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.view import SpanView

__all__ = ["is_query", "store_findings"]

_RESULT: Final = "db.query.result"
_EMBEDDINGS: Final = "db.query.embeddings"
_QUERY: Final = "db.vector.query."
_VECTORS: Final = ("vector", "embeddings", "embedding")


def is_query(view: SpanView) -> bool:
    """Tell whether *view* is a query to a vector store."""
    return any(name.startswith(_QUERY) for name in view.attributes) or any(
        event.name in (_RESULT, _EMBEDDINGS) for event in view.events
    )


def store_findings(view: SpanView) -> Iterator[Finding]:
    """Return the documents that a query found; the vectors are left out."""
    if not is_query(view):
        return
    yield Finding("span_attributes", "tool", (), "type")
    results = [at for at, event in enumerate(view.events) if event.name == _RESULT]
    if results:
        found = [_document(view.events[at].attributes) for at in results]
        yield Finding("output", encode(found), (), None, results)
    sent = [at for at, event in enumerate(view.events) if event.name == _EMBEDDINGS]
    yield Finding("", None, (), None, sent)


def _document(attributes: Mapping[str, object]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, value in attributes.items():
        word = name.removeprefix(f"{_RESULT}.")
        if word in _VECTORS:
            continue
        opened = structure(value) if word == "metadata" else None
        document[word] = plain(value) if opened is None else opened
    return document
