"""Transcriptions and translations: the recording that goes in, and the text that comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import (
    Fields,
    Reading,
    SpanInfo,
    WholeBody,
    attach_file,
    members,
    plain,
    set_members,
)
from braintrust_otel.instrument.openai_shapes.request import request_metadata
from braintrust_otel.instrument.openai_shapes.response import answer_fields
from braintrust_otel_openai.readers import failure_reader, request_reader

__all__ = ["TRANSCRIPTION", "TRANSLATION", "TranscriptAccumulator"]


class TranscriptAccumulator:
    """Adds up the events of a streamed transcription to the one that was not streamed."""

    __slots__ = ("_pieces", "_segments", "_text", "_usage")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._segments: list[Any] = []
        self._text: str | None = None
        self._usage: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds text."""
        event = set_members(chunk)
        match event.get("type"):
            case "transcript.text.delta":
                self._pieces.append(event.get("delta") or "")
                return bool(self._pieces[-1])
            case "transcript.text.segment":
                self._segments.append(plain(chunk))
                return True
            case "transcript.text.done":
                self._text, self._usage = event.get("text"), event.get("usage")
        return False

    def fields(self) -> Fields:
        """Return ``output`` and ``metrics`` of what was streamed so far."""
        text = "".join(self._pieces) if self._text is None else self._text
        return _answered(text, self._segments, self._usage)


def _read_request(kwargs: Mapping[str, Any], info: SpanInfo, provider: str) -> Fields:
    asked: dict[str, object] = {"file": attach_file(kwargs.get("file"))}
    prompt = kwargs.get("prompt")
    if isinstance(prompt, str):
        asked["prompt"] = prompt
    return {"input": asked, "metadata": request_metadata(kwargs, info, provider)}


def _read_answer(answer: Any) -> Fields:
    if isinstance(answer, str):  # the formats that are no JSON, such as subtitles
        return _answered(answer, (), None)
    told = members(answer)
    return _answered(told.get("text"), told.get("segments") or (), told.get("usage"))


def _answered(text: Any, segments: Any, usage: object) -> Fields:
    fields = answer_fields(None, usage)
    if not text and not segments:
        return fields
    # Who speaks is only said there. All else that segments say is noise: tokens, probabilities.
    has_speakers = any("speaker" in members(segment) for segment in segments)
    fields["output"] = {"text": text, "segments": plain(segments)} if has_speakers else text
    return fields


def _read_body(body: bytes, content_type: str) -> Fields:
    text = body.decode()
    return _read_answer(json.loads(text) if "json" in content_type else text)


def _reading(name: str) -> Reading:
    return Reading(
        name,
        request_reader(_read_request),
        _read_answer,
        TranscriptAccumulator,
        failure=failure_reader(_read_answer, "text"),
        operation="transcription",
        body=partial(WholeBody, _read_body),
    )


TRANSCRIPTION = _reading("Transcription")
"""``audio.transcriptions.create``."""

TRANSLATION = _reading("Translation")
"""``audio.translations.create``."""
