"""Every API beside chat and responses, in every way to call it: one whole row, nothing changed."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import openai
import pytest

from braintrust_otel_openai.clients import wrap_client
from support.attached import told
from support.openai_calls import client_of
from support.provider import Provider, Reply
from support.spans import FakeTracer

# The newest client says so of translations and variations of images.
pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
MP3 = b"ID3" + b"sound" * 40
PICTURE = {"filename": "cat.png", "content_type": "image/png", "data": PNG}
RECORDING = {"filename": "call.mp3", "content_type": "audio/mpeg", "data": MP3}
TOKENS = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
COUNTED = {"prompt_tokens": 5, "completion_tokens": 2, "tokens": 7}
IMAGES = {
    "created": 1,
    "data": [{"b64_json": base64.b64encode(PNG).decode()}],
    "usage": {
        **TOKENS,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 5},
        "output_tokens_details": {"image_tokens": 2, "text_tokens": 0},
    },
}
IMAGE_ROW = {
    "output": IMAGES["data"],
    "metadata": {"provider": "openai", "model": "tiny"},
    "metrics": {**COUNTED, "completion_image_tokens": 2},
}
HEARD = {"text": "hi there", "usage": {"type": "tokens", **TOKENS}}
HEARD["usage"]["input_token_details"] = {"audio_tokens": 4, "text_tokens": 1}  # type: ignore[index]  # a dictionary
JUDGED = {"flagged": False, "categories": {"violence": False}, "category_scores": {"violence": 0.1}}
GONE_ON = {"text": " upon a time", "index": 0, "logprobs": None, "finish_reason": "length"}


@dataclass(frozen=True)
class Api:
    """One method: how it is called, what is answered, and the row that makes."""

    path: str
    asked: dict[str, Any]
    reply: Reply
    name: str
    fields: dict[str, Any]


def row(**fields: Any) -> dict[str, Any]:
    """Return the fields of a row, by whom and for whom given."""
    return {"metadata": {"provider": "openai", "model": "tiny"}, **fields}


APIS = {
    "embeddings": Api(
        "embeddings.create",
        {"model": "tiny", "input": ["one", "two"], "encoding_format": "float"},
        Reply(
            {
                "object": "list",
                "model": "tiny-2",
                "data": [{"object": "embedding", "index": 0, "embedding": [0.5] * 12}],
                "usage": {"prompt_tokens": 4, "total_tokens": 4},
            }
        ),
        "Embedding",
        {
            "input": ["one", "two"],
            "output": {"embedding_length": 12},
            "metadata": {"provider": "openai", "model": "tiny-2"},
            "metrics": {"prompt_tokens": 4, "tokens": 4},
        },
    ),
    "moderations": Api(
        "moderations.create",
        {"model": "tiny", "input": "is this fine?"},
        Reply({"id": "m", "model": "tiny-2", "results": [JUDGED]}),
        "Moderation",
        {
            "input": "is this fine?",
            "output": [JUDGED],
            "metadata": {"provider": "openai", "model": "tiny-2"},
        },
    ),
    "images.generate": Api(
        "images.generate",
        {"model": "tiny", "prompt": "a cat", "size": "256x256", "response_format": "b64_json"},
        Reply(IMAGES),
        "Image Generation",
        {
            **IMAGE_ROW,
            "input": "a cat",
            "metadata": {"provider": "openai", "model": "tiny", "response_format": "b64_json"},
        },
    ),
    "images.edit": Api(
        "images.edit",
        {"model": "tiny", "prompt": "a cat", "image": ("cat.png", PNG), "mask": PNG},
        Reply(IMAGES),
        "Image Edit",
        {
            **IMAGE_ROW,
            "input": {
                "prompt": "a cat",
                "image": PICTURE,
                "mask": {**PICTURE, "filename": "attachment.png"},
            },
        },
    ),
    "images.create_variation": Api(
        "images.create_variation",
        {"model": "tiny", "image": ("cat.png", PNG)},
        Reply(IMAGES),
        "Image Variation",
        {**IMAGE_ROW, "input": {"image": PICTURE}},
    ),
    "transcriptions": Api(
        "audio.transcriptions.create",
        {"model": "tiny", "file": ("call.mp3", MP3), "prompt": "Vienna", "temperature": 0.5},
        Reply(HEARD),
        "Transcription",
        {
            "input": {"file": RECORDING, "prompt": "Vienna"},
            "output": "hi there",
            "metadata": {"provider": "openai", "model": "tiny", "temperature": 0.5},
            "metrics": {**COUNTED, "prompt_audio_tokens": 4},
        },
    ),
    "transcriptions as text": Api(
        "audio.transcriptions.create",
        {"model": "tiny", "file": ("call.mp3", MP3), "response_format": "srt"},
        Reply(data=b"1\nhi there\n", content_type="text/plain"),
        "Transcription",
        {
            "input": {"file": RECORDING},
            "output": "1\nhi there\n",
            "metadata": {"provider": "openai", "model": "tiny", "response_format": "srt"},
        },
    ),
    "translations": Api(
        "audio.translations.create",
        {"model": "tiny", "file": ("call.mp3", MP3)},
        Reply({"text": "hi there"}),
        "Translation",
        row(input={"file": RECORDING}, output="hi there"),
    ),
    "speech": Api(
        "audio.speech.create",
        {"model": "tiny", "voice": "coral", "input": "hi there"},
        Reply(data=MP3, content_type="audio/mpeg"),
        "Speech",
        row(input="hi there", output={**RECORDING, "filename": "speech.mp3"}),
    ),
    "completions": Api(
        "completions.create",
        {"model": "tiny", "prompt": "Once", "max_tokens": 3},
        Reply(
            {
                "id": "c",
                "object": "text_completion",
                "created": 1,
                "model": "tiny-2",
                "choices": [GONE_ON],
                "usage": {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4},
            }
        ),
        "openai.completions.create",
        {
            "input": "Once",
            "output": [GONE_ON],
            "metadata": {"provider": "openai", "model": "tiny-2", "max_tokens": 3},
            "metrics": {"prompt_tokens": 1, "completion_tokens": 3, "tokens": 4},
        },
    ),
}
apis = pytest.mark.parametrize("api", APIS.values(), ids=APIS.keys())


def method_of(client: Any, path: str, way: str = "") -> Any:
    """Return a method of a client, plain or by way of its raw access."""
    part, _, name = path.rpartition(".")
    owner = attrgetter(f"{part}.{way}" if way else part)(client)
    return getattr(owner, name)


def said(answer: Any) -> Any:
    """Return what an answer says, in a form that can be compared."""
    if hasattr(answer, "model_dump"):
        return type(answer), answer.model_dump()
    return type(answer), getattr(answer, "content", answer)


def check(tracer: FakeTracer, api: Api) -> None:
    """Check the whole row; only the time of the first sound is left out."""
    span, metrics = tracer.span, tracer.span.fields.get("metrics", {})
    metrics.pop("time_to_first_token", None)
    fields = {name: value for name, value in span.fields.items() if value != {}}
    assert (span.name, span.type, span.errors, len(span.ends)) == (api.name, "llm", [], 1)
    assert told(fields) == api.fields


@apis
def test_call_is_one_whole_row(
    api: Api, provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The user gets what an untraced client gives, and the row says it all."""
    provider.will(api.reply, api.reply)
    with client_of(provider.url, asynchronous=False) as bare:
        untraced = method_of(bare, api.path)(**api.asked)

    answer = method_of(client, api.path)(**api.asked)

    assert said(answer) == said(untraced)
    assert len(provider.requests) == 2
    check(tracer, api)


