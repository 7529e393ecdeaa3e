"""Tells from a client where its requests go, and so whose prices apply."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

__all__ = ["provider_of", "takes_stream_options"]

# By the end of the host name. Unknown hosts speak OpenAI's language, so they count as OpenAI.
_HOSTS = {
    "openai.com": "openai",
    "openai.azure.com": "azure",
    "cognitiveservices.azure.com": "azure",
    "services.ai.azure.com": "azure",
    "models.ai.azure.com": "azure",
    "openai.azure.us": "azure",
    "openai.azure.cn": "azure",
    "ai21.com": "ai21",
    "aimlapi.com": "aimlapi",
    "ai-gateway.vercel.sh": "vercel",
    "dashscope.aliyuncs.com": "alibaba",
    "dashscope-intl.aliyuncs.com": "alibaba",
    "dashscope-us.aliyuncs.com": "alibaba",
    "azuredatabricks.net": "databricks",
    "anthropic.com": "anthropic",
    "api.nvidia.com": "nvidia",
    "api.v0.dev": "vercel",
    "baseten.co": "baseten",
    "bigmodel.cn": "zhipu",
    "cerebras.ai": "cerebras",
    "chutes.ai": "chutes",
    "cloud.databricks.com": "databricks",
    "cohere.ai": "cohere",
    "cohere.com": "cohere",
    "deepinfra.com": "deepinfra",
    "deepseek.com": "deepseek",
    "do-ai.run": "digitalocean",
    "featherless.ai": "featherless",
    "fireworks.ai": "fireworks",
    "friendli.ai": "friendli",
    "gcp.databricks.com": "databricks",
    "generativelanguage.googleapis.com": "google",
    "googleapis.com": "vertex",
    "groq.com": "groq",
    "huggingface.cloud": "huggingface",
    "huggingface.co": "huggingface",
    "hyperbolic.xyz": "hyperbolic",
    "inference.net": "inference.net",
    "lambda.ai": "lambda",
    "lepton.ai": "lepton",
    "minimax.io": "minimax",
    "minimaxi.com": "minimax",
    "mistral.ai": "mistral",
    "models.github.ai": "github",
    "moonshot.ai": "moonshot",
    "moonshot.cn": "moonshot",
    "nebius.com": "nebius",
    "novita.ai": "novita",
    "ollama.com": "ollama",
    "openrouter.ai": "openrouter",
    "parasail.io": "parasail",
    "perplexity.ai": "perplexity",
    "requesty.ai": "requesty",
    "replicate.com": "replicate",
    "sambanova.ai": "sambanova",
    "scaleway.ai": "scaleway",
    "siliconflow.cn": "siliconflow",
    "siliconflow.com": "siliconflow",
    "stepfun.com": "stepfun",
    "together.ai": "together",
    "together.xyz": "together",
    "upstage.ai": "upstage",
    "volces.com": "volcengine",
    "voyageai.com": "voyageai",
    "writer.com": "writer",
    "x.ai": "xAI",
    "z.ai": "zhipu",
}
_DEFAULT = "openai"

# Amazon has a host for each service and region; all others of its hosts are its customers'.
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_BEDROCK = "bedrock"

# Servers that people run themselves, by the port that nothing else listens on.
_PORTS = {11434: "ollama"}

# Classes of the library, for addresses of the user's own.
_CLASSES = {"AzureOpenAI": "azure", "BedrockOpenAI": "bedrock", "AzureModuleClient": "azure"}

# Hosts that refuse the request for ``stream_options``. They tell the usage of a stream unasked.
_REFUSING = frozenset({"cohere", "databricks", "mistral", "perplexity"})
_AZURE_TAKES_SINCE = "2024-09-01"


def provider_of(resource: Any) -> str:
    """Return the provider behind the client that *resource* belongs to.

    A gateway or reseller with its own prices is the provider; an address that is not known, such
    as one of your own, counts as OpenAI.
    """
    client = getattr(resource, "_client", None)
    url = getattr(client, "base_url", None)
    host = getattr(url, "host", None)
    known = _known_host(host.lower()) if isinstance(host, str) else None
    if known is None:
        known = _PORTS.get(getattr(url, "port", None) or 0) or _known_class(client)
    return known or _DEFAULT


def takes_stream_options(resource: Any) -> bool:
    """Whether the host behind *resource* takes the request for the usage of a stream."""
    provider = provider_of(resource)
    if provider != "azure":
        return provider not in _REFUSING
    version = getattr(getattr(resource, "_client", None), "_api_version", None)
    # Dates, such as 2024-10-21 or 2025-01-01-preview, or no date at all.
    return not isinstance(version, str) or version >= _AZURE_TAKES_SINCE


@lru_cache(maxsize=64)
def _known_host(host: str) -> str | None:
    if host.startswith(_BEDROCK) and host.endswith(_AMAZON):
        return _BEDROCK
    labels = host.split(".")
    candidates = (".".join(labels[start:]) for start in range(len(labels)))
    return next((_HOSTS[name] for name in candidates if name in _HOSTS), None)


def _known_class(client: object) -> str | None:
    names = (kind.__name__.lstrip("_").removeprefix("Async") for kind in type(client).__mro__)
    return next((_CLASSES[name] for name in names if name in _CLASSES), None)
