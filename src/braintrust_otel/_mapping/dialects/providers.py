"""The names that rows have for providers, whatever other libraries call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["provider_name"]

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "anthropic": ("anthropic",),
    "azure": ("azure", "azure.ai.openai", "azure.ai.inference", "az.ai.openai", "az.ai.inference"),
    "bedrock": ("amazon-bedrock", "aws", "aws.bedrock", "aws_bedrock", "bedrock"),
    "google": (
        "gcp.gemini",
        "gcp.gen_ai",
        "gemini",
        "google",
        "google-gla",
        "google.generative-ai",
        "google_genai",
    ),
    "mistral": ("mistral", "mistral_ai", "mistralai"),
    "openai": ("openai",),
    "vertex": (
        "gcp.vertex_ai",
        "google-vertex",
        "google.vertex",
        "vertex",
        "vertex_ai",
        "vertexai",
    ),
    "xAI": ("x_ai", "xai"),
}
_KNOWN: Final = {seen: name for name, all_seen in _NAMES.items() for seen in all_seen}
_FAMILIES: Final[Mapping[str, str]] = {
    "anthropic.": "anthropic",
    "azure-openai.": "azure",
    "google.vertex.": "vertex",
    "openai.": "openai",
}
"""What client libraries put before the kind of call, such as ``openai.responses``."""


def provider_name(seen: object) -> str | None:
    """Return the name that rows have for a provider; a name nobody knows stays, in lower case.

    Returns:
        The name; None when *seen* is no text, or an empty one.
    """
    if not isinstance(seen, str) or not seen.strip():
        return None
    name = seen.strip().lower()
    if name in _KNOWN:
        return _KNOWN[name]
    return next((known for family, known in _FAMILIES.items() if name.startswith(family)), name)
