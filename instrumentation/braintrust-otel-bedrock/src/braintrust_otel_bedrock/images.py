"""Turns the pictures in models' own requests and answers into attachments."""

from __future__ import annotations

import base64
from typing import Any, Final

from braintrust_otel.instrument import attach_bytes

__all__ = ["attached_image", "prompt_with_images"]

_SIGN: Final = "<|image|>"


def attached_image(image: Any) -> Any:
    """Return what stands on the row for base64 of a picture; anything else as it is."""
    try:
        data = base64.b64decode(image, validate=True)
    except (TypeError, ValueError):
        return image
    return attach_bytes(data, "image") or image


def prompt_with_images(prompt: str, images: list[Any]) -> list[Any]:
    """Return *prompt* as parts, with each of Llama's *images* where the prompt has a sign for it.

    Images without a sign stand before the text.
    """
    texts = prompt.split(_SIGN, len(images))
    pictures = [_picture(image) for image in images]
    unplaced = len(images) - len(texts) + 1
    parts = pictures[:unplaced] + _text(texts[0])
    for picture, text in zip(pictures[unplaced:], texts[1:], strict=True):
        parts += [picture, *_text(text)]
    return parts


def _text(text: str) -> list[Any]:
    return [{"type": "text", "text": text}] if text else []


def _picture(image: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": attached_image(image)}}
