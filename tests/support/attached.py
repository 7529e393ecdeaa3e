"""Attachments in a form that can be compared."""

from __future__ import annotations

from typing import Any

from braintrust_otel._tracing.attachments import Attachment

__all__ = ["told"]


def told(value: Any) -> Any:
    """Return *value* with each attachment in it as its name, its type and its bytes."""
    if isinstance(value, Attachment):
        named = {"filename": value.filename, "content_type": value.content_type}
        return {**named, "data": value.data}
    if isinstance(value, dict):
        return {name: told(member) for name, member in value.items()}
    if isinstance(value, list):
        return [told(item) for item in value]
    return value
