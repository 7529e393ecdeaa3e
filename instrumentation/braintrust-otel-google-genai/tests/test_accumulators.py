"""Chunks, and the answer that they add up to."""

from __future__ import annotations

from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel_google_genai.accumulators import AnswerAccumulator, RunAccumulator
from braintrust_otel_google_genai.parts import Parts
from braintrust_otel_google_genai.wire import camel_keys, wire
from support.google_calls import answer, chunk, said


def added_up(*chunks: dict[str, Any], kind: type[Any] = AnswerAccumulator) -> dict[str, Any]:
    """Return the fields of an answer in *chunks*."""
    accumulator = kind()
    for each in chunks:
        accumulator.add(types.GenerateContentResponse.model_validate(each))
    fields = dict(accumulator.fields())
    fields.pop("attributes", None)
    return fields


def joined(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what *parts* are joined to."""
    held = Parts()
    for part in parts:
        held.add(part)
    return held.whole()


PARTS = {
    "texts": ([{"text": "a"}, {"text": "b"}], [{"text": "ab"}]),
    "thoughts and texts": (
        [{"text": "a", "thought": True}, {"text": "b", "thought": True}, {"text": "c"}],
        [{"text": "ab", "thought": True}, {"text": "c"}],
    ),
    "a signature in the end": (
        [{"text": "a"}, {"text": "", "thoughtSignature": "s"}],
        [{"text": "a", "thoughtSignature": "s"}],
    ),
    "a text after a signed one": (
        [{"text": "a", "thoughtSignature": "s"}, {"text": "b"}],
        [{"text": "a", "thoughtSignature": "s"}, {"text": "b"}],
    ),
    "a call in between": (
        [{"text": "a"}, {"functionCall": {"name": "f", "args": {}}}, {"text": "b"}],
        [{"text": "a"}, {"functionCall": {"name": "f", "args": {}}}, {"text": "b"}],
    ),
    "only an empty text": ([{"text": ""}], [{"text": ""}]),
    "two calls": (
        [{"functionCall": {"name": "f"}}, {"functionCall": {"name": "f"}}],
        [{"functionCall": {"name": "f"}}, {"functionCall": {"name": "f"}}],
    ),
}


@pytest.mark.parametrize(("parts", "whole"), PARTS.values(), ids=PARTS)
def test_parts_are_joined(parts: list[Any], whole: list[Any]) -> None:
    """Pieces of one text are one part; all else stays apart and in order."""
    assert joined(*parts) == whole


def test_streamed_arguments_are_joined() -> None:
    """A call whose arguments come in pieces is the call that came whole."""
    pieces: list[dict[str, Any]] = [
        {"name": "f", "willContinue": True},
        {"partialArgs": [{"jsonPath": "$.city", "stringValue": "Vi"}], "willContinue": True},
        {"partialArgs": [{"jsonPath": "$.city", "stringValue": "enna"}], "willContinue": True},
        {
            "partialArgs": [
                {"jsonPath": "$.days[1].number", "numberValue": 2},
                {"jsonPath": "$['so far']", "nullValue": "NULL_VALUE"},
                {"jsonPath": "$.sure", "boolValue": True},
            ],
            "willContinue": True,
        },
        {},
    ]

    args = {"city": "Vienna", "days": [None, {"number": 2}], "so far": None, "sure": True}
    assert joined(*[{"functionCall": piece} for piece in pieces]) == [
        {"functionCall": {"name": "f", "args": args}}
    ]


def test_candidates_are_joined_by_their_index() -> None:
    """Every candidate gets its own text and reason."""
    first = {"candidates": [said("a", index=1), said("b", index=0)]}
    del first["candidates"][0]["finishReason"], first["candidates"][1]["finishReason"]

    whole = added_up(first, answer(said("c", index=0), said("d", index=1)))

    texts = [found["content"]["parts"] for found in whole["output"]["candidates"]]
    assert texts == [[{"text": "bc"}], [{"text": "ad"}]]
    assert [found["finishReason"] for found in whole["output"]["candidates"]] == ["STOP", "STOP"]


def test_last_word_counts_and_lists_grow() -> None:
    """Token counts are totals; citations come one by one."""
    citations = [{"citations": [{"uri": "u1"}]}, {"citations": [{"uri": "u2"}]}]
    chunks = [{**chunk({"text": "a"}, citationMetadata=each)} for each in citations]
    chunks[0]["usageMetadata"] = {"promptTokenCount": 15, "totalTokenCount": 15}

    whole = added_up(*chunks, answer(said("b")))

    (candidate,) = whole["output"]["candidates"]
    assert [one["uri"] for one in candidate["citationMetadata"]["citations"]] == ["u1", "u2"]
    assert whole["metrics"] == {"prompt_tokens": 3, "completion_tokens": 4, "tokens": 7}


def test_result_of_a_run_is_its_last_answer() -> None:
    """Of several answers in one stream the last one counts, and its tokens elsewhere."""
    whole = added_up(
        answer(said("a")), chunk({"text": "b"}), answer(said("c")), kind=RunAccumulator
    )

    assert whole == {"output": {"candidates": [said("bc")]}, "metadata": {"model": "tiny-001"}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = ("text", "thought", "thoughtSignature", "functionCall", "partialArgs", "willContinue")
PIECES = st.dictionaries(
    st.sampled_from([*NAMES, "args", "jsonPath", "stringValue", "name"]),
    JSON | st.dictionaries(st.sampled_from(NAMES), JSON),
)


@given(st.lists(PIECES))
def test_hostile_parts_never_raise(parts: list[dict[str, Any]]) -> None:
    """Whatever stands in parts, joining them goes on."""
    assert isinstance(joined(*parts), list)


@given(st.lists(st.text(min_size=1), min_size=1))
def test_joining_loses_no_text(texts: list[str]) -> None:
    """However a text is cut, it is one part with all of it."""
    assert joined(*[{"text": text} for text in texts]) == [{"text": "".join(texts)}]


@given(JSON)
def test_hostile_values_are_written(value: Any) -> None:
    """Any plain data can be written, and stays itself but for its bytes."""
    wire(value)
    camel_keys(value)
