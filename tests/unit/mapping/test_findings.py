"""Which finding wins, and which attributes are told by what was found."""

from __future__ import annotations

from collections.abc import Iterable

from braintrust_otel._mapping.findings import Dialect, Finding, Reading, nothing, read
from braintrust_otel._mapping.view import SpanView
from support.views import foreign


def saying(*findings: Finding) -> Dialect:
    """Return a dialect that finds *findings* on every span."""

    def dialect(_view: SpanView, /) -> Iterable[Finding]:
        return findings

    return dialect


def test_first_dialect_wins_field_by_field() -> None:
    """An earlier dialect's value stays; fields and members that it lacks are added."""
    first = saying(Finding("input", [1], ("a",)), Finding("metadata", "x", ("b",), "model"))
    second = saying(
        Finding("input", [2], ("c",)),
        Finding("output", [3], ("d",)),
        Finding("metadata", "y", ("e",), "model"),
        Finding("metadata", "z", ("f",), "provider"),
    )

    reading = read(foreign(), (first, second))

    assert reading == Reading(
        {"input": [1], "output": [3], "metadata": {"model": "x", "provider": "z"}},
        frozenset({"a", "b", "d", "f"}),
    )


def test_attribute_is_told_only_if_all_of_it_is() -> None:
    """An attribute of which one value lost is told elsewhere as a whole."""
    first = saying(Finding("metadata", 1, (), "a"))
    second = saying(Finding("metadata", 2, ("both",), "a"), Finding("metadata", 3, ("both",), "b"))

    assert read(foreign(), (first, second)).used == frozenset()


def test_member_of_no_object_loses() -> None:
    """A member cannot be added to a field that another dialect took whole."""
    reading = read(
        foreign(),
        (saying(Finding("origin", "whole", ("a",))), saying(Finding("origin", 1, ("b",), "id"))),
    )

    assert reading == Reading({"origin": "whole"}, frozenset({"a"}))


def test_value_that_equals_the_winner_is_told() -> None:
    """An attribute that only repeats what won needs no further place."""
    first = saying(Finding("metrics", 3, ("a",), "tokens"), Finding("input", [1], ("b",)))
    second = saying(Finding("metrics", 3, ("c",), "tokens"), Finding("input", [1], ("d",)))

    assert read(foreign(), (first, second)).used == {"a", "b", "c", "d"}


def test_values_too_deep_to_compare_differ() -> None:
    """Two values that cannot be compared are told both."""
    first, second = (saying(Finding("input", nested(5_000), (name,))) for name in "ab")

    assert read(foreign(), (first, second)).used == {"a"}


def test_two_readings_of_one_attribute_are_told_once() -> None:
    """An attribute that a later dialect reads differently, into the same field, is told."""
    first = saying(Finding("input", [1, 2], ("a", "b")))
    second = saying(Finding("input", [1], ("a", "c")))

    assert read(foreign(), (first, second)).used == {"a", "b"}


def test_nothing_is_said_and_told() -> None:
    """Attributes that say nothing leave no trace."""
    assert read(foreign(), (saying(nothing("a", "b")),)) == Reading({}, frozenset({"a", "b"}))


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value
