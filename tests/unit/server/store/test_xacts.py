"""Transaction ids."""

from __future__ import annotations

import pytest

from braintrust_otel.server.store.xacts import next_xact
from support.stores import Clock, log_row, store_in_memory


def test_id_holds_the_second() -> None:
    """An id is the documented prefix, the second, and a counter."""
    assert next_xact(0, 1_709_970_518.7) == 1000192656880828416


@pytest.mark.parametrize("now", [0.0, 1_709_970_518.0, 4_294_967_295.0, -5.0])
def test_id_has_19_digits(now: float) -> None:
    """Ids have 19 digits whatever the clock says, so that their text sorts like their number."""
    assert len(str(next_xact(0, now))) == 19


@pytest.mark.parametrize("now", [1_709_970_518.0, 5.0])
def test_id_grows_when_the_clock_does_not(now: float) -> None:
    """While the clock stands still or jumps back, ids go on growing."""
    assert next_xact(1000192656880881099, now) == 1000192656880881100


def test_writes_take_growing_ids() -> None:
    """Every write has an id above the one before, across a jump of the clock."""
    clock = Clock()
    store = store_in_memory(clock=clock)

    first = store.write([log_row("a")]).xact_id
    clock.now -= 3600
    second = store.write([log_row("b")]).xact_id
    store.close()

    assert second > first
