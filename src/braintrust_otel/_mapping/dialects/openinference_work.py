"""Reads what OpenInference says of embeddings, retrievals, rerankings and evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.flattened import Branch, Forest
from braintrust_otel._mapping.dialects.reading import amount, json_text, structure
from braintrust_otel._mapping.findings import Finding, nothing

__all__ = [
    "document_findings",
    "embedding_findings",
    "evaluation_findings",
    "is_raw",
    "with_raw_value",
]

_DOCUMENT: Final = ("id", "score", "content", "metadata", "url", "mime_type", "name")
_TYPES: Final = ("application/json", "text/plain")
_QUERY: Final = "reranker.query"
_TOP_K: Final = "reranker.top_k"


def embedding_findings(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the texts that were embedded, and how long the vectors are; not the vectors."""
    tree = forest.grow("embedding.embeddings.")
    embedded = [entry.at("embedding") for _, entry in tree.entries()]
    sent = [entry.value("text") for entry in embedded if entry.at("text")]
    if sent:
        yield Finding("input", encode(sent), with_raw_value(tree.used, attributes, "input"))
    tree.used.clear()
    vectors = [length for entry in embedded if (length := _length(entry)) is not None]
    if vectors:
        lengths = [{"length": length} for length in vectors]
        sources = with_raw_value(tree.used, attributes, "output")
        yield Finding("output", encode(lengths), sources)


def document_findings(forest: Forest, attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the documents that a retriever found, or a reranker was given and put in order."""
    found = forest.grow("retrieval.documents.")
    documents = _documents(found)
    if documents:
        sources = with_raw_value(found.used, attributes, "output")
        yield Finding("output", encode(documents), sources)
    given = forest.grow("reranker.input_documents.")
    offered = _documents(given)
    query = attributes.get(_QUERY)
    if query is not None or offered:
        told = {"query": json_text(query)} if query is not None else {}
        asked = {**told, "documents": offered} if offered else told
        sources = with_raw_value([*given.used, _QUERY], attributes, "input")
        yield Finding("input", encode(asked), sources)
    ordered = forest.grow("reranker.output_documents.")
    best = _documents(ordered)
    if best:
        yield Finding("output", encode(best), with_raw_value(ordered.used, attributes, "output"))
    top = amount(attributes.get(_TOP_K))
    if top is not None:
        yield Finding("metadata", top, (_TOP_K,), "top_k")


def evaluation_findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    """Return the score that an evaluator gave, if it is one that rows can hold."""
    name, score = attributes.get("evaluation.name"), amount(attributes.get("evaluation.score"))
    if isinstance(name, str) and name and score is not None and score <= 1:
        yield Finding("scores", score, ("evaluation.score",), name)
        yield nothing("evaluation.name")


def with_raw_value(
    sources: Iterable[str], attributes: Mapping[str, object], side: str
) -> list[str]:
    """Return *sources*, and the raw request or answer if it is there to say the same once more.

    Args:
        sources: What the *side* of a row was read from.
        attributes: A span's attributes.
        side: ``input`` or ``output``.
    """
    return [*sources, *_raw_value(attributes, side)]


def _raw_value(attributes: Mapping[str, object], side: str) -> list[str]:
    """Return the attributes that hold the raw request or answer, and of which type it is."""
    if not is_raw(attributes.get(f"{side}.value")):
        return []
    return [f"{side}.value", *told_type(attributes, f"{side}.mime_type")]


def told_type(attributes: Mapping[str, object], mime: str) -> list[str]:
    """Return the attribute with the type of a value, if reading the value tells the type."""
    return [mime] if attributes.get(mime) in _TYPES else []


def is_raw(value: object) -> bool:
    """Tell whether a value is a request or an answer as a client sent or got it, cut or whole."""
    return value is not None and (not isinstance(value, str) or value.startswith(("{", "[")))


def _documents(tree: Branch) -> list[dict[str, Any]]:
    told = (_document(entry.at("document")) for _, entry in tree.entries())
    return [document for document in told if document]


def _document(branch: Branch) -> dict[str, Any]:
    document = {name: value for name in _DOCUMENT if (value := branch.value(name)) is not None}
    metadata = structure(document.get("metadata"))
    return document if metadata is None else {**document, "metadata": metadata}


def _length(entry: Branch) -> int | None:
    leaf = entry.at("vector").leaf
    vector = None if leaf is None else structure(leaf[1])
    if not isinstance(vector, list):
        return None
    entry.value("vector")
    return len(vector)
