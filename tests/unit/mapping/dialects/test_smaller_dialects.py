"""Laminar, Sentry, Cloudflare, CrewAI, Haystack, and plain inputs and outputs."""

from __future__ import annotations

import pytest

from support.dialects import chat, metrics_of, row_of, spell

HI = {"role": "user", "content": "hi"}
HO = [{"index": 0, "message": {"role": "assistant", "content": "ho"}}]
CALL = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("kind", "type_", "output"),
    [
        ("LLM", "llm", HO),
        ("TOOL", "tool", "ho"),
        ("DEFAULT", "function", "ho"),
        ("EVALUATOR", "score", "ho"),
        ("UNHEARD", None, "ho"),
    ],
)
def test_laminar(kind: str, type_: str | None, output: object) -> None:
    """Laminar's spans have type, input, output, and what the program said about the trace."""
    properties = "lmnr.association.properties."

    fields = row_of(
        {
            "lmnr.span.type": kind,
            "lmnr.span.input": spell([HI]),
            "lmnr.span.output": "ho",
            f"{properties}session_id": "s",
            f"{properties}metadata.team": "x",
            f"{properties}tags": ("a", "a"),
        }
    )

    assert fields["span_attributes"].get("type") == type_
    assert (fields["input"], fields["output"]) == ([HI], output)
    assert fields["metadata"].items() >= {("session_id", "s"), ("team", "x")}
    assert fields["tags"] == ["a"]


def test_sentry() -> None:
    """Sentry's names for messages, answers and tools are read."""
    fields = row_of(
        chat(
            request__messages=spell([HI]),
            response__text=spell(["h", "o"]),
            response__tool_calls=spell([CALL]),
            request__available_tools=spell([{"name": "add"}]),
        )
    )

    assert fields["input"] == [HI]
    assert fields["output"] == [
        {"index": 0, "message": {"role": "assistant", "content": "ho", "tool_calls": [CALL]}}
    ]
    assert fields["metadata"] == {"tools": [{"type": "function", "function": {"name": "add"}}]}


def test_sentry_in_other_forms() -> None:
    """Texts by themselves, objects and calls in no known form are kept."""
    plain = row_of(chat(request__messages="hi", response__text="ho"))
    odd = row_of(chat(response__text='{"a":1}', response__tool_calls="[1]"))

    assert (plain["input"], plain["output"]) == ("hi", HO)
    assert odd["output"][0]["message"]["content"] == '{"a":1}'
    assert odd["metadata"] == {"gen_ai.response.tool_calls": "[1]"}


def test_cloudflare() -> None:
    """The gateway's copies of request and answer become a whole row."""
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    told = {
        "gen_ai.prompt_json": spell({"messages": [HI], "model": "m", "max_tokens": 9}),
        "gen_ai.completion_json": spell({"id": "c", "model": "m-1", "choices": HO, "usage": usage}),
        "gen_ai.model.provider": "OpenAI",
        "gen_ai.usage.cost": 0.5,
    }

    fields = row_of(told)

    assert fields["span_attributes"]["type"] == "llm"
    assert (fields["input"], fields["output"]) == ([HI], HO)
    assert fields["metadata"] == {
        "model": "m-1",
        "provider": "openai",
        "max_tokens": 9,
        "gen_ai.completion_json": {"id": "c"},
    }
    assert metrics_of(told) == {
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "tokens": 3,
        "estimated_cost": 0.5,
    }


def test_cloudflare_with_plain_texts() -> None:
    """A prompt and an answer that are texts are taken as such."""
    fields = row_of({"gen_ai.prompt_json": "hi", "gen_ai.completion_json": "ho"})

    assert (fields["input"], fields["output"]) == ("hi", HO)


def test_crewai() -> None:
    """CrewAI's own spans are tasks, and their lists are lists."""
    fields = row_of(
        {"crew_key": "k", "crew_agents": "[1]", "crew_tasks": "cut [", "crew_inputs": '{"a":1}'}
    )

    assert fields["span_attributes"]["type"] == "task"
    assert fields["input"] == {"a": 1}
    assert fields["metadata"] == {"crew_key": "k", "crew_agents": [1], "crew_tasks": "cut ["}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("input", "output"),
        ("haystack.component.input", "haystack.component.output"),
        ("haystack.pipeline.input_data", "haystack.pipeline.output_data"),
    ],
)
def test_plain_values(sent: str, said: str) -> None:
    """Inputs and outputs under plain names are the row's."""
    fields = row_of({sent: '{"a": 1}', said: "done"})

    assert (fields["input"], fields["output"]) == ({"a": 1}, "done")
    assert "metadata" not in fields


def test_better_names_win() -> None:
    """What a dialect says wins over the plain names, which are then kept."""
    fields = row_of({"input": "a", "traceloop.entity.input": '"b"', "output": None})

    assert fields["input"] != "a"
    assert fields["metadata"]["input"] == "a"
    assert "output" not in fields


def test_sentry_with_an_answer_of_no_kind() -> None:
    """Tools that are none, and calls without a text, are read as far as they go."""
    fields = row_of(chat(response__tool_calls=spell([CALL]), request__available_tools="none"))

    assert fields["output"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [CALL],
    }
    assert fields["metadata"] == {"gen_ai.request.available_tools": "none"}


def test_cloudflare_answer_alone() -> None:
    """An answer without model and rest tells neither."""
    fields = row_of({"gen_ai.completion_json": spell({"choices": HO})})

    assert fields["output"] == HO
    assert "metadata" not in fields


def test_laminar_without_content() -> None:
    """What Laminar does not say is not there; a property without a name is kept."""
    name = "lmnr.association.properties."

    fields = row_of({"lmnr.span.type": "TOOL", name: "x", f"{name}tags": ()})

    assert not {"input", "output", "tags"} & fields.keys()
    assert fields["metadata"][name] == "x"


@pytest.mark.parametrize("text", ["__REDACTED__", "<redacted>", "[Scrubbed due to 'password']"])
@pytest.mark.parametrize("name", ["input", "langfuse.observation.input", "mlflow.spanInputs"])
def test_redacted_text_is_kept(name: str, text: str) -> None:
    """What somebody put in a secret's place stays."""
    assert row_of({name: text})["input"] == text


@pytest.mark.parametrize("name", ["input", "langfuse.observation.input", "mlflow.spanInputs"])
def test_numbers_that_json_does_not_have_are_null(name: str) -> None:
    """NaN and infinity in the text of others are null."""
    assert row_of({name: '{"a": NaN, "b": -Infinity}'})["input"] == {"a": None, "b": None}
