"""The dialect of OpenTelemetry's GenAI conventions: attributes."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import chat, metrics_of, row_of, spell

SAID = [{"role": "assistant", "parts": [{"type": "text", "content": "hello back"}]}]
SENT = [{"role": "user", "parts": [{"type": "text", "content": "Say this is a test"}]}]
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object"}}


def test_whole_chat() -> None:
    """A chat of the current conventions becomes a whole row, and nothing is told twice."""
    fields = row_of(
        chat(
            provider__name="openai",
            request__model="gpt-4o-mini",
            response__model="gpt-4o-mini",
            response__finish_reasons=("stop",),
            request__temperature=0.5,
            usage__input_tokens=24,
            usage__output_tokens=7,
            input__messages=spell(SENT),
            output__messages=spell(SAID),
            system_instructions=spell([{"type": "text", "content": "Be brief."}]),
            tool__definitions=spell([WEATHER]),
        )
    )

    assert fields["span_attributes"] == {"name": "outer", "type": "llm"}
    assert fields["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say this is a test"},
    ]
    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "hello back"},
        }
    ]
    assert fields["metadata"] == {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "temperature": 0.5,
        "tools": [
            {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
        ],
    }
    assert fields["metrics"].items() >= {
        ("prompt_tokens", 24),
        ("completion_tokens", 7),
        ("tokens", 31),
    }


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("chat", "llm"),
        ("generate_content", "llm"),
        ("text_completion", "llm"),
        ("embeddings", "llm"),
        ("retrieval", "tool"),
        ("execute_tool", "tool"),
        ("create_agent", "task"),
        ("invoke_agent", "task"),
        ("invoke_workflow", "task"),
        ("plan", "task"),
    ],
)
def test_operation_is_the_type(operation: str, kind: str) -> None:
    """What a span does decides its type, and need not be told again."""
    fields = row_of({"gen_ai.operation.name": operation})

    assert fields["span_attributes"]["type"] == kind
    assert "metadata" not in fields


def test_unknown_operation_is_kept() -> None:
    """An operation that nobody knows gives no type, and stays in the metadata."""
    fields = row_of({"gen_ai.operation.name": "dream"})

    assert "type" not in fields["span_attributes"]
    assert fields["metadata"] == {"gen_ai.operation.name": "dream"}


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [({"gen_ai.request.model": "m"}, "llm"), ({"gen_ai.tool.name": "t"}, "tool")],
)
def test_type_follows_from_what_is_there(attributes: dict[str, object], kind: str) -> None:
    """Without an operation, a model makes a model call and a tool's name a tool run."""
    assert row_of(attributes)["span_attributes"]["type"] == kind


def test_answering_model_wins_and_the_requested_one_is_kept() -> None:
    """The model that answered is the model; another one that was asked for stays told."""
    fields = row_of(chat(request__model="gpt-4o", response__model="gpt-4o-2024-08-06"))

    assert fields["metadata"] == {
        "model": "gpt-4o-2024-08-06",
        "gen_ai.request.model": "gpt-4o",
    }


def test_settings_have_the_names_of_rows() -> None:
    """Every setting of a request is a member of the metadata under its row name."""
    fields = row_of(
        chat(
            request__max_tokens=200,
            request__top_p=0.9,
            request__top_k=1.0,
            request__frequency_penalty=0.1,
            request__presence_penalty=0.2,
            request__stop_sequences=("stop",),
            request__seed=7,
            request__choice__count=2,
            request__stream=True,
            conversation__id="c1",
            output__type="json",
        )
    )

    assert fields["metadata"] == {
        "max_tokens": 200,
        "top_p": 0.9,
        "top_k": 1.0,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "stop": ["stop"],
        "seed": 7,
        "n": 2,
        "stream": True,
        "conversation_id": "c1",
        "response_format": {"type": "json"},
    }


def test_what_rows_have_no_name_for_stays_under_its_own() -> None:
    """Attributes that are no field of a row stay in the metadata as they are called."""
    kept = {"gen_ai.response.id": "r1", "gen_ai.agent.name": "a", "server.port": 443}

    assert row_of({**chat(), **kept})["metadata"] == kept


