"""The table of records beside spans that cannot carry them."""

from __future__ import annotations

from braintrust_otel._runtime.beside import SideTable


def table(*keys: int, capacity: int = 2) -> SideTable[str]:
    made: SideTable[str] = SideTable(capacity)
    [made.keep((1, key), f"value {key}") for key in keys]
    return made


def test_a_value_is_found_until_its_span_is_done() -> None:
    """What was kept for a span is found by its ids until the span is done."""
    kept = table(1, 2)

    kept.finish((1, 1))

    assert [kept.get((1, key)) for key in (1, 2, 3)] == [None, "value 2", None]


def test_a_span_that_is_done_stays_known() -> None:
    """Of a span that is done the table remembers just that."""
    kept = table(1)

    before = kept.is_done((1, 1))
    kept.finish((1, 1))

    assert (before, kept.is_done((1, 1)), kept.is_done((1, 2))) == (False, True, False)


def test_a_span_without_a_value_is_never_done() -> None:
    """Finishing a span of which nothing was kept notes nothing."""
    kept = table()

    kept.finish((1, 1))

    assert not kept.is_done((1, 1))
    assert not kept


def test_an_empty_table_is_false_and_a_used_one_true() -> None:
    """Whether anything is known can be asked at once."""
    kept = table(1)
    kept.finish((1, 1))

    assert (bool(table()), bool(table(1)), bool(kept)) == (False, True, True)


def test_values_are_bounded() -> None:
    """At least the capacity is kept, at most twice that; what is forgotten is returned."""
    kept = table(1, 2, 3, 4)

    forgotten = list(kept.keep((1, 5), "value 5"))

    assert forgotten == ["value 1", "value 2"]
    assert [kept.get((1, key)) for key in (2, 3, 5)] == [None, "value 3", "value 5"]


def test_a_value_of_the_older_generation_can_be_finished() -> None:
    """A span may be done long after its value was kept."""
    kept = table(1, 2, 3)

    kept.finish((1, 1))

    assert (kept.get((1, 1)), kept.is_done((1, 1))) == (None, True)


def test_keys_of_spans_that_are_done_are_bounded() -> None:
    """The oldest of the spans that are done are forgotten."""
    kept = table(1, 2, 3, 4, 5, capacity=10)
    small: SideTable[str] = SideTable(2)

    for key in range(1, 6):
        small.keep((1, key), "value")
        small.finish((1, key))

    assert [small.is_done((1, key)) for key in range(1, 6)] == [False, False, True, True, True]
    assert kept.get((1, 5)) == "value 5"
