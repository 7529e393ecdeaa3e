"""An answer becomes the row's output, metrics and tool spans."""

from __future__ import annotations

from typing import Any

import pytest
from anthropic.types import Message
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from braintrust_otel_anthropic.response import read_message
from braintrust_otel_anthropic.server_tools import server_tool_spans
from braintrust_otel_anthropic.usage import usage_metrics
from support.anthropic_calls import message

TEXT = [{"type": "text", "text": "a"}]
USE = {"type": "server_tool_use", "id": "s", "name": "web_fetch", "input": {"url": "u"}}


@pytest.mark.parametrize("form", [dict, lambda answer: Message.construct(**answer)])
def test_message_is_told_as_it_came(form: Any) -> None:
    """Role, blocks and stop reason are the output; the answering model is told."""
    fields = read_message(form(message(TEXT, stop_reason="max_tokens")))

    assert fields == {
        "output": {"role": "assistant", "content": TEXT, "stop_reason": "max_tokens"},
        "metadata": {"model": "tiny-2026-01-01"},
        "metrics": {"prompt_tokens": 1, "completion_tokens": 2, "tokens": 3},
    }


class ParsedBlock(BaseModel):
    """A block with what the client made of its text."""

    type: str
    text: str
    parsed_output: object


def test_what_the_client_adds_is_left_out() -> None:
    """The parsed form of a text did not come from the provider and is not told."""
    block = ParsedBlock(type="text", text="1", parsed_output=1)

    fields: Any = read_message(message([block]))  # type: ignore[list-item]  # as parse() gives it

    assert fields["output"]["content"] == [{"type": "text", "text": "1"}]


@pytest.mark.parametrize("answer", [None, 5, {}, {"content": None}])
def test_what_is_no_message_tells_nothing(answer: object) -> None:
    """An answer of another shape leaves the row without an output."""
    assert read_message(answer) == {}


@pytest.mark.parametrize(
    ("usage", "metrics"),
    [
        ({"input_tokens": 4}, {"prompt_tokens": 4}),
        ({"output_tokens": 4}, {"completion_tokens": 4}),
        (
            {"input_tokens": 4, "output_tokens": 1, "cache_creation_input_tokens": 5},
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "tokens": 10,
                "prompt_cache_creation_tokens": 5,
            },
        ),
        (
            {
                "input_tokens": 4,
                "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 5,
                "cache_creation": {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 0},
            },
            {
                "prompt_tokens": 9,
                "prompt_cached_tokens": 0,
                "prompt_cache_creation_5m_tokens": 5,
                "prompt_cache_creation_1h_tokens": 0,
            },
        ),
        (
            {
                "input_tokens": 4,
                "cache_creation_input_tokens": 5,
                "cache_creation": {"ephemeral_5m_input_tokens": 5},
            },
            {"prompt_tokens": 9, "prompt_cache_creation_tokens": 5},
        ),
        (
            {
                "input_tokens": 1,
                "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
            },
            {
                "prompt_tokens": 6,
                "prompt_cache_creation_5m_tokens": 2,
                "prompt_cache_creation_1h_tokens": 3,
            },
        ),
        (
            {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 7}},
            {"completion_tokens": 9, "completion_reasoning_tokens": 7},
        ),
        ({"input_tokens": -1, "output_tokens": True, "cache_read_input_tokens": 1.5}, {}),
        (None, {}),
    ],
)
def test_reported_counts_become_metrics(usage: object, metrics: dict[str, int]) -> None:
    """The prompt is whole, the cache is split where the provider does so, nothing is invented."""
    assert usage_metrics(usage) == metrics


ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
KEYS = st.sampled_from([*USE, "tool_use_id", "is_error", "content", "input_tokens"])
SHALLOW = ATOMS | st.lists(ATOMS, max_size=2) | st.dictionaries(KEYS, ATOMS, max_size=2)
COUNTS = st.sampled_from(["input_tokens", "output_tokens", "cache_creation"])


@given(st.dictionaries(COUNTS, SHALLOW))
def test_metrics_are_whole_numbers(usage: Any) -> None:
    """Whatever is reported, a metric is a whole number and not negative."""
    assert all(type(count) is int and count >= 0 for count in usage_metrics(usage).values())


def test_tools_are_matched_with_their_results() -> None:
    """Each use has its own result, in the order of the uses, wherever the results stand."""
    other = {**USE, "id": "t", "name": "code_execution"}
    results = [
        {"type": "code_execution_tool_result", "tool_use_id": "t", "content": {"stdout": "2"}},
        {"type": "web_fetch_tool_result", "tool_use_id": "s", "content": {"text": "1"}},
    ]

    spans = server_tool_spans([USE, other, *results, *TEXT])

    assert [(span.name, span.type, span.fields["output"]) for span in spans] == [
        ("web_fetch", "tool", {"text": "1"}),
        ("code_execution", "tool", {"stdout": "2"}),
    ]
    assert spans[0].fields["metadata"] == {"tool_use_id": "s"}


def test_use_without_a_result_has_no_output() -> None:
    """An answer that pauses before the tool is done tells of the use."""
    (span,) = server_tool_spans([USE])

    assert span.fields == {"input": {"url": "u"}, "metadata": {"tool_use_id": "s"}}


@pytest.mark.parametrize(
    ("result", "error"),
    [
        ({"content": {"type": "web_fetch_tool_result_error", "error_code": "gone"}}, "gone"),
        ({"is_error": True, "content": [{"type": "text", "text": "no"}]}, "no"),
        ({"is_error": True, "content": "no"}, "no"),
        ({"is_error": True, "content": []}, "error"),
    ],
)
def test_failed_tools_have_their_error(result: dict[str, Any], error: str) -> None:
    """A tool that failed says so on its row."""
    (span,) = server_tool_spans([USE, {"tool_use_id": "s", **result}])

    assert span.fields["error"] == error


def test_tools_of_an_mcp_server_name_it() -> None:
    """A tool that ran at an MCP server is told with the server's name."""
    use = {"type": "mcp_tool_use", "id": "m", "name": "f", "server_name": "x", "input": {}}

    (span,) = server_tool_spans([use])

    assert span.fields["metadata"] == {"tool_use_id": "m", "server_name": "x"}


def test_what_only_the_provider_can_read_is_left_out() -> None:
    """Encrypted content is replaced at any depth."""
    content = [{"title": "t", "encrypted_content": "xyz", "inner": {"encrypted_index": "abc"}}]
    result = {"type": "web_search_tool_result", "tool_use_id": "s", "content": content}

    (span,) = server_tool_spans([USE, result])

    assert span.fields["output"] == [
        {
            "title": "t",
            "encrypted_content": "<redacted>",
            "inner": {"encrypted_index": "<redacted>"},
        }
    ]


@given(SHALLOW | st.lists(st.dictionaries(KEYS, SHALLOW, max_size=3), max_size=3))
def test_odd_blocks_never_raise(blocks: Any) -> None:
    """Blocks of any shape give some spans, or none."""
    assert isinstance(server_tool_spans(blocks), list)
