"""What images, audio and text completions stream adds up to the answer that was not streamed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import openai
import pytest

from braintrust_otel_openai.speech import SPEECH
from support.attached import told
from support.provider import Provider, Reply
from support.spans import FakeTracer

MP3 = b"ID3" + b"sound" * 2000
TOKENS = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
COUNTED = {"prompt_tokens": 5, "completion_tokens": 2, "tokens": 7, "time_to_first_token": 0.0}
RECORDING: Any = ("call.mp3", MP3)


def image(kind: str, text: str, **more: Any) -> dict[str, Any]:
    """Return one event of a stream of images."""
    about = {"background": "auto", "created_at": 1, "quality": "low", "size": "auto"}
    return {"type": kind, "b64_json": text, "output_format": "png", **about, **more}


def text(text: str, index: int = 0, **more: Any) -> dict[str, Any]:
    """Return one chunk of a streamed text completion."""
    choice = {"text": text, "index": index, "logprobs": None, "finish_reason": None, **more}
    return {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}


PARTIAL = image("image_generation.partial_image", "cGFydGlhbA==", partial_image_index=0)
COMPLETED = image("image_generation.completed", "d2hvbGU=", usage=TOKENS)
HEARD = [
    {"type": "transcript.text.delta", "delta": "hi "},
    {"type": "transcript.text.delta", "delta": "there"},
    {"type": "transcript.text.done", "text": "hi there", "usage": {"type": "tokens", **TOKENS}},
]
SPOKEN = {"type": "transcript.text.segment", "id": "s", "start": 0.0, "end": 1.5}
TALK = [
    {**SPOKEN, "text": "hi", "speaker": "A"},
    {**SPOKEN, "text": "ho", "speaker": "B"},
    {"type": "transcript.text.done", "text": "hi ho"},
]
GONE_ON = [
    text("upon ", logprobs={"tokens": ["upon "], "token_logprobs": [-0.5]}),
    text("there", 1),
    text("a time", logprobs={"tokens": ["a time"], "token_logprobs": [-0.25]}),
    text("", finish_reason="stop"),
    text("", 1, finish_reason="length"),
    {**text(""), "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 4}},
]

newest = pytest.mark.skipif(
    int(openai.__version__.partition(".")[0]) < 2, reason="the client cannot stream this yet"
)


@newest
def test_streamed_images_are_those_of_a_plain_answer(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Partial images make way for the finished one; the user gets every event."""
    provider.will(Reply(events=[PARTIAL, COMPLETED], is_named=True))

    stream = client.images.generate(model="tiny", prompt="a cat", stream=True, partial_images=1)
    events = [event.type for event in stream]

    assert events == [PARTIAL["type"], COMPLETED["type"]]
    assert tracer.span.fields == {
        "input": "a cat",
        "output": [{"b64_json": "d2hvbGU="}],
        "metadata": {"provider": "openai", "model": "tiny"},
        "metrics": COUNTED,
    }


