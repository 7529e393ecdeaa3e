"""Interactions over a real connection: one row each, streamed or not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel.instrument import PatchTable, library_version
from braintrust_otel_google_genai.clients import wrap_client
from braintrust_otel_google_genai.interaction_answers import (
    InteractionAccumulator,
    read_interaction,
)
from braintrust_otel_google_genai.interaction_steps import told
from support.google_calls import client_of, closing, streamed
from support.provider import Provider, Reply
from support.spans import FakeTracer

VERSION = library_version("google-genai")
has_interactions = pytest.mark.skipif(VERSION < (2, 33), reason="came with 2.33")

ASKED: dict[str, Any] = {"model": "tiny", "input": "hi"}
SEARCH = {"type": "google_search_call", "id": "s", "arguments": {"queries": ["rain"]}}
FOUND = {"type": "google_search_result", "call_id": "s", "result": [{"search_suggestions": "no"}]}
THOUGHT = {
    "type": "thought",
    "signature": "aGVsbG8=",
    "summary": [{"type": "text", "text": "Hm. Well."}],
}
CALL = {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}}
SAID = {"type": "model_output", "content": [{"type": "text", "text": "It is dry."}]}
STEPS = [THOUGHT, SEARCH, FOUND, CALL, SAID]
USAGE = {
    "total_input_tokens": 3,
    "total_tool_use_tokens": 2,
    "total_output_tokens": 4,
    "total_thought_tokens": 5,
    "total_cached_tokens": 1,
    "total_tokens": 14,
    "input_tokens_by_modality": [{"modality": "audio", "tokens": 2}],
}
METRICS = {
    "prompt_tokens": 5,
    "completion_tokens": 9,
    "tokens": 14,
    "prompt_cached_tokens": 1,
    "completion_reasoning_tokens": 5,
    "prompt_audio_tokens": 2,
}
WHOLE = {
    "id": "i",
    "object": "interaction",
    "status": "completed",
    "model": "tiny-001",
    "steps": STEPS,
    "usage": USAGE,
}


def about(kind: str, status: str, **told_of_it: Any) -> dict[str, Any]:
    """Return an event about the interaction."""
    interaction = {"id": "i", "status": status, "model": "tiny-001", **told_of_it}
    return {"event_type": f"interaction.{kind}", "interaction": interaction}


def start(index: int, **step: Any) -> dict[str, Any]:
    """Return the event that starts a step."""
    return {"event_type": "step.start", "index": index, "step": step}


def delta(index: int, kind: str, **piece: Any) -> dict[str, Any]:
    """Return the event with a piece of a step."""
    return {"event_type": "step.delta", "index": index, "delta": {"type": kind, **piece}}


EVENTS = [
    about("created", "in_progress"),
    start(0, type="thought"),
    delta(0, "thought_summary", content={"type": "text", "text": "Hm. "}),
    delta(0, "thought_summary", content={"type": "text", "text": "Well."}),
    delta(0, "thought_signature", signature="aGVsbG8="),
    start(1, type="google_search_call", id="s", arguments={}),
    delta(1, "google_search_call", arguments={"queries": ["rain"]}),
    start(2, type="google_search_result", call_id="s", result=[]),
    delta(2, "google_search_result", result=[{"search_suggestions": "no"}]),
    start(3, type="function_call", id="c", name="f", arguments={}),
    delta(3, "arguments_delta", arguments='{"a":'),
    delta(3, "arguments_delta", arguments=" 1}"),
    start(4, type="model_output"),
    delta(4, "text", text="It is "),
    delta(4, "text", text="dry."),
    {"event_type": "step.stop", "index": 4},
    about("completed", "completed", usage=USAGE),
]


def check_answer(fields: dict[str, Any], tracer: FakeTracer) -> None:
    """Check what is told of the answer in ``STEPS``."""
    metrics = {name: n for name, n in fields["metrics"].items() if name != "time_to_first_token"}
    assert fields["output"] == {"status": "completed", "steps": STEPS}
    assert fields["metadata"]["model"] == "tiny-001"
    assert metrics == METRICS
    assert not tracer.bugs


@has_interactions
def test_interaction_is_one_row(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """The row holds what was asked, every step of the answer, and the tokens."""
    provider.will(Reply(WHOLE))

    found = client.interactions.create(
        **ASKED,
        system_instruction="Be brief.",
        generation_config={"temperature": 0.5, "max_output_tokens": 9, "tool_choice": "any"},
        tools=[
            {"type": "google_search"},
            {"type": "function", "name": "f", "parameters": {"type": "object"}},
            {"type": "mcp_server", "name": "m", "url": "http://m", "headers": {"key": "secret"}},
        ],
    )

    assert found.output_text == "It is dry."
    span = tracer.spans[0]
    assert (span.name, span.type, len(span.ends)) == ("interactions.create", "llm", 1)
    assert span.fields["input"] == {
        "model": "tiny",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"type": "user_input", "content": [{"type": "text", "text": "hi"}]},
        ],
    }
    check_answer(span.fields, tracer)
    assert span.fields["metadata"] == {
        "provider": "google",
        "model": "tiny-001",
        "temperature": 0.5,
        "max_tokens": 9,
        "tools": [
            {"type": "google_search"},
            {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
            {"type": "mcp_server", "name": "m", "url": "http://m"},
        ],
        "tool_choice": "required",
    }


@has_interactions
def test_tools_of_the_provider_are_spans(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """What Google ran is below the call; functions are the caller's to run."""
    provider.will(Reply(WHOLE))

    client.interactions.create(**ASKED)

    children = [(span.name, span.type, span.fields) for span in tracer.spans[1:]]
    assert children == [
        (
            "google_search",
            "tool",
            {"input": SEARCH["arguments"], "output": FOUND["result"], "metadata": {"id": "s"}},
        )
    ]


