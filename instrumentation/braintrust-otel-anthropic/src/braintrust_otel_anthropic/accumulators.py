"""Adds the events of a streamed message up to the message that was streamed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, response_attributes, set_members
from braintrust_otel_anthropic.blocks import Block
from braintrust_otel_anthropic.response import message_fields

__all__ = ["MessageAccumulator"]


class MessageAccumulator:
    """Adds up the events of one message.

    The result has exactly the structure of a message that was not streamed: every content block
    at its index, tool inputs as objects.
    """

    __slots__ = ("_blocks", "_has_totals", "_message", "_stop_reason", "_usage")

    def __init__(self) -> None:
        self._blocks: dict[int, Block] = {}
        self._message: Mapping[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._stop_reason: object = None
        self._has_totals = False

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content (text, thinking, a tool call, ...)."""
        # What is set does not matter here, and finding it out costs more than all the rest.
        parts = chunk if isinstance(chunk, dict) else getattr(chunk, "__dict__", {})
        kind = parts.get("type")
        if kind == "content_block_delta":
            return self._block(parts.get("index")).add(parts.get("delta"))
        if kind == "content_block_start":
            return self._block(parts.get("index")).begin(parts.get("content_block"))
        if kind == "message_start":
            self._message = set_members(parts.get("message"))
            self._count(self._message.get("usage"))
        elif kind == "message_delta":
            self._end(parts)
        return False

    def fields(self) -> Fields:
        """Return ``output``, ``metadata`` and ``metrics`` of what was streamed so far."""
        output = None
        if self._blocks or self._stop_reason:
            output = {
                "role": self._message.get("role", "assistant"),
                "content": [self._blocks[index].whole() for index in sorted(self._blocks)],
                "stop_reason": self._stop_reason,
            }
        usage = self._usage
        if not self._has_totals:
            # At its start a message tells how much of the answer is there, not how long it is.
            usage = {name: count for name, count in usage.items() if name != "output_tokens"}
        return {
            **message_fields(output, self._message.get("model"), usage),
            "attributes": partial(response_attributes, self._message),
        }

    def _block(self, index: object) -> Block:
        place = index if isinstance(index, int) else 0
        block = self._blocks.get(place)
        if block is None:
            block = self._blocks[place] = Block()
        return block

    def _end(self, parts: Mapping[str, Any]) -> None:
        self._stop_reason = set_members(parts.get("delta")).get("stop_reason") or self._stop_reason
        self._has_totals = True
        self._count(parts.get("usage"))

    def _count(self, usage: Any) -> None:
        """Take over the counts of *usage*, which are totals; one that is None says nothing."""
        counts = set_members(usage)
        self._usage.update({name: told for name, told in counts.items() if told is not None})
