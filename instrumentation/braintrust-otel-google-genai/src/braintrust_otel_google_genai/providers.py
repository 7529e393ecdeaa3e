"""Tells where a client's requests go, and so whose prices apply."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

__all__ = ["provider_of", "server_of"]


def provider_of(resource: Any) -> str:
    """Return ``vertex`` for a client of Vertex AI, and ``google`` for one of the Gemini API."""
    is_vertex = getattr(getattr(resource, "_api_client", None), "vertexai", None)
    return "vertex" if is_vertex is True else "google"


def server_of(resource: Any) -> dict[str, Any]:
    """Return OpenTelemetry's attributes for the server that *resource* sends to."""
    options = getattr(getattr(resource, "_api_client", None), "_http_options", None)
    address = getattr(options, "base_url", None)
    found = urlsplit(address) if isinstance(address, str) else None
    if found is None or not found.hostname:
        return {}
    port = found.port or (443 if found.scheme == "https" else 80)
    return {"server.address": found.hostname, "server.port": port}
