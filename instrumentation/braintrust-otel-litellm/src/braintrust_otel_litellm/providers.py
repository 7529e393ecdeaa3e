"""Tells which provider LiteLLM asks, and so whose prices apply."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["provider_name", "requested"]

# LiteLLM's names where rows have others. One provider may have several: one for each of its APIs.
_NAMES = {
    "ai21_chat": "ai21",
    "anthropic_text": "anthropic",
    "azure_ai": "azure",
    "azure_text": "azure",
    "bedrock_converse": "bedrock",
    "bedrock_mantle": "bedrock",
    "codestral": "mistral",
    "cohere_chat": "cohere",
    "custom_openai": "openai",
    "dashscope": "alibaba",
    "featherless_ai": "featherless",
    "fireworks_ai": "fireworks",
    "friendliai": "friendli",
    "gemini": "google",
    "gradient_ai": "digitalocean",
    "lambda_ai": "lambda",
    "nvidia_nim": "nvidia",
    "ollama_chat": "ollama",
    "sagemaker_chat": "sagemaker",
    "text-completion-codestral": "mistral",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "v0": "vercel",
    "vercel_ai_gateway": "vercel",
    "vertex_ai": "vertex",
    "vertex_ai_beta": "vertex",
    "voyage": "voyageai",
    "watsonx_text": "watsonx",
    "xai": "xAI",
    "zai": "zhipu",
}

# In the table of prices, one name for each family of models: vertex_ai-anthropic_models, ...
_VERTEX_FAMILIES = "vertex_ai-"


def provider_name(seen: object) -> str | None:
    """Return the name that rows have for the provider that LiteLLM calls *seen*; None for none."""
    if not isinstance(seen, str) or not seen:
        return None
    name = str(getattr(seen, "value", seen))  # some are members of an enumeration
    if name.startswith(_VERTEX_FAMILIES):
        return "vertex"
    return _NAMES.get(name, name)


def requested(model: object, provider: object = None) -> tuple[str | None, str | None]:
    """Return the provider's name for *model*, and our name for the provider.

    As LiteLLM finds it: told apart from the model, before it (``anthropic/claude-...``), or by its
    table of models. The last is the library's own, and it is not imported for that.

    Args:
        model: The model as the library is given it.
        provider: The argument ``custom_llm_provider``.

    Returns:
        The model without its provider, and the provider; each None where it cannot be told.
    """
    if not isinstance(model, str) or not model:
        return None, provider_name(provider)
    prefix, slash, rest = model.partition("/")
    library = sys.modules.get("litellm")
    named = provider_name(provider)
    if slash and prefix in _known_providers(library):
        return rest, named or provider_name(prefix)
    return model, named or _in_table(library, model)


def _known_providers(library: Any) -> Any:
    return getattr(library, "provider_list", None) or ()


def _in_table(library: Any, model: str) -> str | None:
    told = (getattr(library, "model_cost", None) or {}).get(model)
    return provider_name(told.get("litellm_provider")) if isinstance(told, dict) else None
