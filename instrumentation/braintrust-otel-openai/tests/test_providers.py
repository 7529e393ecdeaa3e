"""The provider is told from where the client's requests go."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from braintrust_otel_openai.providers import provider_of


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://api.together.xyz/v1", "together"),
        ("https://API.Mistral.AI/v1", "mistral"),
        ("https://my-resource.openai.azure.com/openai/v1", "azure"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "google"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1", "bedrock"),
        ("http://127.0.0.1:8000/v1", "openai"),
        ("https://not-openrouter.ai.example.com/v1", "openai"),
        ("https://evilgroq.com/v1", "openai"),
    ],
)
def test_provider_is_told_from_the_host(url: str, provider: str) -> None:
    """Known hosts are known by whole labels; any other speaks OpenAI's language."""
    with openai.OpenAI(base_url=url, api_key="x") as client:
        assert provider_of(client.chat.completions) == provider


def test_azure_client_is_azure_wherever_it_goes() -> None:
    """An Azure client behind an address of the user's own is still Azure's."""
    with openai.AzureOpenAI(
        base_url="https://proxy.example.com", api_key="x", api_version="2026-01-01"
    ) as client:
        assert provider_of(client.chat.completions) == "azure"


class Odd:
    """A client whose address is no URL."""

    _client: Any = None


@pytest.mark.parametrize("resource", [None, Odd(), 5])
def test_client_without_an_address_is_openai(resource: object) -> None:
    """Where nothing can be told, the language decides."""
    assert provider_of(resource) == "openai"
