"""Adds the chunks of a stream up, with what LiteLLM says of them beside the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from typing_extensions import override

from braintrust_otel.instrument import Accumulator, Fields
from braintrust_otel_litellm.answer import answered_by, hidden, with_choices

__all__ = ["choices_accumulator", "events_accumulator"]

Accumulate = Callable[[], Accumulator]
AccumulateOf = Callable[[Any], Accumulator]


def events_accumulator(accumulate: Accumulate) -> AccumulateOf:
    """Return what makes an accumulator for a stream, whose events *accumulate* adds up."""

    def accumulate_of(stream: Any) -> Accumulator:
        return _Streamed(accumulate(), stream)

    return accumulate_of


def choices_accumulator(accumulate: Accumulate) -> AccumulateOf:
    """Return the same for streams whose chunks are pieces of choices."""

    def accumulate_of(stream: Any) -> Accumulator:
        return _StreamedChoices(accumulate(), stream)

    return accumulate_of


class _Streamed:
    """Adds up one stream, and notes who answers."""

    __slots__ = ("_added", "_answered_by", "_stream")

    def __init__(self, added: Accumulator, stream: Any) -> None:
        self._added = added
        self._stream = stream
        self._answered_by: dict[str, object] = {}

    def add(self, chunk: Any) -> bool:
        """Take in one chunk; True when it holds content."""
        if not self._answered_by and getattr(chunk, "_hidden_params", None):
            self._answered_by = answered_by(chunk)
        return self._added.add(chunk)

    def fields(self) -> Fields:
        """Return the row's fields for what was streamed so far."""
        fields = dict(self._added.fields())
        told: Any = fields.get("metadata", {})
        fields["metadata"] = {**told, **answered_by(self._stream), **self._answered_by}
        return fields


class _StreamedChoices(_Streamed):
    """Adds up the pieces of choices.

    The library takes the token counts out of the chunks, but for users who asked for them. It
    keeps them with the chunks that it was sent, and says them beside the last one that it hands on.
    """

    __slots__ = ("_usage",)

    def __init__(self, added: Accumulator, stream: Any) -> None:
        super().__init__(added, stream)
        self._usage: list[Any] = []

    @override
    def add(self, chunk: Any) -> bool:
        for usage in (getattr(chunk, "usage", None), hidden(chunk, "usage")):
            if usage is not None:
                self._usage.append(usage)
        return super().add(chunk)

    @override
    def fields(self) -> Fields:
        return with_choices(super().fields(), *self._usage, *self._kept())

    def _kept(self) -> Iterator[Any]:
        for chunk in tuple(getattr(self._stream, "chunks", None) or ()):
            usage = getattr(chunk, "usage", None)
            if usage is not None:
                yield usage
