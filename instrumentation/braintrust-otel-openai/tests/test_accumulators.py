"""Streamed chunks add up to the answer that would have come unstreamed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from braintrust_otel.instrument.openai_shapes.accumulators import ChatAccumulator
from braintrust_otel.instrument.openai_shapes.completions import CompletionAccumulator
from braintrust_otel.instrument.openai_shapes.responses_accumulator import ResponsesAccumulator
from support.openai_calls import piece


def as_models(chunks: list[dict[str, Any]]) -> list[Any]:
    """Return the chunks as the client gives them to its user."""
    return [ChatCompletionChunk.construct(**chunk) for chunk in chunks]


def as_dictionaries(chunks: list[dict[str, Any]]) -> list[Any]:
    """Return the chunks as they are."""
    return chunks


FORMS = pytest.mark.parametrize("form", [as_models, as_dictionaries])


def added(chunks: list[Any]) -> tuple[dict[str, Any], list[bool]]:
    """Return the fields that *chunks* add up to, and which of them held content."""
    accumulator = ChatAccumulator()
    contents = [accumulator.add(chunk) for chunk in chunks]
    fields = dict(accumulator.fields())
    fields.pop("attributes")
    return fields, contents


@pytest.mark.parametrize(
    ("accumulator", "chunk"),
    [
        (ChatAccumulator(), piece({"content": "a"})),
        (CompletionAccumulator(), {"id": "chatcmpl-1", "choices": [{"index": 0, "text": "a"}]}),
        (ResponsesAccumulator(), {"type": "response.created", "response": {"id": "chatcmpl-1"}}),
    ],
)
def test_id_is_for_others_to_see(accumulator: Any, chunk: dict[str, Any]) -> None:
    """The id of the answer is told as an attribute, for which rows have no field."""
    accumulator.add(chunk)

    attributes = accumulator.fields()["attributes"]

    assert attributes() == {"gen_ai.response.id": "chatcmpl-1"}


def message_of(deltas: list[dict[str, Any]]) -> Any:
    """Return the message that *deltas* add up to."""
    fields, _ = added([piece(delta) for delta in deltas])
    return fields["output"][0]["message"]


def call_piece(index: int | None, **members: Any) -> dict[str, Any]:
    """Return a delta with a piece of one tool call."""
    return {"tool_calls": [members if index is None else {"index": index, **members}]}


@FORMS
def test_text_is_joined(form: Any) -> None:
    """Role, text and finish reason become one choice; nothing else is made up."""
    deltas = [{"role": "assistant", "content": "", "refusal": None}, {"content": "a"}]
    chunks = [*map(piece, deltas), piece({"content": "b"}), piece({}, "stop")]

    fields, contents = added(form(chunks))

    assert fields == {
        "metadata": {"model": "tiny-2026-01-01"},
        "output": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "ab", "refusal": None},
                "finish_reason": "stop",
            }
        ],
    }
    assert contents == [False, True, True, False]


@FORMS
def test_tool_calls_are_joined_by_index(form: Any) -> None:
    """Interleaved calls each get their own arguments, exactly as produced, without the index."""
    chunks = [
        piece({"role": "assistant", "content": None}),
        piece(call_piece(1, id="b", type="function", function={"name": "g", "arguments": None})),
        piece(call_piece(0, id="a", type="function", function={"name": "f", "arguments": ""})),
        piece(call_piece(0, function={"arguments": '{"x'})),
        piece(call_piece(1, function={"arguments": "not json"})),
        piece(call_piece(0, function={"arguments": '": 1}'})),
        piece({}, "tool_calls"),
    ]

    fields, contents = added(form(chunks))

    assert fields["output"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}},
            {"id": "b", "type": "function", "function": {"name": "g", "arguments": "not json"}},
        ],
    }
    assert fields["output"][0]["finish_reason"] == "tool_calls"
    assert contents == [False, True, True, True, True, True, False]


def test_several_tool_calls_in_one_chunk_are_all_taken() -> None:
    """A chunk may bring pieces of several calls."""
    first = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "1"}}
    second = {"index": 1, "id": "b", "function": {"name": "g", "arguments": "2"}}

    message = message_of([{"tool_calls": [first, second]}])

    assert [call["id"] for call in message["tool_calls"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("deltas", "calls"),
    [
        pytest.param(
            [
                call_piece(None, id="a", function={"name": "f", "arguments": "1"}),
                call_piece(None, function={"arguments": "2"}),
                call_piece(None, id="b", function={"name": "g", "arguments": "3"}),
            ],
            [("a", "f", "12"), ("b", "g", "3")],
            id="no index",
        ),
        pytest.param(
            [
                call_piece(0, id="a", function={"name": "f", "arguments": "1"}),
                call_piece(0, id="b", function={"name": "g", "arguments": "2"}),
            ],
            [("a", "f", "1"), ("b", "g", "2")],
            id="one index for all",
        ),
        pytest.param(
            [
                call_piece(0, id="a", function={"name": "f", "arguments": "1"}),
                call_piece(0, id="a", function={"name": "f", "arguments": "2"}),
            ],
            [("a", "f", "12")],
            id="everything repeated",
        ),
        pytest.param(
            [
                call_piece(0, id="a", function={"name": "f", "arguments": "1"}),
                call_piece(0, id="z", function={"arguments": "2"}),
            ],
            [("z", "f", "12")],
            id="a new id in every piece",
        ),
        pytest.param(
            [call_piece(0, id="a", function={"name": "f"})], [("a", "f", "")], id="no arguments"
        ),
    ],
)
def test_badly_numbered_tool_calls_are_told_apart(
    deltas: list[dict[str, Any]], calls: list[tuple[str, str, str]]
) -> None:
    """Gateways number calls in odd ways; what belongs together still comes together."""
    message = message_of(deltas)

    assert [
        (call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in message["tool_calls"]
    ] == calls


def test_choices_are_joined_by_index() -> None:
    """Every choice is there, in order, with its own finish reason."""
    chunks = [
        piece({"content": "b"}, index=1),
        piece({"content": "a"}, index=0),
        piece({"content": "B"}, "length", index=1),
        piece({}, "stop", index=0),
    ]

    fields, _ = added(as_models(chunks))

    assert [
        (choice["index"], choice["message"]["content"], choice["finish_reason"])
        for choice in fields["output"]
    ] == [(0, "a", "stop"), (1, "bB", "length")]


@pytest.mark.parametrize(
    ("deltas", "member", "value"),
    [
        ([{"refusal": "I "}, {"refusal": "won't"}], "refusal", "I won't"),
        ([{"reasoning_content": "a"}, {"reasoning_content": "b"}], "reasoning_content", "ab"),
        (
            [
                {"reasoning_details": [{"index": 0, "type": "reasoning.text", "text": "a"}]},
                {"reasoning_details": [{"index": 0, "type": "reasoning.text", "text": "b"}]},
            ],
            "reasoning_details",
            [{"index": 0, "type": "reasoning.text", "text": "ab"}],
        ),
        (
            [{"annotations": [{"type": "url"}]}, {"annotations": [{"type": "file"}]}],
            "annotations",
            [{"type": "url"}, {"type": "file"}],
        ),
        (
            [
                {"function_call": {"name": "f", "arguments": "{"}},
                {"function_call": {"arguments": "}"}},
            ],
            "function_call",
            {"name": "f", "arguments": "{}"},
        ),
        (
            [
                {"audio": {"id": "a", "transcript": "x", "data": "AAAA"}},
                {"audio": {"transcript": "y", "expires_at": 5}},
            ],
            "audio",
            {"id": "a", "transcript": "xy", "data": "AAAA", "expires_at": 5},
        ),
    ],
    ids=["refusal", "reasoning", "details", "annotations", "function_call", "audio"],
)
def test_every_kind_of_delta_is_folded(
    deltas: list[dict[str, Any]], member: str, value: object
) -> None:
    """Whatever a message can hold arrives whole, whether this client's version knows it or not."""
    fields, contents = added(as_models([piece(delta) for delta in deltas]))

    assert fields["output"][0]["message"][member] == value
    assert all(contents)


