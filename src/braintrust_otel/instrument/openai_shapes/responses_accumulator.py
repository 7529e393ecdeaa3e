"""Adds the events of a streamed response up to the response that was streamed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument.genai import response_attributes
from braintrust_otel.instrument.openai_shapes.responses_answer import as_sent, read_answer
from braintrust_otel.instrument.openai_shapes.responses_items import ItemPieces
from braintrust_otel.instrument.plain import plain, set_members
from braintrust_otel.instrument.seams import Fields

__all__ = ["ResponsesAccumulator"]

_TEXT = "response.output_text.delta"
_CALL = "_call."
_STATES = frozenset(
    {"in_progress", "searching", "interpreting", "generating", "completed", "failed"}
)

# Events that bring content although no text is in their ``delta``.
_CONTENT = frozenset(
    {
        "response.image_generation_call.partial_image",
        "response.output_text.annotation.added",
    }
)


class ResponsesAccumulator:
    """Adds up the events of one response.

    The last event brings the response whole, and then that counts. Until it comes the output is
    put together from the events that came: every item by its index, every part of it by its own.
    """

    __slots__ = ("_items", "_response")

    def __init__(self) -> None:
        self._items: dict[int, ItemPieces] = {}
        self._response: dict[str, Any] = {}

    def add(self, chunk: Any) -> bool:
        """Take in one event; True when it holds content (text, a call, a summary, ...)."""
        # What is set does not matter here, and finding it out costs more than all the rest.
        parts = chunk if isinstance(chunk, dict) else getattr(chunk, "__dict__", {})
        kind = parts.get("type")
        if kind == _TEXT and (delta := parts.get("delta")):
            self._item(parts.get("output_index")).add_text(parts.get("content_index"), delta)
            return True
        return self._add_other(set_members(chunk))

    def answer(self) -> dict[str, Any]:
        """Return the response as plain data, as far as it has come."""
        answer = dict(self._response)
        # Some servers leave the output out of the last event, because it was streamed already.
        if self._items and not answer.get("output"):
            answer["output"] = [self._items[index].whole() for index in sorted(self._items)]
        return answer

    def fields(self) -> Fields:
        """Return the row's fields for what was streamed so far."""
        answer = self.answer()
        return {**read_answer(answer), "attributes": partial(response_attributes, answer)}

    def _add_other(self, event: Mapping[str, Any]) -> bool:
        named = event.get("type") or ""
        kind = str(getattr(named, "value", named))  # some libraries name types by an enumeration
        response = event.get("response")
        if response is not None:
            self._response = as_sent(response)
        elif "output_index" in event:
            return self._add_to_item(kind, event)
        elif kind == "error":
            self._response = {**self._response, "error": plain(dict(event))}
        elif isinstance(event.get("data"), dict):
            return self.add(event["data"])  # as older clients hand on events they do not know
        return bool(kind.endswith(".delta") and event.get("delta"))

    def _add_to_item(self, kind: str, event: Mapping[str, Any]) -> bool:
        item = self._item(event["output_index"])
        if kind == "response.output_item.added":
            return item.begin(as_sent(event.get("item")))
        if kind == "response.output_item.done":
            return item.end(as_sent(event.get("item")))
        *_, state = kind.rpartition(".")
        if _CALL in kind and state in _STATES:
            item.told["status"] = state
            return False
        return item.add(kind.removeprefix("response."), event) or kind in _CONTENT

    def _item(self, index: Any) -> ItemPieces:
        place = index if isinstance(index, int) else 0
        item = self._items.get(place)
        if item is None:
            item = self._items[place] = ItemPieces()
        return item
