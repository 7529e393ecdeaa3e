"""Writes the library's models as the API has them: in camel case, with media as attachments."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from enum import Enum
from typing import Any

from braintrust_otel.instrument import attach_bytes, set_members

__all__ = ["camel", "camel_keys", "wire"]

# What stands under these names is the user's or the model's own, whatever its keys look like.
_OPAQUE = frozenset({"args", "response", "partMetadata", "arguments"})

# Where media lies in a model or mapping: its bytes, and its MIME type.
_MEDIA = {"inlineData": "data", "imageBytes": "imageBytes", "videoBytes": "videoBytes"}


def wire(value: Any) -> Any:
    """Return *value* as plain data, every model in it as a mapping of what was set and not None.

    Mappings of the user keep their keys; see ``camel_keys`` for those that stand for models.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [wire(item) for item in value]
    return _of_model(value)


def camel_keys(value: Any) -> Any:
    """Return *value* as ``wire`` does, for mappings that stand for models: in camel case too."""
    if isinstance(value, Mapping):
        return _with_media_attached({camel(str(name)): v for name, v in value.items()}, camel_keys)
    if isinstance(value, (list, tuple)):
        return [camel_keys(item) for item in value]
    return wire(value)


def camel(name: str) -> str:
    """Return the name that a member called *name* has in JSON."""
    if "_" not in name:
        return name
    first, *rest = name.strip("_").split("_")
    return first + "".join([f"{part[:1].upper()}{part[1:]}" for part in rest])


def _of_model(value: Any) -> Any:
    if not hasattr(type(value), "model_fields"):
        return value
    told = {camel(name): item for name, item in set_members(value).items()}
    return _with_media_attached(told, wire)


def _with_media_attached(told: Mapping[str, Any], written: Any) -> dict[str, Any]:
    """Return the members of a model, with media among them replaced where they stand."""
    found: dict[str, Any] = {}
    for name, item in told.items():
        if item is None:
            continue
        place = _attached(name, item, told) if name in _MEDIA else None
        if place is not None:
            found.update(place)
        else:
            found[name] = wire(item) if name in _OPAQUE else written(item)
    if "image_url" in found or "file" in found:
        found.pop("mimeType", None)
    return found


def _attached(name: str, item: Any, beside: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what stands in the place of media; None where they are to be left as they are."""
    holder = beside
    if name == "inlineData":
        told = item if isinstance(item, Mapping) else set_members(item)
        holder = {camel(str(key)): value for key, value in told.items()}
    data, kind = holder.get(_MEDIA[name]), holder.get("mimeType")
    if kind is None and name == "imageBytes":
        kind = ""  # the first bytes tell it
    if not isinstance(data, (bytes, bytearray)) or not data or not isinstance(kind, str):
        return None
    title = holder.get("displayName")
    stem = title.rpartition(".")[0] or title if isinstance(title, str) and title else "attachment"
    attachment = attach_bytes(bytes(data), stem, kind)
    if attachment is None:
        return None
    if kind.startswith("image/") or name == "imageBytes":
        return {"image_url": {"url": attachment}}
    return {"file": {"file_data": attachment}}
