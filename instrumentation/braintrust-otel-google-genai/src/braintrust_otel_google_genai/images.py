"""Images: what they are made from, and the images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, Reading, members
from braintrust_otel_google_genai.config import config_members
from braintrust_otel_google_genai.request import request_metadata
from braintrust_otel_google_genai.wire import camel, camel_keys, wire

__all__ = ["IMAGES"]

_GIVEN = ("prompt", "image", "reference_images", "upscale_factor", "source")


def _read_request(asked: Mapping[str, Any], resource: Any) -> Fields:
    given = {camel(name): camel_keys(asked[name]) for name in _GIVEN if asked.get(name) is not None}
    metadata = request_metadata(asked.get("model"), config_members(asked.get("config")), resource)
    only_prompt = given.keys() == {"prompt"}
    return {"input": given["prompt"] if only_prompt else given, "metadata": metadata}


def _read_answer(answer: Any) -> Fields:
    made = members(answer).get("generated_images")
    return {} if made is None else {"output": [_image(image) for image in made]}


def _image(generated: Any) -> Any:
    """Return one image in the place of the model around it, with what else is told of it."""
    told = wire(generated)
    if not isinstance(told, dict) or not isinstance(told.get("image"), dict):
        return told
    image = told.pop("image")
    return {**image, **told}


def _reading(name: str) -> Reading:
    return Reading(name, _read_request, _read_answer, operation="image_generation")


IMAGES = {name: _reading(name) for name in ("generate_images", "edit_image", "upscale_image")}
"""Methods of ``models`` that make images."""
