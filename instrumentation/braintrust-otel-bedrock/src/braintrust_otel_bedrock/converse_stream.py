"""Adds the events of a streamed answer of Converse up to the answer that was streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields
from braintrust_otel_bedrock.converse import read_answer
from braintrust_otel_bedrock.pieces import Block

__all__ = ["ConverseAccumulator"]


class ConverseAccumulator:
    """Adds up the events of one message, of Converse or of Nova.

    The result has exactly the structure of an answer that was not streamed: every content block
    at its index. The input of a tool stays the text as which it came.
    """

    __slots__ = ("_blocks", "_role", "_stop_reason", "_trace", "_usage")

    def __init__(self) -> None:
        self._blocks: dict[int, Block] = {}
        self._role = "assistant"
        self._stop_reason: Any = None
        self._usage: Any = None
        self._trace: Any = None

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content (text, reasoning, a tool call, ...)."""
        for name, told in chunk.items():
            if name == "contentBlockDelta":
                return self._block(told).add(told.get("delta") or {})
            if name == "contentBlockStart":
                return self._block(told).begin(told.get("start") or {})
            if name == "messageStart":
                self._role = told.get("role") or self._role
            elif name == "messageStop":
                self._stop_reason = told.get("stopReason")
            elif name == "metadata":
                self._usage = dict(told.get("usage") or {})
                self._trace = dict(told.get("trace") or {})
        return False

    def fields(self) -> Fields:
        """Return ``output``, ``metadata`` and ``metrics`` of what was streamed so far."""
        answer: dict[str, Any] = {"usage": self._usage, "trace": self._trace}
        if self._blocks or self._stop_reason is not None:
            content = [self._blocks[index].whole() for index in sorted(self._blocks)]
            answer["output"] = {"message": {"role": self._role, "content": content}}
            answer["stopReason"] = self._stop_reason
        return read_answer(answer)

    def _block(self, told: Mapping[str, Any]) -> Block:
        place = told.get("contentBlockIndex") or 0
        block = self._blocks.get(place)
        if block is None:
            block = self._blocks[place] = Block()
        return block
