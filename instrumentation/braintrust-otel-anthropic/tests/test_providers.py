"""The provider is the one whose prices apply."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel_anthropic.providers import provider_of


class Anthropic:
    """A client of a plain class."""


class AnthropicBedrock:
    """A client for Bedrock."""


class AsyncAnthropicVertex:
    """An asynchronous client for Vertex AI."""


class AnthropicFoundry(Anthropic):
    """A client for Foundry, which is derived from the plain one."""


class House(AnthropicBedrock):
    """A client that a user derived from the one for Bedrock."""


def at(host: object, kind: type[Any] = Anthropic) -> Any:
    """Return a resource of a client at *host*."""
    client = kind()
    client.base_url = SimpleNamespace(host=host)
    return SimpleNamespace(_client=client)


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("api.anthropic.com", "anthropic"),
        ("llm.example.com", "anthropic"),
        ("openrouter.ai", "openrouter"),
        ("api.deepseek.com", "deepseek"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock"),
        ("US-EAST5-aiplatform.googleapis.com", "vertex"),
        ("mine.services.ai.azure.com", "azure"),
        (None, "anthropic"),
    ],
)
def test_host_names_the_provider(host: object, provider: str) -> None:
    """A gateway or reseller is the provider; an unknown address counts as Anthropic."""
    assert provider_of(at(host)) == provider


@pytest.mark.parametrize(
    ("kind", "provider"),
    [
        (AnthropicBedrock, "bedrock"),
        (House, "bedrock"),
        (AsyncAnthropicVertex, "vertex"),
        (AnthropicFoundry, "azure"),
    ],
)
def test_class_names_the_provider_at_any_address(kind: type[Any], provider: str) -> None:
    """A client that is made for one provider is its client behind any address."""
    assert provider_of(at("proxy.example.com", kind)) == provider


def test_resource_without_a_client_counts_as_anthropic() -> None:
    """Something that has no client at all does not raise."""
    assert provider_of(object()) == "anthropic"
