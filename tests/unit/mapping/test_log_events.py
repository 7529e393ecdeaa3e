"""Log records become what the span events of the same name would be."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._json import decode, encode
from braintrust_otel._mapping.log_events import changed_row, event_views, log_event
from braintrust_otel._model.rows import Row
from support.dialects import chat, row_of
from support.views import LOGS


def row(**fields: Any) -> Row:
    return Row("r", LOGS, {name: encode(value) for name, value in fields.items()})


def changes(old: Row, new: Row) -> dict[str, Any]:
    changed = changed_row(old, new)
    assert changed is not None
    plain: Any = decode(encode(changed.fields))
    return plain  # type: ignore[no-any-return]  # an object, as fields are


def content_of(name: str | None, body: Any, **attributes: Any) -> Any:
    event = log_event(name, 1, body, {key.replace("__", "."): it for key, it in attributes.items()})
    return None if event is None else decode(event.content)


@pytest.mark.parametrize("name", [None, "http.request", "session.start", 7])
def test_other_records_are_left_alone(name: Any) -> None:
    """A record that is about nothing of a model call is no event of a span."""
    assert log_event(name, 1, "GET /", {}) is None


def test_name_may_be_an_attribute() -> None:
    """Python's logging, and OpenTelemetry before 1.35, have the event's name in an attribute."""
    event = log_event(None, 1, {"content": "hi"}, {"event.name": "gen_ai.user.message"})

    assert event is not None
    assert event.name == "gen_ai.user.message"


@pytest.mark.parametrize(
    ("name", "body", "content"),
    [
        ("gen_ai.user.message", {"content": "hi"}, {"content": "hi"}),
        ("gen_ai.user.message", '{"role": "a"}', {"role": "a"}),
        ("gen_ai.user.message", "hi", {"content": "hi"}),
        ("gen_ai.choice", "hi", {"message": "hi"}),
        ("gen_ai.content.prompt", "hi", {"gen_ai.prompt": "hi"}),
        ("gen_ai.user.message", None, {}),
        ("claude_code.api_request", "claude_code.api_request", {}),
    ],
    ids=repr,
)  # fmt: skip
def test_body_says_what_attributes_would(name: str, body: Any, content: dict[str, Any]) -> None:
    """The members of a body count as attributes; a text has the name that fits the event."""
    assert content_of(name, body) == content


def test_content_in_an_attribute_is_opened() -> None:
    """Azure's client writes the message as JSON text into an attribute."""
    assert content_of("gen_ai.choice", None, gen_ai__event__content='{"message": "x"}') == {
        "message": "x"
    }


def test_line_that_logged_is_not_content() -> None:
    """What Python's logging adds to a record would hide that the message is wholly told."""
    content = content_of(
        "gen_ai.user.message", {"content": "hi"}, code__function__name="f", CHAT_MESSAGE_INDEX=3
    )

    assert content == {"content": "hi"}


def test_bytes_are_spelt_as_on_spans() -> None:
    """A picture in an event is base64, whatever is around it."""
    assert content_of("gen_ai.choice", {"message": [{"content": b"abc"}]}) == {
        "message": [{"content": "YWJj"}]
    }


def test_later_changes_of_a_body_do_not_show() -> None:
    """The content is what it was when it was logged."""
    body = {"content": ["a"]}
    event = log_event("gen_ai.user.message", 1, body, {})

    body["content"].append("b")

    assert event is not None
    assert decode(event.content) == {"content": ["a"]}


def test_views_come_in_the_order_of_their_times() -> None:
    """Events that were logged by several threads may come out of order."""
    late = log_event("gen_ai.choice", 2, None, {})
    early = log_event("gen_ai.user.message", 1, None, {})
    assert late is not None
    assert early is not None

    assert [view.time_ns for view in event_views([late, early])] == [1, 2]


def test_equal_rows_need_no_change() -> None:
    """Nothing is written when nothing is new."""
    assert changed_row(row(input="a"), row(input="a")) is None


def test_only_new_members_are_written() -> None:
    """What others wrote into the metadata in between stays."""
    assert changes(row(metadata={"a": 1}), row(metadata={"a": 1, "b": 2})) == {"metadata": {"b": 2}}


def test_objects_that_change_are_replaced() -> None:
    """An input that was an object does not mix with the one that takes its place."""
    changed = changes(row(input={"a": 1}), row(input={"b": 1}))

    assert changed == {"input": {"b": 1}, "_merge_paths": [["input"]]}


def test_members_that_go_take_the_object_along() -> None:
    """What moved from the metadata into a field does not stay there."""
    changed = changes(row(metadata={"a": 1, "b": 2}), row(metadata={"a": 1}))

    assert changed == {"metadata": {"a": 1}, "_merge_paths": [["metadata"]]}


REQUEST = {
    "model": "claude-haiku-4-5",
    "input_tokens": "10",
    "output_tokens": 5,
    "cache_read_tokens": 100,
    "cost_usd": "0.25",
    "duration_ms": 1200,
}


def agent_row(*requests: dict[str, Any], name: str = "claude_code.api_request") -> dict[str, Any]:
    events = [log_event(name, at, None, each) for at, each in enumerate(requests)]
    return row_of({}, *event_views([event for event in events if event is not None]))


def test_one_request_of_claude_code_makes_a_model_call() -> None:
    """The event's tokens, which leave out the cache, its cost and its model are the span's."""
    fields = agent_row(REQUEST)

    assert fields["span_attributes"]["type"] == "llm"
    assert fields["metadata"] == {
        "provider": "anthropic",
        "model": "claude-haiku-4-5",
        "duration_ms": 1200,
    }
    assert {name: it for name, it in fields["metrics"].items() if name not in ("start", "end")} == {
        "prompt_tokens": 110,
        "completion_tokens": 5,
        "prompt_cached_tokens": 100,
        "tokens": 115,
        "estimated_cost": 0.25,
    }


def test_several_requests_add_up() -> None:
    """A span around several requests is no model call, and has their sums."""
    fields = agent_row(REQUEST, REQUEST)

    assert "type" not in fields["span_attributes"]
    assert fields["metrics"]["tokens"] == 230
    assert fields["metrics"]["estimated_cost"] == 0.5


def test_gemini_counts_the_whole_prompt() -> None:
    """What was read from the cache is among the tokens of Gemini's prompts."""
    fields = agent_row(
        {"model": "gemini-2.5-pro", "input_token_count": 100, "output_token_count": 7,
         "cached_content_token_count": 40, "thoughts_token_count": 3},
        name="gemini_cli.api_response",
    )  # fmt: skip

    assert fields["metrics"]["prompt_tokens"] == 100
    assert fields["metrics"]["completion_reasoning_tokens"] == 3
    assert fields["metadata"]["provider"] == "google"


def test_messages_leave_nothing_in_the_metadata() -> None:
    """Messages that are input and output are not told a second time."""
    events = [
        log_event("gen_ai.user.message", 1, {"content": "q"}, {"gen_ai.system": "openai"}),
        log_event("gen_ai.choice", 2, {"index": 0, "message": {"content": "a"}}, {}),
    ]

    fields = row_of(chat(), *event_views([event for event in events if event is not None]))

    assert fields["input"] == [{"role": "user", "content": "q"}]
    assert fields["metadata"] == {"provider": "openai"}
