"""Numbers and times are shown as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from braintrust_otel.cli.figures import (
    as_count,
    as_duration,
    as_local_time,
    as_size,
    counted,
    number,
)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0.0, "0.0 ms"),
        (0.00042, "0.4 ms"),
        (0.0094, "9.4 ms"),
        (0.0123, "12 ms"),
        (0.999, "999 ms"),
        (0.9996, "1.00 s"),
        (3.214, "3.21 s"),
        (59.99, "59.99 s"),
        (59.999, "1m 00s"),
        (125, "2m 05s"),
        (3599.4, "59m 59s"),
        (3599.9, "1h 00m"),
        (90061, "25h 01m"),
    ],
)
def test_duration_has_the_unit_that_suits_it(seconds: float | None, shown: str) -> None:
    """Durations have about three digits, and never sixty seconds or minutes."""
    assert as_duration(seconds) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (0, "0"), (12.0, "12"), (1234567, "1234567"), (1.5, "1.5")]
)
def test_count_is_whole_where_it_can_be(value: float | None, shown: str) -> None:
    """Counts have no separators, so that other programs can read them."""
    assert as_count(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0, "0 spans"), (1, "1 span"), (2, "2 spans")])
def test_noun_follows_its_count(value: int, shown: str) -> None:
    """One thing is not several."""
    assert counted(value, "span") == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (3 << 30, "3.0 GiB"),
        (1 << 50, "1024.0 TiB"),
    ],
)
def test_size_has_the_unit_that_suits_it(size: int, shown: str) -> None:
    """Sizes are in powers of 1024."""
    assert as_size(size) == shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (2.5, 2.5),
        (True, None),
        ("1", None),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
    ],
)
def test_only_finite_numbers_are_numbers(value: object, expected: float | None) -> None:
    """What JSON may hold in the place of a number is not taken for one."""
    assert number(value) == expected


def test_time_is_local() -> None:
    """A moment is shown by the clock on the wall."""
    shown = as_local_time(1_795_317_219.0)

    read = datetime.strptime(shown, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - local time is the point
    assert read.timestamp() == 1_795_317_219.0


@pytest.mark.parametrize("seconds", [1e18, -1e18, float("nan")])
def test_time_beyond_calendars_is_absent(seconds: float) -> None:
    """A start that no calendar has does not stop the list."""
    assert as_local_time(seconds) == "-"