def test_headers_are_not_told() -> None:
    """Headers may hold secrets, and are left out."""
    assert "metadata" not in row_of(chat(headers="authorization: secret"))


def test_older_names() -> None:
    """The deprecated names of the provider and of the token counts are read, too."""
    fields = row_of(chat(system="az.ai.openai", usage__prompt_tokens=3, usage__completion_tokens=4))

    assert fields["metadata"] == {"provider": "azure"}
    assert fields["metrics"]["tokens"] == 7


def test_older_name_that_says_something_else_is_kept() -> None:
    """Where the older name holds another value, the current one wins and the older stays told."""
    fields = row_of(chat(usage__input_tokens=3, usage__prompt_tokens=5))

    assert fields["metrics"]["prompt_tokens"] == 3
    assert fields["metadata"] == {"gen_ai.usage.prompt_tokens": 5}


def test_native_values() -> None:
    """Messages that are no JSON text but nested values are read alike."""
    native = ({"role": "user", "parts": ({"type": "text", "content": "hi"},)},)

    assert row_of(chat(input__messages=native))["input"] == [{"role": "user", "content": "hi"}]


def test_cut_text_is_kept_and_said() -> None:
    """Messages that a length limit cut are kept as they came, and the metadata says so."""
    cut = spell(SENT)[:-9]

    fields = row_of(chat(input__messages=cut, output__messages="plain"))

    assert fields["input"] == cut
    assert fields["output"] == "plain"
    assert fields["metadata"] == {"unparsed_attributes": ["gen_ai.input.messages"]}


@pytest.mark.parametrize(
    "text", ['[{"role": "user", "n": NaN}]', '[{"role": "user", "n": 1e999}]\x00']
)
def test_json_that_is_none(text: str) -> None:
    """What common programs write in place of JSON is read as they meant it."""
    assert row_of(chat(input__messages=text))["input"] == [{"role": "user", "n": None}]


def test_instructions_do_not_repeat_a_system_message() -> None:
    """Instructions are not put before messages that open with some; they stay told."""
    opening = [{"role": "system", "parts": [{"type": "text", "content": "Be brief."}]}]

    fields = row_of(chat(input__messages=spell(opening), system_instructions='["Be kind."]'))

    assert fields["input"] == [{"role": "system", "content": "Be brief."}]
    assert fields["metadata"] == {"gen_ai.system_instructions": '["Be kind."]'}


@pytest.mark.parametrize("instructions", ["Be brief.", '["Be brief."]', '{"content": "Be brief."}'])
def test_instructions_alone(instructions: str) -> None:
    """Instructions without messages are the input, whatever form they have."""
    fields = row_of(chat(system_instructions=instructions))

    assert [message["role"] for message in fields["input"]] == ["system"]
    assert "Be brief." in str(fields["input"])


@pytest.mark.parametrize(
    ("reasons", "own", "expected"),
    [
        (("stop", "length"), (None, None), ["stop", "length"]),
        (("stop",), (None, None), ["stop", "stop"]),
        (("stop", "stop"), ("length", None), ["length", "stop"]),
        ((), ("max_tokens", "tool_use"), ["length", "tool_calls"]),
    ],
)
def test_finish_reasons(
    reasons: tuple[str, ...], own: tuple[str | None, ...], expected: list[str]
) -> None:
    """A message's own reason wins, else the span's list tells it, in the words of rows."""
    said = [{"role": "assistant", "parts": [], "finish_reason": reason} for reason in own]

    fields = row_of(chat(output__messages=spell(said), response__finish_reasons=reasons))

    assert [choice["finish_reason"] for choice in fields["output"]] == expected


def test_reason_without_messages_stays() -> None:
    """Without an output the reasons stay in the metadata."""
    fields = row_of(chat(response__finish_reasons=("stop",)))

    assert "output" not in fields
    assert fields["metadata"] == {"gen_ai.response.finish_reasons": ["stop"]}


def test_tool_run() -> None:
    """The arguments of a tool's run are its input, the result is its output."""
    fields = row_of(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "weather",
            "gen_ai.tool.call.arguments": '{"city": "Paris"}',
            "gen_ai.tool.call.result": "sunny",
        }
    )

    assert (fields["input"], fields["output"]) == ({"city": "Paris"}, "sunny")
    assert fields["metadata"] == {"gen_ai.tool.name": "weather"}


