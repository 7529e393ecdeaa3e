"""The events of a streamed response add up to the response that was not streamed."""

from __future__ import annotations

import copy
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel.instrument.openai_shapes.responses_accumulator import ResponsesAccumulator
from support.responses_calls import message, response, text_events

USAGE = {
    "input_tokens": 5,
    "input_tokens_details": {"cached_tokens": 2},
    "output_tokens": 4,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 9,
}
CITATION = {"type": "url_citation", "start_index": 0, "end_index": 1, "title": "t", "url": "u"}
PLACE = {"output_index": 0, "content_index": 0, "item_id": "x"}


def added(events: list[Any]) -> tuple[dict[str, Any], list[bool]]:
    """Return the fields that *events* add up to, and which of them held content."""
    accumulator = ResponsesAccumulator()
    contents = [accumulator.add(event) for event in events]
    fields = dict(accumulator.fields())
    fields.pop("attributes")
    return fields, contents


def item_of(*events: dict[str, Any]) -> dict[str, Any]:
    """Return the only item of the output that *events* add up to."""
    fields, _ = added(list(events))
    (item,) = fields["output"]
    return dict(item)


def spoil(event: dict[str, Any]) -> None:
    """Do to an event what no user should, but may."""
    members = [member for member in event.values() if isinstance(member, dict)]
    [member.clear() for member in members]
    event.clear()


def begun(**item: Any) -> dict[str, Any]:
    """Return the event with which *item* begins."""
    return {"type": "response.output_item.added", "output_index": 0, "item": item}


def test_the_last_event_counts() -> None:
    """Output, model and tokens are those of the whole response at the end."""
    events = text_events("a", "b", usage=USAGE)
    events[-1]["response"]["output"] = [message("ab", phase="final_answer")]

    fields, contents = added(events)

    assert fields == {
        "output": [message("ab", phase="final_answer")],
        "metadata": {"model": "tiny-2026-01-01"},
        "metrics": {
            "prompt_tokens": 5,
            "prompt_cached_tokens": 2,
            "completion_tokens": 4,
            "completion_reasoning_tokens": 3,
            "tokens": 9,
        },
    }
    assert contents.index(True) == 3


@given(st.lists(st.text(min_size=1), min_size=1))
def test_text_without_an_end_is_the_same_message(pieces: list[str]) -> None:
    """Whatever the pieces, the text put together from them is that of the whole message."""
    events = [e for e in text_events(*pieces) if not e["type"].endswith(("done", "completed"))]

    fields, _ = added(events)

    assert fields["output"] == [message("".join(pieces), status="in_progress")]


@pytest.mark.parametrize("count", range(1, 9))
def test_every_beginning_is_a_part_of_the_whole(count: int) -> None:
    """Wherever the stream is cut, there is what came until then, and no tokens are made up."""
    fields, _ = added(text_events("a", "b", usage=USAGE)[:count])

    texts = [part["text"] for item in fields.get("output", []) for part in item["content"]]
    assert "".join(texts) in ("", "a", "ab")
    assert "metrics" not in fields


def test_types_may_be_named_by_an_enumeration() -> None:
    """Libraries that read OpenAI's events themselves have members of one in place of the names."""
    kinds = Enum("Kinds", {e["type"]: e["type"] for e in text_events("a")}, type=str)
    named = [{**event, "type": kinds(event["type"])} for event in text_events("a", "b")]

    assert added(named) == added(text_events("a", "b"))


def test_response_that_has_only_begun_has_no_output() -> None:
    """The empty list with which a response begins is no answer."""
    fields, _ = added(text_events("a")[:1])

    assert fields == {"metadata": {"model": "tiny-2026-01-01"}}


def test_items_that_the_last_event_leaves_out_are_kept() -> None:
    """Some servers end with a response without output: what was streamed stands."""
    events = text_events("a")
    events[-1]["response"] = response(usage=USAGE)

    fields, _ = added(events)

    assert fields["output"] == [message("a")]
    assert fields["metrics"]["tokens"] == 9


def test_items_come_in_the_order_of_their_index() -> None:
    """Items that are streamed at the same time keep their places, gaps or not."""
    events = [{**begun(type="x", id=str(index)), "output_index": index} for index in (4, 0, 2)]

    fields, _ = added(events)

    assert [item["id"] for item in fields["output"]] == ["0", "2", "4"]


@pytest.mark.parametrize(
    ("kind", "event", "member"),
    [
        ("function_call", "function_call_arguments", "arguments"),
        ("mcp_call", "mcp_call_arguments", "arguments"),
        ("custom_tool_call", "custom_tool_call_input", "input"),
        ("code_interpreter_call", "code_interpreter_call_code", "code"),
    ],
)
def test_calls_are_joined(kind: str, event: str, member: str) -> None:
    """What a call is given comes in pieces."""
    pieces = [
        {"type": f"response.{event}.delta", "output_index": 0, "item_id": "x", "delta": delta}
        for delta in ('{"a"', ": 1}")
    ]

    item = item_of(begun(type=kind, id="x", **{member: ""}), *pieces)

    assert item == {"type": kind, "id": "x", member: '{"a": 1}'}


def test_call_that_was_missed_is_told_at_its_end() -> None:
    """A stream that is taken up in the middle still has all that a call is given."""
    place = {"output_index": 0, "item_id": "x"}
    piece = {"type": "response.function_call_arguments.delta", **place, "delta": ": 1}"}
    done = {"type": "response.function_call_arguments.done", **place, "arguments": '{"a": 1}'}

    item = item_of(begun(type="function_call", id="x", arguments=""), piece, done)

    assert item["arguments"] == '{"a": 1}'


