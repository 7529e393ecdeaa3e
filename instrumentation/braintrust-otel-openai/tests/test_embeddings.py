"""Embeddings: how long a vector is, in whatever form it comes."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel_openai.embeddings import EMBEDDING


def answer(*vectors: Any) -> dict[str, Any]:
    """Return an answer with these vectors."""
    return {"model": "tiny", "data": [{"embedding": vector} for vector in vectors]}


@pytest.mark.parametrize("length", [1, 2, 3, 256, 1536])
def test_vector_in_base64_is_measured_undecoded(length: int) -> None:
    """The base64 that goes over the wire tells how many floats there are."""
    vector = base64.b64encode(b"abcd" * length).decode()

    fields = EMBEDDING.answer(answer(vector))

    assert fields["output"] == {"embedding_length": length}


def test_vector_of_numbers_is_counted() -> None:
    """Only the first of several is looked at, and no vector is on the row."""
    fields = EMBEDDING.answer(answer([0.1, 0.2, 0.3], [0.4]))

    assert fields == {"metadata": {"model": "tiny"}, "output": {"embedding_length": 3}}


@pytest.mark.parametrize("data", [[], None])
def test_answer_without_vectors_has_no_output(data: Any) -> None:
    """A gateway that answers none is no reason to fail."""
    assert EMBEDDING.answer({"model": "tiny", "data": data}) == {"metadata": {"model": "tiny"}}


def test_answer_that_is_nothing_known_has_no_fields() -> None:
    """Neither is one that answers something else."""
    assert EMBEDDING.answer(SimpleNamespace()) == {}


def test_tokens_are_told_as_they_are() -> None:
    """Texts may be given as tokens; then those are the input."""
    asked = {"model": "tiny", "input": [[1, 2], [3]], "dimensions": 3}

    fields = EMBEDDING.request(asked, None)

    assert fields == {
        "input": [[1, 2], [3]],
        "metadata": {"provider": "openai", "model": "tiny"},
    }
