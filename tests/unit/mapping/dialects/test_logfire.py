"""The dialect of Logfire."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import metrics_of, noted, row_of, spell
from support.views import START_NS

SCOPE = {"scope_name": "logfire.openai"}
HI = {"role": "user", "content": "hi"}
HO = [{"index": 0, "message": {"role": "assistant", "content": "ho"}}]


def span(**attributes: object) -> dict[str, object]:
    """Return what is on every span of Logfire's; ``__`` in a name stands for a dot."""
    dotted = {key.replace("__", "."): value for key, value in attributes.items()}
    return {"logfire.span_type": "span", "logfire.msg": "Chat with 'm'", **dotted}


def model_call(**attributes: object) -> dict[str, object]:
    return span(logfire__tags=("LLM",), **attributes)


def test_whole_call_of_older_versions() -> None:
    """Request and answer in the provider's form become a whole row."""
    request = {"messages": [HI], "model": "m", "temperature": 0.5}
    usage = {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}

    fields = row_of(
        model_call(
            request_data=spell(request),
            response_data=spell(
                {"message": {"role": "assistant", "content": "ho"}, "usage": usage}
            ),
            logfire__json_schema="{}",
            logfire__msg_template="outer",
        ),
        **SCOPE,
    )

    assert fields["span_attributes"] == {"name": "Chat with 'm'", "type": "llm"}
    assert (fields["input"], fields["output"]) == ([HI], HO)
    assert fields["metadata"] == {
        "model": "m",
        "temperature": 0.5,
        "logfire.msg_template": "outer",
    }
    assert fields["tags"] == ["LLM"]
    assert fields["metrics"].items() >= {
        ("prompt_tokens", 2),
        ("completion_tokens", 1),
        ("tokens", 3),
    }


def test_messages_of_the_conventions_win() -> None:
    """Where the conventions say the messages too, they are told once."""
    fields = row_of(
        model_call(
            request_data=spell({"messages": [HI], "model": "m", "tools": [{"name": "t"}]}),
            response_data=spell({"message": {"content": "ho"}}),
            gen_ai__operation__name="chat",
            gen_ai__response__model="m-1",
            gen_ai__input__messages=spell([{"role": "user", "parts": [{"content": "hi"}]}]),
            gen_ai__output__messages=spell(
                [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}]}]
            ),
            gen_ai__tool__definitions=spell([{"name": "t"}]),
        ),
        **SCOPE,
    )

    assert fields["output"] == HO
    assert not {"request_data", "response_data"} & fields["metadata"].keys()
    assert fields["metadata"]["model"] == "m-1"
    assert fields["metadata"]["tools"] == [{"type": "function", "function": {"name": "t"}}]


def test_usage_of_the_provider_has_the_details() -> None:
    """Parts of counts that the conventions leave out are in the provider's own report."""
    usage = {"input_tokens": 4, "output_tokens": 2, "cache_read_input_tokens": 10}

    assert metrics_of(
        model_call(
            gen_ai__usage__raw=spell(usage),
            gen_ai__usage__input_tokens=14,
            gen_ai__usage__output_tokens=2,
        ),
        **SCOPE,
    ) == {
        "prompt_tokens": 14,
        "completion_tokens": 2,
        "tokens": 16,
        "prompt_cached_tokens": 10,
    }


def test_stream_is_one_call_in_two_spans() -> None:
    """The span that holds the streamed answer is the model call; that of the request is not."""
    request = {"gen_ai__operation__name": "chat", "request_data": spell({"messages": [HI]})}
    answer = {"combined_chunk_content": "ho", "chunk_count": 2}

    asked = row_of(model_call(**request), **SCOPE)
    streamed = row_of(
        model_call(**request, response_data=spell(answer), duration=0.25)
        | {"logfire.span_type": "log"},
        **SCOPE,
    )

    assert asked["span_attributes"]["type"] == "task"
    assert streamed["span_attributes"]["type"] == "llm"
    assert (streamed["input"], streamed["output"]) == ([HI], HO)
    assert streamed["metadata"] == {"response_data": {"chunk_count": 2}}
    assert streamed["metrics"]["start"] == pytest.approx(START_NS / 1e9 - 0.25)


