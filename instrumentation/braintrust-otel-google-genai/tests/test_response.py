"""What is read off an answer: candidates and token counts."""

from __future__ import annotations

from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest
from google.genai import types

from braintrust_otel_google_genai.response import read_answer
from braintrust_otel_google_genai.usage import usage_metrics

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


def response(**body: Any) -> types.GenerateContentResponse:
    """Return the answer that the library makes of *body*."""
    return types.GenerateContentResponse.model_validate(body)


def test_parts_of_all_kinds_stay_as_the_api_has_them() -> None:
    """Code, its result, searches and thoughts are told in the form of the API."""
    parts = [
        {"text": "hm", "thought": True},
        {"executableCode": {"code": "1 + 1", "language": "PYTHON"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
        {"functionCall": {"id": "1", "name": "f", "args": {"snake_case": None}}},
    ]
    grounding = {"webSearchQueries": ["rain"], "searchEntryPoint": {"renderedContent": "<a>"}}
    candidate = {
        "content": {"parts": parts, "role": "model"},
        "finishReason": "STOP",
        "index": 0,
        "groundingMetadata": grounding,
    }

    found = read_answer(response(candidates=[candidate], modelVersion="tiny-001"))

    assert found["output"] == {"candidates": [candidate]}
    assert found["metadata"] == {"model": "tiny-001"}


def test_image_in_an_answer_is_attached() -> None:
    """An image that the model made stands in its place."""
    inline = {"inlineData": {"mimeType": "image/png", "data": b64encode(PNG).decode()}}
    made = types.Part(inline_data=types.Blob(data=PNG, mime_type="image/png"))
    content = types.Content(role="model", parts=[made])

    found: Any = read_answer(
        types.GenerateContentResponse(candidates=[types.Candidate(content=content)])
    )

    (part,) = found["output"]["candidates"][0]["content"]["parts"]
    assert part["image_url"]["url"].data == PNG
    assert inline.keys().isdisjoint(part)


def test_http_answer_is_read_without_parsing_it_for_the_user() -> None:
    """Who asks for the HTTP answer gets nothing else, but the row has it all."""
    body = '{"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"totalTokenCount": 2}}'

    found = read_answer({"candidates": None, "sdk_http_response": {"headers": {}, "body": body}})

    assert found["output"] == {"candidates": [{"finishReason": "STOP"}]}
    assert found["metrics"] == {"tokens": 2}


def test_answer_of_another_kind_says_nothing() -> None:
    """An object that is no answer has no fields."""
    found = read_answer(SimpleNamespace(candidates=1))

    assert found.keys() <= {"attributes"}


COUNTS = {
    "nothing": ({}, {}),
    "no mapping": (None, {}),
    "all": (
        {
            "promptTokenCount": 10,
            "toolUsePromptTokenCount": 5,
            "candidatesTokenCount": 4,
            "thoughtsTokenCount": 3,
            "cachedContentTokenCount": 8,
            "totalTokenCount": 22,
            "promptTokensDetails": [
                {"modality": "AUDIO", "tokenCount": 2},
                {"modality": "TEXT", "tokenCount": 8},
            ],
            "candidatesTokensDetails": [
                {"modality": "IMAGE", "tokenCount": 1},
                {"modality": "AUDIO", "tokenCount": 3},
            ],
        },
        {
            "prompt_tokens": 15,
            "completion_tokens": 7,
            "tokens": 22,
            "prompt_cached_tokens": 8,
            "completion_reasoning_tokens": 3,
            "prompt_audio_tokens": 2,
            "completion_image_tokens": 1,
            "completion_audio_tokens": 3,
        },
    ),
    "only the prompt so far": (
        {"promptTokenCount": 10, "totalTokenCount": 10},
        {"prompt_tokens": 10, "tokens": 10},
    ),
    "only thoughts": (
        {"promptTokenCount": 1, "thoughtsTokenCount": 2},
        {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3, "completion_reasoning_tokens": 2},
    ),
    "no counts": (
        {"promptTokenCount": -1, "candidatesTokenCount": True, "totalTokenCount": "7"},
        {},
    ),
}


@pytest.mark.parametrize(("usage", "metrics"), COUNTS.values(), ids=COUNTS)
def test_counts_become_metrics(usage: Any, metrics: dict[str, int]) -> None:
    """Thoughts are a part of the answer, results of tools of the prompt; nothing is made up."""
    assert usage_metrics(usage) == metrics
