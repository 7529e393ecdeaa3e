"""Retry and probe policies."""

from __future__ import annotations

import pytest

from braintrust_otel._shipping.policy import ProbePolicy, RetryPolicy
from support.sink import down, refused


@pytest.mark.parametrize(("tries", "seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0)])
def test_pauses_double(tries: int, seconds: float) -> None:
    """Each further retry waits twice as long as the one before."""
    policy = RetryPolicy(retries=9)

    delay = policy.delay(tries, down(), chance=1.0)

    assert delay == seconds


def test_pauses_stop_growing() -> None:
    """The doubling stops at the largest delay, after however many tries."""
    policy = RetryPolicy(retries=10_000)

    delay = policy.delay(9_999, down(), chance=1.0)

    assert delay == 30.0


def test_half_of_a_pause_is_drawn() -> None:
    """The shortest pause is half of the longest, so that processes spread out."""
    policy = RetryPolicy()

    delay = policy.delay(1, down(), chance=0.0)

    assert delay == 0.5


@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (2, 3)])
def test_quick_tries_end(retries: int, tries: int) -> None:
    """After the last retry there is no further pause."""
    policy = RetryPolicy(retries=retries)

    delay = policy.delay(tries, down(), chance=0.0)

    assert delay is None


@pytest.mark.parametrize(
    ("asked", "seconds"), [(7.0, 7.0), (0.1, 1.0), (3600.0, 60.0), (-5.0, 1.0)]
)
def test_retry_after_is_a_capped_lower_limit(asked: float, seconds: float) -> None:
    """A server can make us wait longer, not shorter, and not for ever."""
    policy = RetryPolicy()

    delay = policy.delay(1, down(429, retry_after=asked), chance=1.0)

    assert delay == seconds


def test_other_errors_ask_for_nothing() -> None:
    """An error without Retry-After makes nobody wait."""
    policy = RetryPolicy()

    asked = policy.asked(refused())

    assert asked == 0.0


@pytest.mark.parametrize(("failures", "seconds"), [(0, 2.0), (1, 4.0), (4, 32.0), (500, 60.0)])
def test_probes_grow_rarer(failures: int, seconds: float) -> None:
    """Each failed probe doubles the time to the next one, up to a minute."""
    policy = ProbePolicy()

    interval = policy.interval(failures, chance=1.0)

    assert interval == seconds
