"""Tells from a client where its requests go, and so whose prices apply."""

from __future__ import annotations

from typing import Any

__all__ = ["provider_of"]

# By the end of the host name. Unknown hosts speak OpenAI's language, so they count as OpenAI.
_HOSTS = {
    "openai.com": "openai",
    "openai.azure.com": "azure",
    "cognitiveservices.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "models.ai.azure.com": "azure",
    "openrouter.ai": "openrouter",
    "groq.com": "groq",
    "together.xyz": "together",
    "together.ai": "together",
    "fireworks.ai": "fireworks",
    "deepseek.com": "deepseek",
    "mistral.ai": "mistral",
    "perplexity.ai": "perplexity",
    "x.ai": "xAI",
    "cerebras.ai": "cerebras",
    "deepinfra.com": "deepinfra",
    "cohere.com": "cohere",
    "cohere.ai": "cohere",
    "anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "aiplatform.googleapis.com": "vertex",
    "amazonaws.com": "bedrock",
    "sambanova.ai": "sambanova",
    "moonshot.ai": "moonshot",
    "moonshot.cn": "moonshot",
    "nebius.com": "nebius",
    "hyperbolic.xyz": "hyperbolic",
    "novita.ai": "novita",
    "huggingface.co": "huggingface",
    "api.nvidia.com": "nvidia",
    "baseten.co": "baseten",
    "lepton.ai": "lepton",
}
_DEFAULT = "openai"


def provider_of(resource: Any) -> str:
    """Return the provider behind the client that *resource* belongs to.

    A gateway or reseller with its own prices is the provider; an address that is not known, such
    as one of your own, counts as OpenAI.
    """
    client = getattr(resource, "_client", None)
    url = getattr(client, "base_url", None)
    host = getattr(url, "host", None)
    if not isinstance(host, str):
        return _DEFAULT
    known = _known_host(host.lower())
    if known is None and type(client).__name__.endswith("AzureOpenAI"):
        return "azure"  # Azure behind an address of the user's own
    return known or _DEFAULT


def _known_host(host: str) -> str | None:
    labels = host.split(".")
    candidates = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_HOSTS[name] for name in candidates if name in _HOSTS), None)
