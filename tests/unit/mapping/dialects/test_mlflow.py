"""The dialect of MLflow."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import metrics_of, noted, row_of, spell

SCOPE = {"scope_name": "mlflow.tracing.provider"}
HI = {"role": "user", "content": "hi"}


def mlflow(**attributes: object) -> dict[str, object]:
    """Return MLflow's attributes: each is JSON text, and ``__`` in a name stands for a dot."""
    return {f"mlflow.{key.replace('__', '.')}": spell(value) for key, value in attributes.items()}


def call(sent: object, answered: object = None, **attributes: object) -> dict[str, object]:
    told = mlflow(spanType="CHAT_MODEL", spanInputs=sent, **attributes)
    return told if answered is None else told | mlflow(spanOutputs=answered)


def test_whole_chat() -> None:
    """A chat becomes a whole row; arguments that MLflow repeats are told once."""
    tool = {"type": "function", "function": {"name": "add"}}
    sent = {"messages": [HI], "model": "small", "stream": True, "tools": [tool], "temperature": 0}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant"}}
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    answer = {"id": "c", "model": "small-1", "choices": [choice], "usage": usage}
    repeated = {"model": '"small"', "stream": "true", "tools": spell([tool])}

    fields = row_of(
        call(
            sent,
            answer,
            llm__model="small-1",
            llm__provider="openai",
            llm__cost={"total_cost": 0.5},
            chat__tokenUsage={"input_tokens": 3},
            chat__tools=[tool],
            traceRequestId="tr-1",
            message__format="openai",
        )
        | repeated,
        **SCOPE,
    )

    assert fields["span_attributes"]["type"] == "llm"
    assert (fields["input"], fields["output"]) == ([HI], [choice])
    assert fields["metadata"] == {
        "model": "small-1",
        "provider": "openai",
        "stream": True,
        "temperature": 0,
        "tools": [tool],
        "mlflow.spanOutputs": {"id": "c"},
        "mlflow.message.format": "openai",
    }
    assert metrics_of(call(sent, answer), **SCOPE) == {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "tokens": 7,
    }
    assert fields["metrics"]["estimated_cost"] == 0.5


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("LLM", "llm"),
        ("EMBEDDING", "llm"),
        ("TOOL", "tool"),
        ("RETRIEVER", "tool"),
        ("AGENT", "task"),
        ("EVALUATOR", "score"),
        ("PARSER", "function"),
        ("UNKNOWN", "function"),
        ("ELSE", None),
    ],
)
def test_type(kind: str, type_: str | None) -> None:
    """Each type of MLflow has its type of span."""
    assert row_of(mlflow(spanType=kind))["span_attributes"].get("type") == type_


def test_anthropic_call() -> None:
    """The system prompt opens the input; the prompt counts what the cache held."""
    usage = {"input_tokens": 4, "output_tokens": 2, "cache_read_input_tokens": 10}
    answer = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "ho"}],
        "stop_reason": "end_turn",
        "usage": usage,
    }

    fields = row_of(call({"system": "Be brief.", "messages": [HI]}, answer), **SCOPE)

    assert fields["input"] == [{"role": "system", "content": "Be brief."}, HI]
    assert fields["output"] == {
        "role": "assistant",
        "content": [{"type": "text", "text": "ho"}],
        "stop_reason": "end_turn",
    }
    assert fields["metrics"]["prompt_tokens"] == 14
    assert "metadata" not in fields


def test_values_encoded_twice_are_opened() -> None:
    """An object that was encoded as a text in a text is an object; numbers are numbers."""
    told = {"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": spell('{"a": 1}'), "n": "5"}

    fields = row_of(told, **SCOPE)

    assert fields["input"] == {"a": 1}
    assert fields["metadata"] == {"n": 5}


def test_text_that_reads_like_a_number_stays() -> None:
    """What a tool answered as a text is a text."""
    assert row_of(mlflow(spanType="TOOL", spanOutputs="123"), **SCOPE)["output"] == "123"


def test_stream_that_nobody_read_is_no_answer() -> None:
    """The name of an object in the answer's place is kept, and is no output."""
    name = "<anthropic.Stream object at 0x7ff5da4b7ed0>"

    fields = row_of(call({"messages": [HI]}, name), **SCOPE)

    assert "output" not in fields
    assert fields["metadata"] == {"mlflow.spanOutputs": name}


def test_chunks_tell_when_the_answer_began() -> None:
    """The first chunk is the time to the first token, and no chunk is told."""
    chunks = [
        noted(f"mlflow.chunk.item.{at}", after_ns=at * 10**9, **{"mlflow.chunk.value": "{}"})
        for at in (2, 1)
    ]

    fields = row_of(call({"messages": [HI]}), *chunks, **SCOPE)

    assert fields["metrics"]["time_to_first_token"] == 1.0
    assert "metadata" not in fields


def test_counts_that_only_mlflow_tells() -> None:
    """Without the provider's report MLflow's counts are taken; a cache above them was left out."""
    counts = {"input_tokens": 4, "output_tokens": 2, "cache_read_input_tokens": 10}

    assert metrics_of(call({"messages": [HI]}, chat__tokenUsage=counts)) == {
        "prompt_tokens": 14,
        "completion_tokens": 2,
        "prompt_cached_tokens": 10,
        "tokens": 16,
    }


def test_who_asked() -> None:
    """Session and user are members of the metadata."""
    told = mlflow(spanType="CHAIN", trace__user="u") | {"session.id": '"s"'}

    assert row_of(told, **SCOPE)["metadata"] == {"user_id": "u", "session_id": "s"}


@pytest.mark.parametrize("sent", ["hi", [1], {"question": "why"}])
def test_other_inputs_stay(sent: Any) -> None:
    """What a model was asked in no known form is the input as it is."""
    assert row_of(call(sent), **SCOPE)["input"] == sent


def test_models_from_the_call() -> None:
    """Without a model of MLflow the answering one is told, else the requested one."""
    sent = {"messages": [HI], "model": "asked"}
    answer = {"model": "answered", "choices": []}

    assert row_of(call(sent, answer), **SCOPE)["metadata"]["model"] == "answered"
    assert row_of(call(sent), **SCOPE)["metadata"]["model"] == "asked"


def test_text_that_is_no_json_stays() -> None:
    """A value that somebody else wrote, in no JSON, stays."""
    assert row_of(mlflow(spanType="TOOL") | {"note": "x y"}, **SCOPE)["metadata"] == {"note": "x y"}


def test_call_of_which_nothing_is_told() -> None:
    """With content left out, and without a start, there is nothing to tell."""
    chunk = noted("mlflow.chunk.item.0")

    fields = row_of(mlflow(spanType="LLM"), chunk, start_ns=None, **SCOPE)

    assert not {"input", "output"} & fields.keys()
    assert "time_to_first_token" not in fields["metrics"]


def test_answer_without_an_output() -> None:
    """An answer of null is no output."""
    told = call({"messages": [HI]}) | {"mlflow.spanOutputs": "[]"}

    assert row_of(told, **SCOPE)["output"] == []


def test_value_encoded_over_and_over_is_opened_so_far() -> None:
    """A value is opened four times at most."""
    value = spell(spell(spell(spell("x y"))))

    assert row_of(mlflow(spanType="TOOL", note=value), **SCOPE)["metadata"] == {
        "mlflow.note": spell("x y")
    }
