"""Adds the chunks of a streamed answer up to the answer that was streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Fields, members
from braintrust_otel_google_genai.parts import Parts
from braintrust_otel_google_genai.response import answer_fields
from braintrust_otel_google_genai.wire import camel, wire

__all__ = ["AnswerAccumulator", "RunAccumulator"]

# Members of a candidate of which each chunk has some more, and the lists in them.
_LISTS = {
    "citationMetadata": ("citations",),
    "logprobsResult": ("chosenCandidates", "topCandidates"),
}


class AnswerAccumulator:
    """Adds up the chunks of one answer.

    The result has exactly the structure of an answer that was not streamed: every candidate by
    its index, texts joined, the last word on everything else.
    """

    __slots__ = ("_candidates", "_feedback", "_id", "_model", "_usage")

    def __init__(self) -> None:
        self._candidates: dict[int, _Candidate] = {}
        self._usage: dict[str, Any] = {}
        self._feedback: object = None
        self._model: object = None
        self._id: object = None

    def add(self, chunk: Any) -> bool:
        """Take in one chunk; True when it holds content."""
        told = members(chunk)
        self._model = told.get("model_version") or self._model
        self._id = told.get("response_id") or self._id
        feedback, usage = told.get("prompt_feedback"), told.get("usage_metadata")
        if feedback is not None:
            self._feedback = wire(feedback)
        if usage is not None:
            counts = members(usage).items()
            self._usage.update({name: count for name, count in counts if count is not None})
        has_content = False
        for candidate in told.get("candidates") or ():
            text = _only_text(candidate)
            known = None if text is None else self._candidates.get(0)
            if text is None or known is None:
                has_content |= self._add_to_candidate(wire(candidate))
            else:
                has_content |= known.add_text(text)
        return has_content

    def fields(self) -> Fields:
        """Return ``output``, ``metadata`` and ``metrics`` of what was streamed so far."""
        whole = [self._candidates[index].whole() for index in sorted(self._candidates)]
        usage = {camel(name): wire(count) for name, count in self._usage.items()}
        return answer_fields(whole or None, self._feedback, self._model, usage, self._id)

    @property
    def is_finished(self) -> bool:
        """Whether every candidate that has begun has said why it ended."""
        begun = self._candidates.values()
        return bool(begun) and all(candidate.is_finished for candidate in begun)

    def _add_to_candidate(self, told: Mapping[str, Any]) -> bool:
        index = told.get("index")
        place = index if isinstance(index, int) else 0
        candidate = self._candidates.get(place)
        if candidate is None:
            candidate = self._candidates[place] = _Candidate()
        return candidate.add(told)


class RunAccumulator:
    """Adds up the chunks of a run of several answers, of which the last one is the result."""

    __slots__ = ("_answer",)

    def __init__(self) -> None:
        self._answer = AnswerAccumulator()

    def add(self, chunk: Any) -> bool:
        """Take in one chunk; True when it holds content."""
        if self._answer.is_finished and members(chunk).get("candidates"):
            self._answer = AnswerAccumulator()
        return self._answer.add(chunk)

    def fields(self) -> Fields:
        """Return the last answer; its tokens are counted where it was asked for."""
        told = self._answer.fields()
        return {name: value for name, value in told.items() if name in ("output", "metadata")}


class _Candidate:
    """One candidate."""

    __slots__ = ("_content", "_members", "_parts")

    def __init__(self) -> None:
        self._parts: Parts | None = None
        self._content: dict[str, Any] = {}
        self._members: dict[str, Any] = {}

    @property
    def is_finished(self) -> bool:
        return "finishReason" in self._members

    def add(self, told: Mapping[str, Any]) -> bool:
        for name, value in told.items():
            if name != "content":
                self._members[name] = _joined(name, self._members.get(name), value)
        content = told.get("content")
        if not isinstance(content, Mapping):
            return False
        self._content.update({name: v for name, v in content.items() if name != "parts"})
        parts = content.get("parts")
        if not isinstance(parts, list):
            return False
        if self._parts is None:
            self._parts = Parts()
        found = [self._parts.add(part) for part in parts if isinstance(part, Mapping)]
        return True in found

    def add_text(self, text: str) -> bool:
        """Take in a text that stands alone; it costs a fraction of what ``add`` does."""
        if self._parts is None:
            self._parts = Parts()
        return self._parts.add({"text": text})

    def whole(self) -> dict[str, Any]:
        content = dict(self._content)
        if self._parts is not None:
            content["parts"] = self._parts.whole()
        return {**({"content": content} if content else {}), **self._members}


def _only_text(candidate: Any) -> str | None:
    """Return the text of a candidate, as most chunks have it: there is nothing else in it."""
    if getattr(candidate, "__pydantic_fields_set__", None) != {"content"}:
        return None
    parts = getattr(candidate.content, "parts", None)
    if not isinstance(parts, list) or len(parts) != 1:
        return None
    if getattr(parts[0], "__pydantic_fields_set__", None) != {"text"}:
        return None
    text = parts[0].text
    return text if isinstance(text, str) else None


def _joined(name: str, before: Any, now: Any) -> Any:
    if name not in _LISTS or not isinstance(before, dict) or not isinstance(now, dict):
        return now
    joined = {**before, **now}
    for member in _LISTS[name]:
        pieces = [told[member] for told in (before, now) if isinstance(told.get(member), list)]
        if pieces:
            joined[member] = [entry for piece in pieces for entry in piece]
    return joined
