"""Delivering what is left at the shutdown of a provider, without ending delivery."""

from __future__ import annotations

import pytest

from braintrust_otel._runtime.settling import settle
from braintrust_otel._shipping.stats import ShippingStats
from braintrust_otel.errors import FlushError


class Answering:
    """A shipper whose flushes take all their time and acknowledge what a test says.

    Attributes:
        waited: The timeouts it was given.
        now: Its clock.
    """

    def __init__(self, *answers: int | bool | FlushError) -> None:
        self._answers = list(answers)
        self._sent = 0
        self.waited: list[float | None] = []
        self.now = 100.0

    def flush(self, timeout: float | None = None) -> bool:
        """Take the next answer: done, so many rows acknowledged, or an error."""
        self.waited.append(timeout)
        self.now += timeout or 0.0
        answer = self._answers.pop(0)
        if isinstance(answer, FlushError):
            raise answer
        self._sent += answer
        return answer is True

    def stats(self) -> ShippingStats:
        return ShippingStats(sent=self._sent)


@pytest.mark.parametrize(
    ("answers", "total", "is_done", "waited"),
    [
        pytest.param([True], 30.0, True, [2.0], id="healthy"),
        pytest.param([0], 30.0, False, [2.0], id="dead"),
        pytest.param([5, 5, True], 30.0, True, [2.0, 2.0, 2.0], id="slow"),
        pytest.param([5, 0], 30.0, False, [2.0, 2.0], id="dies"),
        pytest.param([5, 5], 3.0, False, [2.0, 1.0], id="too slow"),
        pytest.param([0], 0.0, False, [0.0], id="no time"),
        pytest.param([FlushError("no", [])], 30.0, False, [2.0], id="refused"),
    ],
)
def test_waits_while_acknowledgements_come(
    answers: list[int], total: float, is_done: bool, waited: list[float]
) -> None:
    """Two seconds are waited for each sign of life, and never more than in all."""
    shipper = Answering(*answers)

    result = settle(shipper, total, lambda: shipper.now)

    assert (result, shipper.waited) == (is_done, waited)