@apis
async def test_asynchronous_call_is_one_whole_row(
    api: Api, provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client."""
    provider.will(api.reply, api.reply)
    async with client_of(provider.url, asynchronous=True) as bare:
        untraced = await method_of(bare, api.path)(**api.asked)

    answer = await method_of(async_client, api.path)(**api.asked)

    assert said(answer) == said(untraced)
    check(tracer, api)


@apis
def test_raw_response_is_one_whole_row(
    api: Api, provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A raw response stays the user's to parse, and the row needs nothing of that."""
    provider.will(api.reply)

    raw = method_of(client, api.path, "with_raw_response")(**api.asked)

    check(tracer, api)
    assert type(raw).__name__ == "LegacyAPIResponse"
    assert raw.parse() is not None


@apis
async def test_asynchronous_raw_response_is_one_whole_row(
    api: Api, provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client."""
    provider.will(api.reply)

    raw = await method_of(async_client, api.path, "with_raw_response")(**api.asked)

    check(tracer, api)
    assert raw.http_response.content


@apis
def test_body_that_the_user_reads_is_one_whole_row(
    api: Api, provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Nothing of the body is read before the user reads it, and then the row has it."""
    provider.will(api.reply)

    with method_of(client, api.path, "with_streaming_response")(**api.asked) as response:
        before = len(tracer.span.ends)
        body = response.read()

    assert before == 0
    assert body == response.http_response.content
    check(tracer, api)


@apis
async def test_body_that_the_user_awaits_is_one_whole_row(
    api: Api, provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """The same holds for the asynchronous client."""
    provider.will(api.reply)

    way = method_of(async_client, api.path, "with_streaming_response")
    async with way(**api.asked) as response:
        pieces = [piece async for piece in response.iter_bytes()]

    assert b"".join(pieces)
    check(tracer, api)


@apis
def test_error_reaches_the_user_and_the_row(
    api: Api, provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """The very exception is raised and recorded, with its request beside it."""
    provider.will(Reply({"error": {"message": "no such model"}}, status=404))

    with pytest.raises(openai.NotFoundError, match="no such model") as caught:
        method_of(client, api.path)(**api.asked)

    assert tracer.span.errors == [caught.value]
    assert told(tracer.span.fields["input"]) == api.fields["input"]


@apis
def test_untraced_call_passes_through(
    api: Api, provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Where nothing is active the call is made as it is."""
    tracer.is_active = False
    provider.will(api.reply)

    method_of(client, api.path)(**api.asked, span_info={"name": "x"})

    assert len(provider.requests) == 1
    assert tracer.spans == []


@apis
def test_class_patches_cover_the_call(
    api: Api, provider: Provider, table: Any, tracer: FakeTracer
) -> None:
    """With the classes patched, and the client wrapped as well, it is still one whole row."""
    provider.will(api.reply)
    table.apply()

    with client_of(provider.url, asynchronous=False) as client:
        method_of(wrap_client(client, tracer.calls()), api.path)(**api.asked)

    check(tracer, api)


@apis
def test_raw_access_made_before_is_traced(api: Api, provider: Provider, tracer: FakeTracer) -> None:
    """Raw access that was used before the client was wrapped is traced from then on."""
    provider.will(api.reply)
    with client_of(provider.url, asynchronous=False) as client:
        part = api.path.partition(".")[0]
        assert getattr(client.with_raw_response, part) is not None

        wrap_client(client, tracer.calls())
        method_of(client.with_raw_response, api.path)(**api.asked)

    check(tracer, api)
