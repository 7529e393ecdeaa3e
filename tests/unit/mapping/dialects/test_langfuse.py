"""The dialect of Langfuse."""

from __future__ import annotations

from typing import Any

import pytest

from support.dialects import metrics_of, noted, row_of, spell

OWN = "langfuse.observation."
HI = {"role": "user", "content": "hi"}


def observation(type_: str = "generation", /, **attributes: object) -> dict[str, object]:
    """Return the attributes of an observation; ``__`` in a name stands for a dot."""
    told = {f"{OWN}{key.replace('__', '.')}": value for key, value in attributes.items()}
    return {f"{OWN}type": type_, **told}


def usage(**counts: object) -> dict[str, Any]:
    return metrics_of(observation(usage_details=spell(counts)))


def test_whole_generation() -> None:
    """A generation becomes a whole row, and nothing is told twice."""
    fields = row_of(
        observation(
            input=spell({"messages": [HI], "tools": [{"type": "function", "name": "add"}]}),
            output=spell({"role": "assistant", "content": "ho"}),
            model__name="gpt-4",
            model__parameters=spell({"temperature": 0.7, "max_tokens": "Infinity", "top_p": None}),
            usage_details=spell({"input": 10, "output": 5, "total": 15}),
            cost_details=spell({"input": 0.25, "output": 0.5}),
            level="DEFAULT",
            completion_start_time='"2026-11-22T03:13:39.817551Z"',
            metadata__finish_reason='"stop"',
            metadata__n="1",
            prompt__name="p",
            prompt__version=3,
        )
        | {"langfuse.internal.is_app_root": True, "user.id": "u", "session.id": "s"}
    )

    assert fields["span_attributes"] == {"name": "outer", "type": "llm"}
    assert fields["input"] == [HI]
    assert fields["output"] == [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ho"}}
    ]
    assert fields["metadata"] == {
        "tools": [{"type": "function", "function": {"name": "add"}}],
        "model": "gpt-4",
        "temperature": 0.7,
        "finish_reason": "stop",
        "n": 1,
        "prompt": {"name": "p", "version": 3},
        "user_id": "u",
        "session_id": "s",
    }
    assert fields["metrics"]["time_to_first_token"] == pytest.approx(0.1)
    assert {
        name: value
        for name, value in fields["metrics"].items()
        if name not in ("start", "end", "time_to_first_token")
    } == {"prompt_tokens": 10, "completion_tokens": 5, "tokens": 15, "estimated_cost": 0.75}


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("embedding", "llm"),
        ("tool", "tool"),
        ("retriever", "tool"),
        ("agent", "task"),
        ("chain", "task"),
        ("evaluator", "score"),
        ("span", "function"),
        ("EVENT", "function"),
        ("unheard", None),
    ],
)
def test_type(kind: str, type_: str | None) -> None:
    """Each type of an observation has its type of span."""
    assert row_of(observation(kind))["span_attributes"].get("type") == type_


def test_parts_of_counts_add_up() -> None:
    """Langfuse's own counts hold no part of another: they are summed."""
    assert usage(
        input=3,
        input_cached_tokens=2,
        input_cache_creation=4,
        input_other=1,
        output=5,
        output_reasoning_tokens=6,
    ) == {
        "prompt_tokens": 10,
        "prompt_cached_tokens": 2,
        "prompt_cache_creation_tokens": 4,
        "completion_tokens": 11,
        "completion_reasoning_tokens": 6,
        "tokens": 21,
    }


def test_cache_writes_by_lifetime() -> None:
    """Where both lifetimes are told, the sum of them is not."""
    assert usage(input=1, input_cache_creation_5m=2, input_cache_creation_1h=3) == {
        "prompt_tokens": 6,
        "prompt_cache_creation_5m_tokens": 2,
        "prompt_cache_creation_1h_tokens": 3,
    }


