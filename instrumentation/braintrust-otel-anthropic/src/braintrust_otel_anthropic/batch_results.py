"""Sums up the results of a message batch while the user reads them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from braintrust_otel.instrument import Fields, members
from braintrust_otel_anthropic.usage import usage_metrics

__all__ = ["ResultsAccumulator"]


class ResultsAccumulator:
    """Counts results by how they came out, and their tokens.

    A batch holds up to 100,000 messages, and users read them one by one to hold one at a time: so
    nothing of a result is kept.
    """

    __slots__ = ("_counts", "_tokens")

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()

    def add(self, chunk: Any) -> bool:
        """Take in one result; there is no first token in what was answered long ago."""
        result = members(members(chunk).get("result"))
        self._counts[str(result.get("type"))] += 1
        self._tokens.update(usage_metrics(members(result.get("message")).get("usage")))
        return False

    def fields(self) -> Fields:
        """Return the number of results of each kind as ``output``, and sums of their tokens."""
        fields: dict[str, object] = {"output": dict(self._counts)}
        if self._tokens:
            fields["metrics"] = dict(self._tokens)
        return fields
