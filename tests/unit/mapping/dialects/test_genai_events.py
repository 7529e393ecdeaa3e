"""The dialect of OpenTelemetry's GenAI conventions: span events."""

from __future__ import annotations

import pytest

from support.dialects import chat, noted, row_of, spell

CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}


def test_event_for_each_message() -> None:
    """The older events, one for each message, are the input and the output."""
    fields = row_of(
        chat(),
        noted("gen_ai.system.message", content="Be brief.", **{"gen_ai.system": "openai"}),
        noted("gen_ai.user.message", content="add 1 and 2"),
        noted("gen_ai.assistant.message", tool_calls=spell([CALL])),
        noted("gen_ai.tool.message", content="3", id="1"),
        noted(
            "gen_ai.choice",
            index=0,
            finish_reason="stop",
            message=spell({"role": "assistant", "content": "It is 3."}),
        ),
    )

    assert fields["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "add 1 and 2"},
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "content": "3", "tool_call_id": "1"},
    ]
    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "It is 3."},
        }
    ]
    assert fields["metadata"] == {"provider": "openai"}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"message": '[{"text": "hi"}]'}, {"role": "assistant", "content": "hi"}),
        ({"message": "hi"}, {"role": "assistant", "content": "hi"}),
        ({"content": "hi", "role": "assistant"}, {"role": "assistant", "content": "hi"}),
        (
            {"message": '[{"toolUse": {"toolUseId": "1", "name": "add", "input": {}}}]'},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
        ),
    ],
)
def test_forms_of_a_choice(said: dict[str, object], message: dict[str, object]) -> None:
    """What the model said is read from a message, its blocks, a text, or bare attributes."""
    fields = row_of(chat(), noted("gen_ai.choice", **said))

    assert fields["output"] == [{"index": 0, "message": message}]


def test_event_with_more_than_a_message_stays() -> None:
    """An event that holds more than its message is told whole among the events, too."""
    fields = row_of(chat(), noted("gen_ai.user.message", content="hi", latency=3))

    assert fields["input"] == [{"role": "user", "content": "hi"}]
    assert fields["metadata"]["otel"]["events"][0]["attributes"] == {"content": "hi", "latency": 3}


def test_event_with_the_details() -> None:
    """The event with the details of a call says what the span does not, and is told by that."""
    sent = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]

    fields = row_of(
        chat(request__model="m"),
        noted(
            "gen_ai.client.inference.operation.details",
            **chat(input__messages=sent, usage__input_tokens=3, request__model="m"),
            odd=1,
        ),
    )

    assert fields["input"] == [{"role": "user", "content": "hi"}]
    assert fields["metrics"]["prompt_tokens"] == 3
    assert fields["metadata"] == {"model": "m", "odd": 1}


def test_span_wins_over_its_events() -> None:
    """Messages on the span win over those in events, which then stay where they are."""
    sent = [{"role": "user", "parts": [{"type": "text", "content": "on the span"}]}]

    fields = row_of(chat(input__messages=spell(sent)), noted("gen_ai.user.message", content="no"))

    assert fields["input"] == [{"role": "user", "content": "on the span"}]
    assert fields["metadata"]["otel"]["events"][0]["name"] == "gen_ai.user.message"


def test_prompt_and_completion() -> None:
    """The oldest events hold a whole prompt and a whole completion, as JSON text or as a text."""
    fields = row_of(
        chat(),
        noted(
            "gen_ai.content.prompt", **{"gen_ai.prompt": spell([{"role": "user", "content": "hi"}])}
        ),
        noted("gen_ai.content.completion", **{"gen_ai.completion": "hello"}),
    )

    assert fields["input"] == [{"role": "user", "content": "hi"}]
    assert fields["output"] == [{"index": 0, "message": {"role": "assistant", "content": "hello"}}]
    assert "metadata" not in fields


def test_chunks_tell_when_the_first_came() -> None:
    """Of an event for every chunk only the time of the first one is told."""
    chunks = [
        noted("gen_ai.content.completion.chunk", after_ns=at * 250_000_000) for at in (1, 2, 3)
    ]

    fields = row_of(chat(), *chunks)

    assert fields["metrics"]["time_to_first_token"] == 0.25
    assert "metadata" not in fields


def test_chunk_before_the_start_tells_no_time() -> None:
    """A chunk that seems to come before the span began tells no time, and is kept."""
    fields = row_of(chat(), noted("gen_ai.content.completion.chunk", after_ns=-1))

    assert "time_to_first_token" not in fields["metrics"]
    assert len(fields["metadata"]["otel"]["events"]) == 1


def test_evaluation() -> None:
    """The result of an evaluation is a score; what explains it stays with the event."""
    score = {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.value": 0.5}

    fields = row_of(
        chat(),
        noted("gen_ai.evaluation.result", **score),
        noted("gen_ai.evaluation.result", **{**score, "gen_ai.evaluation.name": "kind", "x": 1}),
        noted("gen_ai.evaluation.result", **{**score, "gen_ai.evaluation.score.value": 7}),
    )

    assert fields["scores"] == {"good": 0.5, "kind": 0.5}
    assert len(fields["metadata"]["otel"]["events"]) == 2


def test_preserved_events() -> None:
    """On request events that were read stay among the events, too."""
    fields = row_of(
        {**chat(), "braintrust.otel.preserve_attributes": True},
        noted("gen_ai.user.message", content="hi"),
    )

    assert fields["input"] == [{"role": "user", "content": "hi"}]
    assert fields["metadata"]["otel"]["events"][0]["name"] == "gen_ai.user.message"


def test_name_in_an_event() -> None:
    """Who spoke is told with the message; a role of its own wins over that of the event."""
    fields = row_of(
        chat(), noted("gen_ai.user.message", content="hi", name="eve", role="developer")
    )

    assert fields["input"] == [{"role": "developer", "content": "hi", "name": "eve"}]