def test_log_probabilities_are_joined() -> None:
    """Log probabilities of all chunks are in one list, beside the message."""
    first, second = piece({"content": "a"}), piece({"content": "b"})
    first["choices"][0]["logprobs"] = {"content": [{"token": "a"}], "refusal": None}
    second["choices"][0]["logprobs"] = {"content": [{"token": "b"}], "refusal": None}

    fields, _ = added([first, second])

    joined = {"content": [{"token": "a"}, {"token": "b"}], "refusal": None}
    assert fields["output"][0]["logprobs"] == joined


def test_what_gateways_say_around_a_message_is_said_once() -> None:
    """A verdict that is repeated with each chunk replaces the one before."""
    chunk = piece({"content": "a"})
    chunk["choices"][0]["content_filter_results"] = {"hate": {"severity": "safe"}}

    fields, _ = added([chunk, chunk])

    verdict = fields["output"][0]["content_filter_results"]
    assert verdict == {"hate": {"severity": "safe"}}


@FORMS
def test_usage_of_the_last_chunk_counts(form: Any) -> None:
    """Reported usage becomes metrics; a running count is replaced by the next."""
    running = {**piece({"content": "a"}), "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    last = {**piece({}), "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}

    fields, _ = added(form([running, last]))

    assert fields["metrics"] == {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3}


def test_nothing_streamed_is_nothing_told() -> None:
    """Without a chunk there is no output, no model and no usage."""
    assert added([]) == ({}, [])


TEXTS = st.lists(st.text(), min_size=1)
ATOMS = st.sampled_from([None, True, 0, -1, 2.5, "", "a"])
KEYS = st.sampled_from(["index", "id", "function", "name", "arguments", "x"])
SHALLOW = ATOMS | st.lists(ATOMS, max_size=2) | st.dictionaries(KEYS, ATOMS, max_size=3)
ODD = ATOMS | st.lists(SHALLOW, max_size=3) | st.dictionaries(KEYS, SHALLOW, max_size=3)
NAMES = st.sampled_from(["content", "role", "tool_calls", "function_call", "audio", "x"])


@given(TEXTS)
def test_streamed_text_is_the_text(texts: list[str]) -> None:
    """However a text is cut up, its pieces join to the text."""
    message = message_of([{"content": text} for text in texts])

    assert message["content"] == "".join(texts)


@given(st.lists(st.tuples(st.integers(0, 3), st.text()), min_size=1))
def test_interleaved_arguments_never_mix(pieces: list[tuple[int, str]]) -> None:
    """However pieces of several calls interleave, each call gets exactly its own."""
    deltas = [call_piece(index, function={"arguments": text}) for index, text in pieces]

    calls = message_of(deltas)["tool_calls"]

    indices = sorted({index for index, _ in pieces})
    own = ["".join(text for at, text in pieces if at == index) for index in indices]
    assert [call["function"]["arguments"] for call in calls] == own


@given(st.lists(st.dictionaries(NAMES, ODD), min_size=1))
def test_odd_deltas_never_raise(deltas: list[dict[str, Any]]) -> None:
    """Deltas of any shape are folded somehow."""
    assert isinstance(message_of(deltas), dict)
