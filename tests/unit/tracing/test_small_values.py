"""Values that programs pass around: types of spans, ids, texts of exceptions."""

from __future__ import annotations

import builtins
import sys

import pytest

from braintrust_otel._tracing.failures import stringify_exception
from braintrust_otel._tracing.span import without_nones
from braintrust_otel._tracing.values import SpanIds, SpanTypeAttribute


@pytest.mark.parametrize("member", list(SpanTypeAttribute))
def test_a_type_is_its_text(member: SpanTypeAttribute) -> None:
    """A member can stand wherever the text can."""
    assert member == member.value == str(member) == f"{member}"
    assert isinstance(member, str)


def test_ids_are_a_plain_value() -> None:
    """They compare and print as what they hold."""
    ids = SpanIds("a", "b", ["c"])

    assert ids == SpanIds(span_id="a", root_span_id="b", span_parents=["c"])
    assert "root_span_id='b'" in repr(ids)


def test_an_exception_is_written_as_python_prints_it() -> None:
    """Its cause comes first, type and message come last."""
    try:
        try:
            _ = 1 / 0
        except ZeroDivisionError as cause:
            raise KeyError("outer") from cause
    except KeyError:
        text = stringify_exception(*sys.exc_info())

    assert text.index("ZeroDivisionError: division by zero") < text.index("direct cause")
    assert text.rstrip().endswith("KeyError: 'outer'")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are new in Python 3.11")
def test_members_of_a_group_are_written() -> None:
    """Every message inside nested groups appears."""
    group_type = vars(builtins)["ExceptionGroup"]
    group = group_type("outer", [ValueError("one"), group_type("inner", [KeyError("two")])])

    text = stringify_exception(type(group), group, None)

    assert "ValueError: one" in text
    assert "KeyError: 'two'" in text


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"a": None, "b": {"c": None, "d": 1}}, {"b": {"d": 1}}),
        ({"a": [None]}, {"a": [None]}),
        ({"a": {}}, {"a": {}}),
        (None, None),
    ],
)
def test_none_is_left_out_of_objects(value: object, kept: object) -> None:
    """At any depth a member that is None is not given; items of lists stay."""
    assert without_nones(value) == kept
