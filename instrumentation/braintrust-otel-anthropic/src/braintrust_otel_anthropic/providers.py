"""Tells from a client where its requests go, and so whose prices apply."""

from __future__ import annotations

from typing import Any

__all__ = ["provider_of"]

# By a part of the name of the client's class, or of a class that it is derived from.
_CLASSES = {"Bedrock": "bedrock", "Vertex": "vertex", "Foundry": "azure"}

# By the end of the host name. Unknown hosts speak Anthropic's language, so they count as Anthropic.
_HOSTS = {
    "amazonaws.com": "bedrock",
    "aiplatform.googleapis.com": "vertex",
    "azure.com": "azure",
    "openrouter.ai": "openrouter",
    "deepseek.com": "deepseek",
    "moonshot.ai": "moonshot",
    "moonshot.cn": "moonshot",
}
_DEFAULT = "anthropic"


def provider_of(resource: Any) -> str:
    """Return the provider behind the client that *resource* belongs to.

    The clients for Bedrock, Vertex AI and Foundry are told by their class, whatever address they
    use. For any other the address counts, and one that is not known counts as Anthropic.
    """
    client = getattr(resource, "_client", None)
    names = " ".join([kind.__name__ for kind in type(client).__mro__])
    for part, provider in _CLASSES.items():
        if part in names:
            return provider
    host = getattr(getattr(client, "base_url", None), "host", None)
    if not isinstance(host, str):
        return _DEFAULT
    ends = (provider for end, provider in _HOSTS.items() if host.lower().endswith(end))
    return next(ends, _DEFAULT)