def test_counts_of_openai_hold_their_parts() -> None:
    """Counts in the provider's own form are taken as the provider means them."""
    details = {"prompt_tokens_details": {"cached_tokens": 2}}

    assert usage(prompt_tokens=3, completion_tokens=4, total_tokens=7, **details) == {
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "tokens": 7,
        "prompt_cached_tokens": 2,
    }


def test_total_cost_wins() -> None:
    """The total is the cost, and only without one the sum is."""
    assert metrics_of(observation(cost_details=spell({"input": 1, "total": 3}))) == {
        "estimated_cost": 3
    }
    assert metrics_of(observation(cost_details=spell({"input": "much"}))) == {}


@pytest.mark.parametrize(
    ("level", "error"), [("ERROR", "refused"), ("WARNING", None), ("DEFAULT", None)]
)
def test_level_of_error(level: str, error: str | None) -> None:
    """An observation of level ERROR failed with its message."""
    assert row_of(observation(level=level, status_message="refused")).get("error") == error


def test_exception_tells_more_than_the_level() -> None:
    """Of a failed observation with an exception, the exception is the error."""
    raised = noted("exception", **{"exception.type": "E", "exception.message": "m"})

    fields = row_of(observation(level="ERROR", status_message="refused"), raised)

    assert fields["error"] == "E: m"
    assert fields["metadata"][f"{OWN}status_message"] == "refused"


def test_own_content_stays() -> None:
    """Input and output that are no provider's, and those of other observations, stay."""
    generation = row_of(observation(input='{"prompt": "a"}', output='{"response": "b"}'))
    span = row_of(observation("span", input="plain", output='{"messages": []}'))

    assert (generation["input"], generation["output"]) == ({"prompt": "a"}, {"response": "b"})
    assert (span["input"], span["output"]) == ("plain", {"messages": []})


def test_trace_is_told_on_its_root() -> None:
    """Name, tags and content of a trace are its root's; metadata is everybody's."""
    told = {
        "langfuse.trace.name": "checkout",
        "langfuse.trace.tags": ("a", "b", "a"),
        "langfuse.trace.input": "in",
        "langfuse.trace.output": '["out"]',
        "langfuse.trace.metadata": '{"k": 1}',
        "langfuse.trace.metadata.l": '"v"',
        "langfuse.experiment.item.expected_output": '{"a": 1}',
    }

    root = row_of(observation("span") | told)
    below = row_of(observation("span") | told, parent_span_id="a" * 16)

    assert root["span_attributes"]["name"] == "checkout"
    assert (root["tags"], root["input"], root["output"]) == (["a", "b"], "in", ["out"])
    assert root["expected"] == {"a": 1}
    assert root["metadata"] == {"k": 1, "l": "v"}
    assert below["span_attributes"]["name"] == "outer"
    assert not {"tags", "input", "output"} & below.keys()
    assert below["metadata"].items() >= {("k", 1), ("l", "v")}


@pytest.mark.parametrize("at", ['"yesterday"', '"2020-01-01T00:00:00"', "5", None])
def test_time_that_cannot_be_is_no_metric(at: object) -> None:
    """A first token before the start, or at no time at all, is not told as a metric."""
    assert metrics_of(observation(completion_start_time=at)) == {}


def test_older_metadata_is_plain_text() -> None:
    """Metadata that is no JSON text is a text."""
    assert row_of(observation(metadata__a="plain", metadata=5))["metadata"] == {
        "a": "plain",
        f"{OWN}metadata": 5,
    }


def test_parameters_that_are_no_object_stay() -> None:
    """What cannot be read as parameters, or as a name, is kept."""
    fields = row_of(observation(model__parameters="cut {") | {"langfuse.trace.name": ""})

    assert fields["metadata"].items() >= {(f"{OWN}model.parameters", "cut {")}
    assert fields["span_attributes"]["name"] == "outer"


def test_counts_without_a_prompt() -> None:
    """An answer may be counted alone."""
    assert usage(output=3) == {"completion_tokens": 3}


def test_failure_without_a_message() -> None:
    """Without a message the level says nothing more than the status of the span."""
    assert "error" not in row_of(observation(level="ERROR"))
