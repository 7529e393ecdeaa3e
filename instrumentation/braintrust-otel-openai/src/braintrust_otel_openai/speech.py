"""Speech: the text that goes in, and the sound that comes out."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import (
    EventBody,
    Fields,
    Reading,
    SpanInfo,
    WholeBody,
    attach_bytes,
)
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["SPEECH", "SpeechAccumulator"]

_EVENTS = "text/event-stream"
_NAME = "speech"


class SpeechAccumulator:
    """Adds up the events of speech that is streamed as events, of which each holds some sound."""

    __slots__ = ("_pieces", "_usage")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._usage: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds sound."""
        if chunk.get("usage") is not None:
            self._usage = chunk["usage"]
        try:
            sound = b64decode(chunk.get("audio") or "", validate=True)
        except binascii.Error:
            return False
        self._pieces.append(sound)
        return bool(sound)

    def fields(self) -> Fields:
        """Return ``output`` and ``metrics`` of what was streamed so far."""
        return {**answer_fields(None, self._usage), **_heard(b"".join(self._pieces), "")}


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    text, instructions = kwargs.get("input"), kwargs.get("instructions")
    metadata = request_metadata(kwargs, info, provider)
    if isinstance(instructions, str):
        return {"input": {"input": text, "instructions": instructions}, "metadata": metadata}
    return {"input": text, "metadata": metadata}


def _read_answer(answer: Any) -> Fields:
    response = answer.response
    return _read_body(response.content, response.headers.get("content-type", ""))


def _read_body(body: bytes, content_type: str) -> Fields:
    if not content_type.startswith(_EVENTS):
        return _heard(body, content_type)
    events = EventBody(SpeechAccumulator())
    events.add(body + b"\n")
    return events.fields()


def _heard(sound: bytes, content_type: str) -> Fields:
    attachment = attach_bytes(sound, _NAME, content_type) if sound else None
    return {} if attachment is None else {"output": attachment}


SPEECH = Reading(
    "Speech",
    request_reader(_read_request),
    _read_answer,
    SpeechAccumulator,
    failure=failure_reader(_read_answer, "response"),
    operation="speech",
    body=partial(WholeBody, _read_body, is_media=True),
)
"""``audio.speech.create``."""
