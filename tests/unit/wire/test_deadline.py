from __future__ import annotations

import pytest

from braintrust_otel._wire.deadline import UPLOAD_BYTES_PER_SECOND, Deadline, StreamDeadline


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_left_shrinks_with_the_clock() -> None:
    """A deadline counts down from when it was made."""
    clock = Clock()
    deadline = Deadline(10.0, clock)

    clock.now += 4.0

    assert (deadline.left, deadline.remaining()) == (6.0, 6.0)


def test_a_passed_deadline_leaves_nothing() -> None:
    """Past its end a deadline has zero seconds left, and asking for more raises."""
    clock = Clock()
    deadline = Deadline(10.0, clock)

    clock.now += 10.5

    assert deadline.left == 0.0
    with pytest.raises(TimeoutError):
        deadline.remaining()


def test_a_stream_renews_its_deadline_within_its_size() -> None:
    """Each piece starts the pause anew, until the time that the size allows is used up."""
    now = [0.0]
    deadline = StreamDeadline(10.0, 5 * UPLOAD_BYTES_PER_SECOND, lambda: now[0])

    now[0] = 9.0
    deadline.renew()
    after_renewal = deadline.left
    now[0] = 14.0
    deadline.renew()

    assert after_renewal == 6.0
    assert deadline.left == 1.0


def test_an_answer_may_take_longer_than_a_piece() -> None:
    """What the system has buffered must get out before the answer can come."""
    deadline = StreamDeadline(10.0, 20 * UPLOAD_BYTES_PER_SECOND, lambda: 0.0)

    deadline.finish()

    assert deadline.left == 30.0