def test_retrieval() -> None:
    """The query of a retrieval is its input, the documents are its output."""
    documents = [{"id": "1", "score": 0.9}]

    fields = row_of(
        {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.retrieval.query.text": "cats",
            "gen_ai.retrieval.documents": spell(documents),
        }
    )

    assert (fields["input"], fields["output"]) == ("cats", documents)


def test_evaluation() -> None:
    """The score of an evaluation is a score of the row; one outside its range is not."""
    fields = row_of({"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.value": 0.5})
    other = row_of({"gen_ai.evaluation.name": "big", "gen_ai.evaluation.score.value": 5})

    assert fields["scores"] == {"good": 0.5}
    assert "scores" not in other
    assert other["metadata"]["gen_ai.evaluation.score.value"] == 5


@pytest.mark.parametrize(
    "attributes",
    [
        {"response__time_to_first_chunk": 0.42},
        {"client__operation__time_to_first_chunk": 0.42},
        {"response__time_to_first_token": "0.42"},
    ],
)
def test_time_to_first_token(attributes: dict[str, object]) -> None:
    """The time to the first chunk is a metric, under whatever name it came."""
    assert metrics_of(chat(**attributes)) == {"time_to_first_token": 0.42}


def test_cost_of_a_model_call() -> None:
    """A cost that the emitter knows is the cost of a model call."""
    assert metrics_of(chat(usage__cost=0.25))["estimated_cost"] == 0.25
    assert metrics_of({**chat(usage__cost=2), "operation.cost": 1})["estimated_cost"] == 1


def test_agent_that_sums_up_is_not_priced() -> None:
    """The span of an agent shows the sum of its calls' tokens, and no cost of its own."""
    fields = row_of(
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.usage.cost": 0.1,
        }
    )

    assert fields["span_attributes"]["type"] == "task"
    assert fields["metrics"]["prompt_tokens"] == 5
    assert "estimated_cost" not in fields["metrics"]
    assert fields["metadata"] == {"gen_ai.usage.cost": 0.1}


def test_preserved_attributes() -> None:
    """On request what was read stays in the metadata as it came, too."""
    kept: dict[str, Any] = {"braintrust.otel.preserve_attributes": True}

    fields = row_of({**chat(input__messages=spell(SENT)), **kept})

    assert fields["metadata"] == chat(input__messages=spell(SENT))


@pytest.mark.parametrize(
    "near", ["gen_ai", "gen_ai.", "gen_ai.input", "gen_ai.input.messagess", "gen_ai_input_messages"]
)
def test_near_misses_say_nothing(near: str) -> None:
    """A name that only looks like one of the dialect's stays what it is."""
    fields = row_of({near: spell(SENT)})

    assert "input" not in fields
    assert fields["metadata"] == {near: spell(SENT)}


def test_nothing_was_said() -> None:
    """Empty messages are an empty conversation, and empty instructions are none."""
    fields = row_of(chat(output__messages="[]", system_instructions="[]"))

    assert fields["output"] == []
    assert "input" not in fields


def test_response_format() -> None:
    """The schema that the answer must follow is its format; it wins over the mere kind."""
    fields = row_of(
        chat(request__structured_output_schema='{"type": "object"}', output__type="json")
    )

    assert fields["metadata"] == {
        "response_format": {"type": "object"},
        "gen_ai.output.type": "json",
    }


def test_tools_that_are_none_stay() -> None:
    """Definitions in which there is no tool stay as they came."""
    assert row_of(chat(tool__definitions="[]"))["metadata"] == {"gen_ai.tool.definitions": "[]"}


@pytest.mark.parametrize(
    ("chosen", "told"), [("any", "required"), ('{"type": "odd"}', '{"type": "odd"}')]
)
def test_tool_choice(chosen: str, told: object) -> None:
    """The choice among the tools is told in the words of rows, where they have any."""
    assert row_of(chat(request__tool_choice=chosen))["metadata"] == {"tool_choice": told}
