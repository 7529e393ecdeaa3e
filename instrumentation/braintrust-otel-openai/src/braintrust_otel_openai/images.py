"""Images: what they are made from, and the images, plain or streamed."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import (
    Fields,
    Reading,
    SpanInfo,
    attach_bytes,
    attach_file,
    is_given,
    members,
    plain,
    set_members,
)
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["IMAGE_EDIT", "IMAGE_GENERATION", "IMAGE_VARIATION", "ImageAccumulator"]

_FILES = ("image", "mask", "markup")
_IMAGE = ("b64_json", "url", "revised_prompt")

# The one format whose first bytes do not tell it, so that nobody further on can.
_UNTELLABLE = {"svg": "image/svg+xml"}


class ImageAccumulator:
    """Adds up the events of a stream of images.

    The result is that of the call that was not streamed. A stream that ended early has the last
    state of the image that it was about.
    """

    __slots__ = ("_format", "_images", "_partial", "_usage")

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._partial: dict[str, Any] | None = None
        self._format: object = None
        self._usage: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds an image, finished or not."""
        event = set_members(chunk)
        kind = str(event.get("type"))
        image = {name: event[name] for name in _IMAGE if name in event}
        if not image:
            return False
        self._format = event.get("output_format", self._format)
        if kind.endswith(".completed"):
            self._images.append(image)
            self._partial = None
            self._usage = event.get("usage", self._usage)
        else:
            self._partial = image
        return True

    def fields(self) -> Fields:
        """Return ``output`` and ``metrics`` of what was streamed so far."""
        fields = answer_fields(None, self._usage)
        images = [*self._images, *([self._partial] if self._partial else [])]
        if images:
            fields["output"] = _attached(images, self._format)
        return fields


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    prompt = kwargs.get("prompt")
    files = {name: _told(kwargs[name]) for name in _FILES if name in kwargs}
    told = {name: file for name, file in files.items() if file is not None}
    metadata = request_metadata(kwargs, info, provider)
    if not told:
        return {"input": prompt, "metadata": metadata}
    asked = {"prompt": prompt} if prompt is not None and is_given(prompt) else {}
    return {"input": {**asked, **told}, "metadata": metadata}


def _told(file: Any) -> Any:
    """Return what stands for a file, or for each of several."""
    if not is_given(file):
        return None
    if isinstance(file, list):
        return [_told(each) for each in file]
    return plain(file) if isinstance(file, (str, dict)) else attach_file(file)


def _read_answer(answer: Any) -> Fields:
    told = members(answer)
    fields = answer_fields(None, told.get("usage"))
    if told.get("data") is not None:
        fields["output"] = _attached(plain(told["data"]), told.get("output_format"))
    return fields


def _attached(images: list[dict[str, Any]], suffix: object) -> list[dict[str, Any]]:
    content_type = _UNTELLABLE.get(suffix) if isinstance(suffix, str) else None
    if content_type is None:
        return images
    return [_with_attachment(image, content_type) for image in images]


def _with_attachment(image: dict[str, Any], content_type: str) -> dict[str, Any]:
    try:
        data = b64decode(image.get("b64_json") or "", validate=True)
    except binascii.Error:
        return image
    attachment = attach_bytes(data, "image", content_type) if data else None
    return image if attachment is None else {**image, "b64_json": attachment}


def _reading(name: str) -> Reading:
    return Reading(
        name,
        request_reader(_read_request),
        _read_answer,
        ImageAccumulator,
        failure=failure_reader(_read_answer, "data"),
        listed=("image",),
        operation="image_generation",
    )


IMAGE_GENERATION = _reading("Image Generation")
"""``images.generate``."""

IMAGE_EDIT = _reading("Image Edit")
"""``images.edit``."""

IMAGE_VARIATION = _reading("Image Variation")
"""``images.create_variation``."""