@has_interactions
def test_stream_is_folded_into_the_whole(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A streamed interaction has the row of one that was not, and when it began to answer."""
    provider.will(streamed(EVENTS))

    with client.interactions.create(**ASKED, stream=True) as events:
        kinds = [event.event_type for event in events]

    assert events.__class__.__name__ == "Stream"
    assert kinds == [event["event_type"] for event in EVENTS]
    check_answer(tracer.spans[0].fields, tracer)
    assert "time_to_first_token" in tracer.spans[0].fields["metrics"]
    assert len(tracer.spans[0].ends) == 1
    assert [span.name for span in tracer.spans[1:]] == ["google_search"]


@has_interactions
async def test_asynchronous_interaction_is_one_row(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """So is an asynchronous one."""
    provider.will(Reply(WHOLE))

    found = await async_client.aio.interactions.create(**ASKED)

    assert found.output_text == "It is dry."
    check_answer(tracer.spans[0].fields, tracer)


@has_interactions
async def test_asynchronous_stream_is_folded_into_the_whole(
    provider: Provider, async_client: Any, tracer: FakeTracer
) -> None:
    """And an asynchronous stream."""
    provider.will(streamed(EVENTS))

    events = await async_client.aio.interactions.create(**ASKED, stream=True)
    assert [event async for event in events]

    check_answer(tracer.spans[0].fields, tracer)


@has_interactions
def test_stream_that_is_closed_early_has_what_came(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """Closing is no error; the row holds the events until then."""
    provider.will(streamed(EVENTS))
    events = client.interactions.create(**ASKED, stream=True)
    [next(events) for _ in range(3)]

    events.close()

    (step,) = tracer.span.fields["output"]["steps"]
    assert step == {"type": "thought", "summary": [{"type": "text", "text": "Hm. "}]}
    assert (tracer.span.errors, len(tracer.span.ends)) == ([], 1)


@has_interactions
def test_error_reaches_the_user_and_the_row(
    provider: Provider, client: Any, tracer: FakeTracer
) -> None:
    """A refused interaction raises the library's error, which is on the row."""
    provider.will(Reply({"error": {"code": 400, "message": "no such thing"}}, status=400))

    with pytest.raises(Exception, match="no such thing") as raised:
        client.interactions.create(**ASKED)

    assert tracer.span.errors == [raised.value]


@has_interactions
def test_raw_answer_is_read_and_stays(provider: Provider, client: Any, tracer: FakeTracer) -> None:
    """Who wants the HTTP answer has it; the row is the same."""
    provider.will(Reply(WHOLE))

    found = client.interactions.with_raw_response.create(**ASKED)

    assert found.parse().id == "i"
    check_answer(tracer.spans[0].fields, tracer)


@has_interactions
def test_interactions_that_were_used_before_are_traced(
    provider: Provider, bare_client: Any, tracer: FakeTracer
) -> None:
    """It does not matter whether the client is wrapped before its interactions are first used."""
    before = bare_client.interactions
    provider.will(Reply(WHOLE))

    wrap_client(wrap_client(bare_client, tracer.calls()), tracer.calls())
    before.create(**ASKED)

    assert [span.name for span in tracer.spans] == ["interactions.create", "google_search"]


@has_interactions
def test_both_ways_are_one_span_and_others_stay_untraced(
    provider: Provider, client: Any, tracer: FakeTracer, table: PatchTable
) -> None:
    """The class and the object give one span; without the class, other clients have none."""
    provider.will(Reply(WHOLE), Reply(WHOLE))
    table.apply(VERSION)
    client.interactions.create(**ASKED)
    table.undo()

    with closing(client_of(provider.url)) as other:
        other.interactions.create(**ASKED)

    assert [span.name for span in tracer.spans] == ["interactions.create", "google_search"]


def test_interaction_that_goes_on_is_one_answer() -> None:
    """What was cut off and continued has the steps and the tokens of both."""
    held = InteractionAccumulator()
    cut = about("completed", "requires_continuation", usage={"total_tokens": 5})
    rest = about("completed", "completed", usage={"total_tokens": 7})
    output = start(0, type="model_output")
    for event in (
        *(about("created", "in_progress"), output, delta(0, "text", text="a"), cut),
        *(about("created", "in_progress"), output, delta(0, "text", text="b"), rest),
    ):
        held.add(event)

    fields: Any = held.fields()

    texts = [step["content"][0]["text"] for step in fields["output"]["steps"]]
    assert (texts, fields["metrics"]) == (["a", "b"], {"tokens": 12})


def test_error_in_a_stream_is_on_the_row() -> None:
    """An event that tells of an error is no exception to the user, and an error to the row."""
    held = InteractionAccumulator()
    held.add({"event_type": "error", "error": {"code": "x", "message": "enough"}})

    assert held.fields() == {"error": "enough"}


def test_failed_interaction_has_an_error() -> None:
    """An answer that says it failed is one."""
    found = read_interaction({"status": "failed", "errors": [{"message": "out of memory"}]})

    assert found == {"output": {"status": "failed"}, "error": "out of memory"}


def test_media_is_attached_in_place() -> None:
    """Images and documents become attachments; addresses and what is no base64 stay."""
    image, document = told(
        [
            {"type": "image", "data": "aGVsbG8=", "mime_type": "image/png"},
            {"type": "document", "data": b"hello", "mime_type": "application/pdf"},
        ]
    )
    others = [
        {"type": "image", "uri": "https://x/y.png"},
        {"type": "image", "data": "?", "mime_type": "image/png"},
    ]

    assert image.keys() == {"type", "image_url"}
    assert document.keys() == {"type", "file"}
    assert told(others) == others


def test_streamed_sound_is_one_content() -> None:
    """Sound comes in pieces, each with the base64 of its own."""
    held = InteractionAccumulator()
    for data in ("aGU=", "bGxv"):
        held.add(delta(0, "audio", data=data))

    fields: Any = held.fields()

    (step,) = fields["output"]["steps"]
    assert step == {"content": [{"type": "audio", "data": "aGVsbG8="}]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "type",
    "content",
    "text",
    "data",
    "arguments",
    "result",
    "annotations",
    "summary",
    "steps",
)
KINDS = ("text", "audio", "thought_summary", "arguments_delta", "text_annotation_delta", "x_result")
PIECES = st.dictionaries(st.sampled_from(NAMES), JSON | st.sampled_from(KINDS), max_size=4)
HAPPENED = st.fixed_dictionaries(
    {"event_type": st.sampled_from(["step.start", "step.delta", "error", "interaction.completed"])},
    optional=dict.fromkeys(("step", "delta", "interaction", "error"), PIECES | JSON),
)


@given(st.lists(HAPPENED, max_size=4))
def test_hostile_events_never_raise(events: list[dict[str, Any]]) -> None:
    """Whatever stands in events, adding them up goes on."""
    held = InteractionAccumulator()

    assert all(held.add(event) in {True, False} for event in events)
    assert isinstance(held.fields(), dict)