def test_item_that_is_done_is_told_whole() -> None:
    """What an item is at its end counts, whatever came of it in pieces."""
    events = [e for e in text_events("a", "b") if e["type"] != "response.completed"]
    events[-1] = {**events[-1], "item": message("other", phase="final_answer")}

    fields, contents = added(events)

    assert fields["output"] == [message("other", phase="final_answer")]
    assert contents[-1]


def test_reasoning_is_joined() -> None:
    """Summaries and the text of reasoning come in parts of pieces."""
    summary = {"output_index": 0, "item_id": "x"}
    events = [
        begun(type="reasoning", id="x", summary=[]),
        {
            "type": "response.reasoning_summary_part.added",
            **summary,
            "summary_index": 0,
            "part": {"type": "summary_text", "text": ""},
        },
        *[
            {
                "type": "response.reasoning_summary_text.delta",
                **summary,
                "summary_index": index,
                "delta": delta,
            }
            for index, delta in ((0, "a"), (0, "b"), (1, "c"))
        ],
        {"type": "response.reasoning_text.delta", **PLACE, "delta": "d"},
    ]

    item = item_of(*events)

    assert item == {
        "type": "reasoning",
        "id": "x",
        "summary": [
            {"type": "summary_text", "text": "ab"},
            {"type": "summary_text", "text": "c"},
        ],
        "content": [{"type": "reasoning_text", "text": "d"}],
    }


def test_refusal_is_joined() -> None:
    """A refusal is a part of the message like a text."""
    events = [{"type": "response.refusal.delta", **PLACE, "delta": delta} for delta in ("No", ".")]

    item = item_of(begun(type="message", id="x", content=[]), *events)

    assert item["content"] == [{"type": "refusal", "refusal": "No."}]


def test_annotations_go_to_their_text() -> None:
    """Citations are told by index, gaps or not, and are content."""
    events = text_events("a")[:4]
    events += [
        {
            "type": "response.output_text.annotation.added",
            **PLACE,
            "annotation_index": index,
            "annotation": {**CITATION, "title": str(index)},
        }
        for index in (3, 1)
    ]

    fields, contents = added(events)

    (part,) = fields["output"][0]["content"]
    assert [found["title"] for found in part["annotations"]] == ["1", "3"]
    assert contents[-1]


def test_text_that_was_missed_is_told_at_its_end() -> None:
    """A stream that is taken up in the middle still has the whole text."""
    done = {"type": "response.output_text.done", **PLACE, "text": "abc"}

    item = item_of({"type": "response.output_text.delta", **PLACE, "delta": "c"}, done)

    assert item == {"content": [{"type": "output_text", "text": "abc"}]}


@pytest.mark.parametrize("state", ["in_progress", "searching", "completed", "failed"])
def test_state_of_a_tool_is_told(state: str) -> None:
    """How far a tool that runs at the provider has come is its status."""
    event = {"type": f"response.web_search_call.{state}", "output_index": 0, "item_id": "x"}

    item = item_of(begun(type="web_search_call", id="x", status="queued"), event)

    assert item["status"] == state


def test_partial_image_is_content() -> None:
    """A first glimpse of an image is something to see, but not the image."""
    events = [
        begun(type="image_generation_call", id="x", status="generating", result=None),
        {
            "type": "response.image_generation_call.partial_image",
            "output_index": 0,
            "item_id": "x",
            "partial_image_index": 0,
            "partial_image_b64": "AAAA",
        },
    ]

    fields, contents = added(events)

    assert contents == [False, True]
    assert fields["output"][0]["result"] is None


@pytest.mark.parametrize("status", ["failed", "incomplete"])
def test_response_that_did_not_complete_is_told(status: str) -> None:
    """An answer that failed has its error and one that was cut its items, and both their tokens."""
    error = {"code": "server_error", "message": "overloaded"} if status == "failed" else None
    events = text_events("a")[:-1]
    last = response(message("a"), status=status, error=error, usage=USAGE)
    events.append({"type": f"response.{status}", "response": last})

    fields, _ = added(events)

    assert fields["output"] == [message("a")]
    assert fields["metrics"]["tokens"] == 9
    assert fields.get("error") == (error and "overloaded")


@pytest.mark.parametrize("wrap", [lambda event: event, lambda event: {"data": event}])
def test_error_event_is_on_the_row(wrap: Any) -> None:
    """An error that is told in the stream, instead of raised, is kept beside what came."""
    error = {"type": "error", "code": "rate_limit", "message": "slow down", "param": None}

    fields, _ = added([*text_events("a")[:4], wrap(error)])

    assert fields["error"] == "slow down"
    assert fields["output"] == [message("a", status="in_progress")]


@pytest.mark.parametrize(
    "event", [{}, {"type": "response.new.delta", "delta": ""}, {"output_index": 0}, None, 5, "x"]
)
def test_what_is_no_known_event_adds_nothing(event: Any) -> None:
    """Events that nobody knows yet cost nothing and raise nothing."""
    accumulator = ResponsesAccumulator()

    assert accumulator.add(event) is False


def test_events_are_not_kept() -> None:
    """What the user does with an event after he got it does not change the row."""
    events = [copy.deepcopy(event) for event in text_events("a")]
    accumulator = ResponsesAccumulator()

    [(accumulator.add(event), spoil(event)) for event in events]

    assert accumulator.fields()["output"] == [message("a")]
