"""Adds the events of a message streamed by Anthropic's models up to the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from braintrust_otel.instrument import Fields
from braintrust_otel_bedrock.choices import answer_fields
from braintrust_otel_bedrock.invoke_answers import read_model_answer

__all__ = ["AnthropicEvents"]

# By the type of the delta: which member of it is a piece of which member of the block.
_PIECES: Final = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
    "input_json_delta": ("partial_json", "input"),
}
_INPUT: Final = "input"


class AnthropicEvents:
    """Adds up the events of one message, every content block at its index."""

    __slots__ = ("_blocks", "_has_totals", "_pieces", "_role", "_stop_reason", "_usage")

    def __init__(self) -> None:
        self._role = "assistant"
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: dict[int, dict[str, list[str]]] = {}
        self._usage: dict[str, Any] = {}
        self._stop_reason: Any = None
        self._has_totals = False

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content."""
        kind = chunk.get("type")
        if kind == "content_block_delta":
            return self._delta(chunk.get("index", 0), chunk.get("delta") or {})
        if kind == "content_block_start":
            block = dict(chunk.get("content_block") or {})
            self._blocks[chunk.get("index", 0)] = block
            return block.get("type") == "tool_use"
        if kind == "message_start":
            message = chunk.get("message") or {}
            self._role = message.get("role") or self._role
            self._count(message.get("usage"))
        elif kind == "message_delta":
            self._stop_reason = (chunk.get("delta") or {}).get("stop_reason")
            self._has_totals = True
            self._count(chunk.get("usage"))
        return False

    def fields(self) -> Fields:
        """Return the fields of what was streamed so far."""
        usage = self._usage
        if not self._has_totals:
            # At its start a message tells how much of the answer is there, not how long it is.
            usage = {name: count for name, count in usage.items() if name != "output_tokens"}
        if not self._blocks and self._stop_reason is None:
            return answer_fields(None, usage)
        content = [self._whole(index) for index in sorted(self._blocks)]
        message = {"role": self._role, "content": content, "stop_reason": self._stop_reason}
        return answer_fields(read_model_answer(message).output, usage)

    def _delta(self, index: int, delta: Mapping[str, Any]) -> bool:
        member, name = _PIECES.get(str(delta.get("type")), ("", ""))
        piece = delta.get(member)
        block = self._blocks.setdefault(index, {"type": "text", "text": ""})
        if delta.get("type") == "citations_delta":
            block["citations"] = [*(block.get("citations") or ()), delta.get("citation")]
            return True
        if not isinstance(piece, str) or not piece:
            return False
        self._pieces.setdefault(index, {}).setdefault(name, []).append(piece)
        return True

    def _whole(self, index: int) -> dict[str, Any]:
        """Return a block as far as it has come; the input of a tool as the text that it is."""
        block = dict(self._blocks[index])
        for name, pieces in self._pieces.get(index, {}).items():
            begun = block.get(name)
            joined = "".join(pieces)
            block[name] = joined if name == _INPUT or not begun else f"{begun}{joined}"
        return block

    def _count(self, usage: Any) -> None:
        """Take over the counts of *usage*, which are totals; one that is None says nothing."""
        told = usage if isinstance(usage, Mapping) else {}
        self._usage.update({name: count for name, count in told.items() if count is not None})
