"""URLs: joined without doubled slashes, shown without what could be secret in them."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["join_url", "shown_url"]


def join_url(base: str, path: str) -> str:
    """Return *path* under *base*, whose own path and trailing slash do no harm."""
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


def shown_url(url: str) -> str:
    """Return *url* for a message: no user name, password, query or fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "<a URL that cannot be read>"
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}" if parts.scheme else f"{place}{parts.path}"
