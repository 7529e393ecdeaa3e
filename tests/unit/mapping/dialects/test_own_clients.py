"""The spans that provider clients make of their own."""

from __future__ import annotations

from support.dialects import chat, metrics_of, row_of, spell

SAID = [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}]}]


def test_why_anthropics_model_stopped() -> None:
    """The reason stands beside the messages, and becomes a part of the choice."""
    told = chat(output__messages=spell(SAID)) | {"anthropic.message.stop_reason": "end_turn"}

    fields = row_of(told)

    assert fields["output"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "ho"},
        }
    ]
    assert "metadata" not in fields


def test_reason_without_messages_is_kept() -> None:
    """Without content, as is the default, the reason is metadata, and nothing is made up."""
    fields = row_of(chat() | {"anthropic.message.stop_reason": "tool_use"})

    assert "output" not in fields
    assert fields["metadata"] == {"anthropic.message.stop_reason": "tool_use"}


def test_cache_writes_by_lifetime() -> None:
    """Tokens written to the cache are told by lifetime."""
    prefix = "anthropic.usage.cache_creation.ephemeral"
    told: dict[str, object] = {f"{prefix}_5m_input_tokens": 1, f"{prefix}_1h_input_tokens": 2}

    assert metrics_of(told) == {
        "prompt_cache_creation_5m_tokens": 1,
        "prompt_cache_creation_1h_tokens": 2,
    }


def test_result_of_a_tool() -> None:
    """What a tool of the client's runner answered is the output."""
    told = {"gen_ai.operation.name": "execute_tool", "anthropic.tool_result.content": '[{"a": 1}]'}

    assert row_of(told)["output"] == [{"a": 1}]
    assert row_of({**told, "anthropic.tool_result.content": "two"})["output"] == "two"


def test_messages_of_no_kind_are_kept() -> None:
    """Messages that cannot be read do not lose the reason."""
    told = chat(output__messages="[5]") | {"anthropic.message.stop_reason": "end_turn"}

    assert row_of(told)["metadata"]["anthropic.message.stop_reason"] == "end_turn"
