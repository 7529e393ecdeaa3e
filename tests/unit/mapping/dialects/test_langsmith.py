"""The dialect of LangSmith."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import metrics_of, row_of, spell

HI = {"role": "user", "content": "hi"}
HO = [{"index": 0, "message": {"role": "assistant", "content": "ho"}}]


def serialised(kind: str, **members: Any) -> dict[str, Any]:
    """Return a message as LangChain writes it."""
    path = ["langchain", "schema", "messages", kind]
    return {"lc": 1, "type": "constructor", "id": path, "kwargs": members}


def test_call_of_a_provider() -> None:
    """The provider's own request and answer become a row."""
    answer = {"choices": HO, "usage": {"prompt_tokens": 1}}

    fields = row_of(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.prompt": spell({"messages": [HI], "temperature": 0.5}),
            "gen_ai.completion": spell(answer),
            "langsmith.span.tags": "a, b,a",
            "langsmith.metadata.team": "x",
            "langsmith.trace.session_id": "s",
            "langsmith.request.headers": '{"authorization": "secret"}',
        }
    )

    assert fields["span_attributes"]["type"] == "llm"
    assert (fields["input"], fields["output"]) == ([HI], HO)
    assert fields["metadata"] == {"temperature": 0.5, "team": "x", "session_id": "s"}
    assert fields["tags"] == ["a", "b"]
    assert "secret" not in str(fields)


def test_call_of_langchain() -> None:
    """LangChain's lists of messages and generations become messages and choices."""
    sent = [
        [serialised("SystemMessage", content="Be brief."), serialised("HumanMessage", content="hi")]
    ]
    said = {"text": "ho", "message": serialised("AIMessage", content="ho", tool_calls=[])}

    fields = row_of(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.prompt": spell({"messages": sent}),
            "gen_ai.completion": spell({"generations": [[said]], "llm_output": None}),
        }
    )

    assert fields["input"] == [{"role": "system", "content": "Be brief."}, HI]
    assert fields["output"] == HO


def test_generation_that_is_only_a_text() -> None:
    """A generation without a message is what the assistant said."""
    told = {"gen_ai.completion": spell({"generations": [{"text": "ho"}]})}

    assert row_of(told)["output"] == HO


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("chain", "task"), ("tool", "tool"), ("retriever", "tool"), ("parser", "function")],
)
def test_other_kinds_keep_their_content(kind: str, type_: str) -> None:
    """What is no call of a model stays as it is."""
    fields = row_of(
        {
            "langsmith.span.kind": kind,
            "gen_ai.prompt": '{"messages": [1]}',
            "gen_ai.completion": "done",
        }
    )

    assert fields["span_attributes"]["type"] == type_
    assert (fields["input"], fields["output"]) == ({"messages": [1]}, "done")


@pytest.mark.parametrize(
    "sent",
    [
        {"question": "why"},
        [serialised("OddMessage", content="?")],
        [{"kwargs": {}, "id": "x"}],
        ["text"],
    ],
)
def test_prompts_in_other_forms_stay(sent: Any) -> None:
    """A prompt in no known form is the input as it is."""
    assert row_of({"gen_ai.prompt": spell(sent)})["input"] == sent


def test_list_of_messages() -> None:
    """A prompt may be the messages alone."""
    assert row_of({"gen_ai.prompt": spell([HI])})["input"] == [HI]


def test_details_of_the_counts() -> None:
    """Details of the counts become metrics beside the counts."""
    told = {
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.input_token_details": spell({"cache_read": 6, "audio": 1}),
        "gen_ai.usage.output_token_details": spell({"reasoning": 3}),
    }

    assert metrics_of({"langsmith.span.kind": "llm", **told}) == {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "tokens": 14,
        "prompt_cached_tokens": 6,
        "prompt_audio_tokens": 1,
        "completion_reasoning_tokens": 3,
    }


def test_messages_without_an_author_stay() -> None:
    """Messages in a list of messages that say nothing of who wrote them stay."""
    assert row_of({"gen_ai.prompt": '{"messages": []}'})["input"] == []
    assert row_of({"gen_ai.completion": '{"generations": []}'})["output"] == {"generations": []}
