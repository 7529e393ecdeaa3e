"""The provider is told from where the client's requests go."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from braintrust_otel_openai.providers import provider_of, takes_stream_options


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
        ("https://bedrock-mantle.us-west-2.api.aws/v1", "bedrock"),
        ("https://my-alb.us-east-1.elb.amazonaws.com/v1", "openai"),
        ("https://us-central1-aiplatform.googleapis.com/v1/projects/p/endpoints/openapi", "vertex"),
        ("https://my-hub.services.ai.azure.com/models", "azure"),
        ("https://my-resource.openai.azure.us/openai/v1", "azure"),
        ("https://my-vllm.eastus.cloudapp.azure.com/v1", "openai"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://api.fireworks.ai/inference/v1", "fireworks"),
        ("https://api.perplexity.ai", "perplexity"),
        ("https://api.x.ai/v1", "xAI"),
        ("https://api.cerebras.ai/v1", "cerebras"),
        ("https://models.github.ai/inference", "github"),
        ("https://ai-gateway.vercel.sh/v1", "vercel"),
        ("http://localhost:11434/v1", "ollama"),
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


def test_bedrock_client_is_bedrock_wherever_it_goes() -> None:
    """Clients of the library for other hosts are known by their class, also behind a proxy."""

    class BedrockOpenAI(openai.OpenAI):
        """Stands for a class that not every version of the library has."""

    with BedrockOpenAI(base_url="https://proxy.example.com", api_key="x") as client:
        assert provider_of(client.embeddings) == "bedrock"


@pytest.mark.parametrize(
    ("url", "takes"),
    [
        ("https://api.openai.com/v1", True),
        ("http://127.0.0.1:8000/v1", True),
        ("https://api.mistral.ai/v1", False),
        ("https://api.perplexity.ai", False),
    ],
)
def test_hosts_that_refuse_stream_options_are_known(url: str, takes: bool) -> None:
    """The usage of a stream is not requested where the request would be refused for it."""
    with openai.OpenAI(base_url=url, api_key="x") as client:
        assert takes_stream_options(client.chat.completions) is takes


@pytest.mark.parametrize(
    ("version", "takes"),
    [("2024-06-01", False), ("2024-08-01-preview", False), ("2024-10-21", True), ("v1", True)],
)
def test_azure_takes_stream_options_by_its_version(version: str, takes: bool) -> None:
    """On Azure the version of the API that the client asks for decides."""
    with openai.AzureOpenAI(
        azure_endpoint="https://r.openai.azure.com", api_key="x", api_version=version
    ) as client:
        assert takes_stream_options(client.chat.completions) is takes


class Odd:
    """A client whose address is no URL."""

    _client: Any = None


@pytest.mark.parametrize("resource", [None, Odd(), 5])
def test_client_without_an_address_is_openai(resource: object) -> None:
    """Where nothing can be told, the language decides."""
    assert provider_of(resource) == "openai"
