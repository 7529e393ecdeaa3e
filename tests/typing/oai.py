"""What type checkers make of ``braintrust_otel.oai`` and of wrapped clients."""

from __future__ import annotations

from typing import Any

import openai
from typing_extensions import assert_type

import braintrust_otel as braintrust
from braintrust_otel import oai


def use_clients() -> None:
    """Keep the type of a wrapped client, of whatever make."""
    assert_type(oai.wrap_openai(openai.OpenAI()), openai.OpenAI)
    azure = openai.AsyncAzureOpenAI(api_version="2024-10-21")
    assert_type(braintrust.wrap_openai(azure), openai.AsyncAzureOpenAI)
    answer = oai.wrap_openai(openai.OpenAI()).embeddings.create(model="tiny", input="hi")
    assert_type(answer, openai.types.CreateEmbeddingResponse)


async def use_wrappers(stream: openai.AsyncStream[Any]) -> None:
    """Enter a wrapper and get it back."""
    async with oai.AsyncResponseWrapper(stream) as entered:
        assert_type(entered, oai.AsyncResponseWrapper)
    assert_type(oai.prettify_params({"model": "tiny"}), dict[str, Any])


oai.wrap_opanai()  # type: ignore[attr-defined]  # misspelt names are found
