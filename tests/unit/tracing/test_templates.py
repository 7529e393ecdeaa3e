"""Templates of log events: rendered where they can be, left alone where they cannot."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._tracing.templates import render


class Hostile:
    def __format__(self, spec: str) -> str:
        raise RuntimeError("no format")

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("template", "values", "text"),
    [
        ("hello {x}", {"x": 3}, "hello 3"),
        ("{a} and {b}, {a}", {"a": 1, "b": None}, "1 and None, 1"),
        ("{x!r} {x:>4} {x!s:<3}|", {"x": "a"}, "'a'    a a  |"),
        ("{seconds:.2f} s", {"seconds": 1.239}, "1.24 s"),
        ("{{x}} {x}", {"x": 1}, "{x} 1"),
        ("{missing} {x}", {"x": 1}, "{missing} 1"),
        ("{missing!r:>4}", {"x": 1}, "{missing!r:>4}"),
        ("{} {0}", {"x": 1}, "{} {0}"),
        ("{open", {"open": 1}, "{open"),
        ("{x:nonsense}", {"x": 1}, "1"),
        ("{x!z}", {"x": 1}, "1"),
    ],
)
def test_names_become_their_values(template: str, values: dict[str, Any], text: str) -> None:
    """What names a value is replaced; what does not stays as it is written."""
    assert render(template, values) == text


@pytest.mark.parametrize("template", ["{x.__class__}", "{x[0]}", "{x.secret!r}"])
def test_values_are_not_looked_into(template: str) -> None:
    """A template with a user's text in it reaches no attribute and no item."""
    assert render(template, {"x": "value"}) == template


@pytest.mark.parametrize("template", ["{x:1000000000}", "{x:>99999999}", "{x:{width}}"])
def test_no_template_asks_for_megabytes(template: str) -> None:
    """A format that pads without measure is not followed."""
    assert render(template, {"x": 7, "width": 10**9}) == "7"


def test_a_value_without_a_text_is_named_by_its_type() -> None:
    """A raising __str__ costs the value only."""
    assert render("a {x} b", {"x": Hostile()}) == "a <non-sanitizable: Hostile> b"


@given(st.text(alphabet="{}!:.[]xyz0 >"), st.dictionaries(st.sampled_from("xyz"), st.integers()))
def test_rendering_never_raises(template: str, values: dict[str, int]) -> None:
    """Every text is a template."""
    assert isinstance(render(template, values), str)
