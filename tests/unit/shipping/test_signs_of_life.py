"""What a shutdown waits for, and what it says last. No thread runs, so the caller delivers."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import Container
from braintrust_otel._shipping import wording
from braintrust_otel._shipping.giving_up import Remains
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.stats import ShippingStats
from support.shipping import Rig, put
from support.sink import refused


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping, with ten seconds for the end."""
    return Rig(ShippingOptions(exit_timeout=10.0))


def test_a_sign_of_life_prolongs_a_shutdown(rig: Rig) -> None:
    """A server that answers a login late in the shutdown gets time for the rows as well."""
    shipper = rig.shipper()
    left: list[float | None] = []

    def answer_slowly(container: Container) -> None:
        rig.clock.advance(1.5)
        shipper.heard()
        rig.clock.advance(1.5)
        left.append(shipper.time_left())

    rig.router.judge = answer_slowly
    put(shipper, "a")

    complete = shipper.shutdown()

    assert complete
    assert left == [0.5]


def test_setting_up_does_not_count_as_silence(rig: Rig) -> None:
    """A shutdown does not blame the server for the time before anything was asked of it."""
    ready: list[bool] = []
    left: list[float | None] = []
    rig.change(is_ready=lambda: bool(ready))
    shipper = rig.shipper()

    def set_up(container: Container) -> None:
        rig.clock.advance(5.0)
        left.append(shipper.time_left())
        ready.append(True)

    rig.router.judge = set_up
    put(shipper, "a")

    complete = shipper.shutdown()

    assert complete
    assert left == [2.0]


def test_setting_up_is_not_waited_for_without_end(rig: Rig) -> None:
    """The time for everything together holds while nothing is set up, too."""
    rig.change(is_ready=lambda: False)
    shipper = rig.shipper()

    def take_long(container: Container) -> Exception:
        rig.clock.advance(11.0)
        return refused()

    rig.router.judge = take_long
    put(shipper, "a")

    complete = shipper.shutdown()

    assert not complete
    assert rig.said[-1] == "Shipping ended after 11.0 s: 1 row undelivered and lost."


def test_drops_are_counted_in_the_last_line(rig: Rig) -> None:
    """Rows that were dropped since the last notice about it are not forgotten at the end."""
    rig.options = ShippingOptions(queue_rows=1, block_when_full=False)
    shipper = rig.shipper()
    put(shipper, "a", "b", "c", "d")

    complete = shipper.shutdown()

    assert complete
    assert len(rig.said) == 2
    assert "(1 row so far in all)" in rig.said[0]
    assert rig.said[1] == "Shipping ended after 0.0 s: 3 rows lost in all."


@pytest.mark.parametrize(
    ("remains", "stats", "said"),
    [
        (Remains(0, 0, 1), ShippingStats(), "1 row kept on disk for the next start"),
        (
            Remains(1500, 1000, 0),
            ShippingStats(lost=1500),
            "1,500 rows undelivered and lost (1,000 of them perhaps delivered)",
        ),
        (
            Remains(1, 0, 2),
            ShippingStats(lost=12, rejected=3),
            (
                "1 row undelivered and lost, 2 rows kept on disk for the next start, "
                "12 rows lost in all, 3 rows refused by the server in all"
            ),
        ),
    ],
)
def test_last_line(remains: Remains, stats: ShippingStats, said: str) -> None:
    """The last line tells apart what is lost now or was before, doubtful, kept and refused."""
    assert wording.ended(remains, stats, 0.5) == f"Shipping ended after 0.5 s: {said}."
