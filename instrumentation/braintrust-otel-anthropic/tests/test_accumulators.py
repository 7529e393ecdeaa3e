"""Streamed events add up to the message that would have come unstreamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic._models import construct_type
from anthropic.types import RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from braintrust_otel_anthropic.accumulators import MessageAccumulator
from support.anthropic_calls import block_events, message_events

TEXT = {"type": "text", "text": ""}


def as_models(events: list[Any]) -> list[Any]:
    """Return the events as the client gives them to its user."""
    return [construct_type(type_=RawMessageStreamEvent, value=event) for event in events]


def as_dictionaries(events: list[Any]) -> list[Any]:
    """Return the events as they are."""
    return events


FORMS = pytest.mark.parametrize("form", [as_models, as_dictionaries])


def added(events: list[Any]) -> tuple[dict[str, Any], list[bool]]:
    """Return the fields that *events* add up to, and which of them held content."""
    accumulator = MessageAccumulator()
    contents = [accumulator.add(event) for event in events]
    fields = dict(accumulator.fields())
    fields.pop("attributes")
    return fields, contents


def test_id_is_for_others_to_see() -> None:
    """The id of the message is told as an attribute, for which rows have no field."""
    accumulator = MessageAccumulator()
    accumulator.add(message_events([])[0])

    attributes: Any = accumulator.fields()["attributes"]

    assert attributes() == {"gen_ai.response.id": "msg_1"}


def block_of(start: dict[str, Any], *deltas: dict[str, Any]) -> Any:
    """Return the block that *deltas* add up to."""
    fields, _ = added(block_events(start, deltas))
    return fields["output"]["content"][0]


def piece(text: str) -> dict[str, Any]:
    return {"type": "text_delta", "text": text}


def json_piece(text: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": text}


@FORMS
def test_text_is_joined(form: Any) -> None:
    """Role, text, stop reason and the final counts become one message; nothing else is made up."""
    events = message_events(block_events(TEXT, [piece("a"), piece(""), piece("b")]))

    fields, contents = added(form(events))

    assert fields == {
        "output": {
            "role": "assistant",
            "content": [{"type": "text", "text": "ab"}],
            "stop_reason": "end_turn",
        },
        "metadata": {"model": "tiny-2026-01-01"},
        "metrics": {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3},
    }
    assert contents == [False, False, True, False, True, False, False, False]


@FORMS
def test_tool_inputs_are_objects(form: Any) -> None:
    """Interleaved blocks each get their own pieces, and inputs are parsed."""
    first, second = (
        {"type": "tool_use", "id": name, "name": name, "input": {}} for name in ("f", "g")
    )
    begun = [block_events(first)[0], block_events(second, index=1)[0]]
    pieces = [(0, '{"x'), (1, ""), (0, '": 1}')]
    deltas = [
        {"type": "content_block_delta", "index": index, "delta": json_piece(text)}
        for index, text in pieces
    ]

    fields, contents = added(form([*begun, *deltas]))

    assert fields["output"]["content"] == [{**first, "input": {"x": 1}}, second]
    assert contents == [True, True, True, False, True]


def test_input_that_is_cut_off_stays_as_it_came() -> None:
    """An input that is no JSON is told as the text that it was."""
    block = block_of({"type": "tool_use", "id": "f", "name": "f", "input": {}}, json_piece('{"x'))

    assert block["input"] == '{"x'


@FORMS
def test_thinking_is_joined_and_signed(form: Any) -> None:
    """Thinking comes in pieces, its signature whole."""
    start = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [
        {"type": "thinking_delta", "thinking": "a"},
        {"type": "thinking_delta", "thinking": "b"},
        {"type": "signature_delta", "signature": "s"},
    ]

    fields, contents = added(form(block_events(start, deltas)))

    assert fields["output"]["content"] == [{"type": "thinking", "thinking": "ab", "signature": "s"}]
    assert contents == [False, True, True, True, False]


@pytest.mark.parametrize("before", [None, [{"url": "z"}]])
def test_citations_are_listed(before: Any) -> None:
    """Citations arrive one by one, after those that the block began with."""
    deltas = [{"type": "citations_delta", "citation": {"url": url}} for url in "ab"]

    block = block_of({**TEXT, "citations": before}, piece("x"), *deltas)

    assert block["text"] == "x"
    assert block["citations"] == [*(before or []), {"url": "a"}, {"url": "b"}]


class OldDelta(BaseModel, extra="allow"):
    """A delta as a client makes it that does not know its members yet."""

    type: str


def test_pieces_that_an_old_client_does_not_know_are_joined() -> None:
    """A client that is older than what it gets still hands it on, and so it is on the row."""
    pieces: Any = [OldDelta.model_validate({"type": "thinking_delta", "thinking": t}) for t in "ab"]

    block = block_of({"type": "thinking", "thinking": ""}, *pieces)

    assert block == {"type": "thinking", "thinking": "ab"}


def test_deltas_of_other_kinds_are_taken_over() -> None:
    """What a newer provider says of a block is on the row, whatever it is."""
    block = block_of({"type": "compaction"}, {"type": "compaction_delta", "content": "short"})

    assert block == {"type": "compaction", "content": "short"}


def test_result_of_a_server_tool_is_a_span() -> None:
    """A tool that ran while the message was streamed is told as in an unstreamed one."""
    use = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    result = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    events = [*block_events(use, [json_piece('{"query": "q"}')]), *block_events(result, index=1)]

    fields, _ = added(events)

    (child,) = fields["children"]
    assert (child.name, child.fields["input"]) == ("web_search", {"query": "q"})


def test_counts_are_totals() -> None:
    """Later counts replace earlier ones, and one that is not told leaves what is there."""
    events = message_events()
    events[0]["message"]["usage"] = {
        "input_tokens": 5,
        "output_tokens": 1,
        "cache_read_input_tokens": 3,
        "cache_creation_input_tokens": 9,
        "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 7},
    }
    events[1]["usage"] = {
        "input_tokens": None,
        "cache_read_input_tokens": 4,
        "output_tokens": 8,
        "output_tokens_details": {"thinking_tokens": 6},
    }

    fields, _ = added(as_models(events))

    assert fields["metrics"] == {
        "prompt_tokens": 18,
        "completion_tokens": 8,
        "tokens": 26,
        "prompt_cached_tokens": 4,
        "prompt_cache_creation_5m_tokens": 2,
        "prompt_cache_creation_1h_tokens": 7,
        "completion_reasoning_tokens": 6,
    }


def test_length_of_a_cut_off_answer_is_not_known() -> None:
    """What the start says of the answer's tokens is no count of the answer."""
    fields, _ = added(message_events()[:1])

    assert fields == {"metadata": {"model": "tiny-2026-01-01"}, "metrics": {"prompt_tokens": 1}}