@newest
def test_stream_of_images_closed_early_has_the_last_state(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving after a partial image puts that one on the row, without an error."""
    provider.will(Reply(events=[PARTIAL, COMPLETED], is_named=True))

    with client.images.edit(model="tiny", prompt="a cat", image=b"x", stream=True) as stream:
        next(iter(stream))

    assert tracer.span.fields["output"] == [{"b64_json": "cGFydGlhbA=="}]
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


@newest
def test_vector_images_are_attached_by_the_format_that_is_told(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The first bytes of an SVG do not give it away, so what the answer says counts."""
    data = [{"b64_json": base64.b64encode(b"<svg/>").decode()}, {"b64_json": "no base64"}]
    provider.will(Reply({"created": 1, "output_format": "svg", "data": data}))

    client.images.generate(model="tiny", prompt="a cat")

    picture = {"filename": "image.svg", "content_type": "image/svg+xml", "data": b"<svg/>"}
    assert told(tracer.span.fields["output"]) == [{"b64_json": picture}, data[1]]


@newest
async def test_streamed_transcription_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The text is that of the last event, with its token counts."""
    provider.will(Reply(events=HEARD, is_named=True))

    stream = await async_client.audio.transcriptions.create(
        model="tiny", file=RECORDING, stream=True
    )
    events = [event.type async for event in stream]

    assert len(events) == 3
    assert tracer.span.fields["output"] == "hi there"
    assert tracer.span.fields["metrics"] == COUNTED


@newest
def test_transcription_closed_early_has_what_was_heard(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Leaving after the first piece puts that piece on the row."""
    provider.will(Reply(events=HEARD, is_named=True))

    with client.audio.transcriptions.create(model="tiny", file=RECORDING, stream=True) as stream:
        next(iter(stream))

    assert tracer.span.fields["output"] == "hi "


@newest
def test_streamed_speakers_are_told_apart(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Where the answer says who speaks, so does the row."""
    provider.will(Reply(events=TALK, is_named=True))

    list(client.audio.transcriptions.create(model="tiny", file=RECORDING, stream=True))

    assert tracer.span.fields["output"] == {"text": "hi ho", "segments": TALK[:2]}


def test_speakers_of_a_plain_answer_are_told_apart(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The same holds for an answer that comes at once."""
    provider.will(Reply({"text": "hi ho", "segments": TALK[:2]}))

    client.audio.transcriptions.create(model="tiny", file=RECORDING)

    assert tracer.span.fields["output"] == {"text": "hi ho", "segments": TALK[:2]}


def test_segments_without_speakers_are_left_out(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Token lists and probabilities of segments say nothing that the text does not."""
    segment = {"id": 0, "start": 0.0, "end": 1.0, "text": "hi", "tokens": [1, 2], "avg_logprob": -1}
    provider.will(Reply({"text": "hi", "segments": [segment]}))

    client.audio.transcriptions.create(model="tiny", file=RECORDING, response_format="verbose_json")

    assert tracer.span.fields["output"] == "hi"


def test_streamed_completion_is_that_of_a_plain_answer(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Every choice by its index, with its reason to finish and its probabilities."""
    provider.will(Reply(events=GONE_ON))

    chunks = list(client.completions.create(model="tiny", prompt="Once", n=2, stream=True))

    probable = {"tokens": ["upon ", "a time"], "token_logprobs": [-0.5, -0.25]}
    assert len(chunks) == len(GONE_ON)
    assert tracer.span.fields["output"] == [
        {"text": "upon a time", "index": 0, "logprobs": probable, "finish_reason": "stop"},
        {"text": "there", "index": 1, "logprobs": None, "finish_reason": "length"},
    ]
    assert tracer.span.fields["metrics"] == {
        "prompt_tokens": 1,
        "completion_tokens": 4,
        "tokens": 5,
        "time_to_first_token": 0.0,
    }


def test_parsed_raw_stream_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The stream that is parsed out of a raw response is followed."""
    provider.will(Reply(events=GONE_ON))

    raw = client.completions.with_raw_response.create(model="tiny", prompt="Once", stream=True)
    list(raw.parse())

    assert [choice["text"] for choice in tracer.span.fields["output"]] == ["upon a time", "there"]


def test_events_that_the_user_reads_himself_are_one_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Whoever reads the lines of a stream himself has it on the row all the same."""
    provider.will(Reply(events=GONE_ON))
    way = client.completions.with_streaming_response

    with way.create(model="tiny", prompt="Once", stream=True) as response:
        lines = list(response.iter_lines())

    assert len([line for line in lines if line.startswith("data: {")]) == len(GONE_ON)
    assert [choice["text"] for choice in tracer.span.fields["output"]] == ["upon a time", "there"]
    assert tracer.span.fields["metrics"]["time_to_first_token"] == 0.0


def speech(client: Any) -> Any:
    """Ask for speech whose body the user reads."""
    return client.audio.speech.with_streaming_response.create(
        model="tiny", voice="coral", input="hi"
    )


def test_speech_closed_early_has_what_the_user_read(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Not a byte more is on the row than the user took."""
    provider.will(Reply(data=MP3, content_type="audio/mpeg"))

    with speech(client) as response:
        first = next(response.iter_bytes(1000))

    assert told(tracer.span.fields["output"])["data"] == first == MP3[:1000]
    assert tracer.span.fields["metrics"] == {"time_to_first_token": 0.0}
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


def test_speech_that_nobody_reads_has_no_output(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A body that is closed unread stays unread."""
    provider.will(Reply(data=MP3, content_type="audio/mpeg"))

    with speech(client) as response:
        assert response.status_code == 200

    assert "output" not in tracer.span.fields
    assert len(tracer.span.ends) == 1


def test_speech_written_to_a_file_is_on_the_row(
    provider: Provider, client: Any, tracer: FakeTracer, tmp_path: Path
) -> None:
    """The client's own way to write the body is followed too."""
    provider.will(Reply(data=MP3, content_type="audio/mpeg"))

    with speech(client) as response:
        response.stream_to_file(tmp_path / "speech.mp3")

    assert (tmp_path / "speech.mp3").read_bytes() == MP3
    assert told(tracer.span.fields["output"]) == {
        "filename": "speech.mp3",
        "content_type": "audio/mpeg",
        "data": MP3,
    }


async def test_asynchronous_speech_is_followed(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client, left in the middle."""
    provider.will(Reply(data=MP3, content_type="audio/mpeg"))

    async with speech(async_client) as response:
        first = await anext(response.iter_bytes(1000))

    assert told(tracer.span.fields["output"])["data"] == first


def test_speech_as_events_is_put_together(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Speech that comes as events is one sound on the row, with its token counts."""
    pieces = [{"type": "speech.audio.delta", "audio": piece} for piece in ("SUQzYQ==", "YmM=")]
    provider.will(Reply(events=[*pieces, {"type": "speech.audio.done", "usage": TOKENS}]))

    client.audio.speech.create(
        model="tiny", voice="coral", input="hi", extra_body={"stream_format": "sse"}
    )

    assert told(tracer.span.fields["output"]) == {
        "filename": "speech.mp3",
        "content_type": "audio/mpeg",
        "data": b"ID3abc",
    }
    assert tracer.span.fields["metrics"]["tokens"] == 7


def test_instructions_for_a_voice_are_input() -> None:
    """What the voice is told stands beside what it says."""
    asked = {"model": "tiny", "voice": "coral", "input": "hi", "instructions": "softly"}

    fields = SPEECH.request(asked, None)

    assert fields["input"] == {"input": "hi", "instructions": "softly"}


def test_answer_that_is_no_json_costs_nothing(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A raw answer that cannot be read is the user's to look at; the row ends without output."""
    provider.will(Reply(data=b"<html>", content_type="text/html"))

    raw = client.embeddings.with_raw_response.create(model="tiny", input="hi")

    assert raw.content == b"<html>"
    assert (tracer.bugs, len(tracer.span.ends)) == ([], 1)


def test_connection_lost_in_the_middle_of_a_body_is_an_error(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What came until then is on the row, beside the error that the user gets."""
    provider.will(Reply(events=GONE_ON[:3], is_cut=True))

    with (
        pytest.raises(Exception, match=r"peer closed|incomplete") as caught,
        client.completions.with_streaming_response.create(
            model="tiny", prompt="Once", stream=True
        ) as response,
    ):
        list(response.iter_lines())

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["output"][0]["text"] == "upon a time"