def test_request_that_failed_is_a_model_call() -> None:
    """A request without an answer that has failed was not streamed."""
    fields = row_of(model_call(), is_error=True, status_description="refused", **SCOPE)

    assert fields["span_attributes"]["type"] == "llm"
    assert fields["error"] == "refused"


def test_log_is_a_task() -> None:
    """A log record of the program is a task without length."""
    told = span(question="why") | {"logfire.span_type": "log"}

    assert row_of(told, scope_name="logfire")["span_attributes"]["type"] == "task"


@pytest.mark.parametrize(("level", "error"), [(17, "Chat with 'm'"), (9, None), ("x", None)])
def test_level_of_error(level: object, error: str | None) -> None:
    """A record of an error level is an error, with its message."""
    assert row_of(span(logfire__level_num=level), **SCOPE).get("error") == error


def test_exception_tells_more_than_the_level() -> None:
    """With an exception on it, that is the error."""
    raised = noted("exception", **{"exception.type": "E", "exception.message": "m"})

    assert row_of(span(logfire__level_num=17), raised, **SCOPE)["error"] == "E: m"


def test_arguments_are_opened_as_the_schema_says() -> None:
    """Arguments of the program that were spelled out are objects again, texts stay."""
    schema = {"properties": {"basket": {"type": "array"}, "note": {}, "cut": {"type": "object"}}}

    fields = row_of(
        span(logfire__json_schema=spell(schema), basket="[1]", note="[1]", cut="{"),
        scope_name="logfire",
    )

    assert fields["metadata"] == {"basket": [1], "note": "[1]", "cut": "{"}


def test_spans_of_others_keep_their_names() -> None:
    """On a span of another library, what Logfire added is not told."""
    fields = row_of(span(logfire__json_schema="{}", x=1), scope_name="pydantic-ai")

    assert fields["span_attributes"]["name"] == "outer"
    assert fields["metadata"] == {"x": 1}


@pytest.mark.parametrize(
    ("message", "template", "kept"),
    [
        ("Chat with 'm'", "Chat with {m}", {"logfire.msg_template": "Chat with {m}"}),
        ("Chat with 'm'", "outer", {"logfire.msg_template": "outer"}),
        ("outer", "outer", None),
    ],
)
def test_name_is_the_message_and_the_template_stays(
    message: str, template: str, kept: dict[str, Any] | None
) -> None:
    """The name is what Logfire shows; a template that says something else is kept."""
    told: dict[str, Any] = row_of(
        span(logfire__msg=message, logfire__msg_template=template), **SCOPE
    )

    assert told["span_attributes"]["name"] == message
    assert told.get("metadata") == kept


def test_events_of_responses() -> None:
    """Older versions told calls of the Responses API as message events."""
    events = [
        {"event.name": "gen_ai.user.message", "content": "hi", "role": "user"},
        {"event.name": "gen_ai.choice", "message": {"role": "assistant", "content": "ho"}},
    ]

    fields = row_of(model_call(events=spell(events), response_data="{}"), **SCOPE)

    assert (fields["input"], fields["output"]) == ([HI], HO)


@pytest.mark.parametrize("data", ["cut {", "[1]"])
def test_data_that_is_no_object_stays(data: str) -> None:
    """What cannot be read as a request or an answer is kept."""
    fields = row_of(model_call(request_data=data, response_data=data), **SCOPE)

    assert fields["metadata"] == {"request_data": data, "response_data": data}


def test_request_with_nothing_to_ask() -> None:
    """A request of which only settings are told gives the settings."""
    told = model_call(request_data='{"model": "m", "stream": true}')

    assert row_of(told, **SCOPE)["metadata"] == {"model": "m", "stream": True}


def test_answer_in_no_known_form_is_kept() -> None:
    """What is no message is metadata."""
    told = model_call(response_data='{"images": [1]}')

    assert row_of(told, **SCOPE)["metadata"] == {"response_data": {"images": [1]}}


def test_schema_of_no_object() -> None:
    """A schema that describes nothing opens nothing."""
    told = span(logfire__json_schema='{"properties": {"a": 1, "b": {}}}', a="[1]")

    assert row_of(told, scope_name="logfire")["metadata"] == {"a": "[1]"}