def test_nothing_streamed_is_nothing_told() -> None:
    """Without an event there is no output, no model and no usage."""
    assert added([]) == ({}, [])


ATOMS = st.sampled_from([None, True, 0, -1, 2.5, "", "a", "text_delta", "text"])
KEYS = st.sampled_from(["type", "text", "partial_json", "citation", "content", "usage", "id"])
ODD = st.recursive(
    ATOMS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=6
)
KINDS = st.sampled_from(["content_block_delta", "content_block_start", "message_delta", "other"])


@given(st.lists(st.text(), min_size=1))
def test_streamed_text_is_the_text(texts: list[str]) -> None:
    """However a text is cut up, its pieces join to the text."""
    assert block_of(TEXT, *map(piece, texts))["text"] == "".join(texts)


@given(st.dictionaries(st.text(), st.integers() | st.text()), st.data())
def test_streamed_input_is_the_input(value: dict[str, Any], data: st.DataObject) -> None:
    """However the JSON of an input is cut up, it is the input."""
    text = json.dumps(value)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)))))
    bounds = zip([0, *cuts], [*cuts, len(text)], strict=True)
    start = {"type": "tool_use", "id": "f", "name": "f", "input": {}}

    block = block_of(start, *[json_piece(text[begin:end]) for begin, end in bounds])

    assert block["input"] == value


@given(st.lists(st.tuples(KINDS, ODD, ODD), max_size=4))
def test_blocks_are_never_lost_to_odd_members(
    events: list[tuple[str, dict[str, Any], dict[str, Any]]],
) -> None:
    """Members that nobody expects leave the message a message."""
    fields, _ = added(
        [
            {"type": kind, "index": 0, "delta": delta, "content_block": block}
            for kind, delta, block in events
        ]
    )

    assert isinstance(fields, dict)
