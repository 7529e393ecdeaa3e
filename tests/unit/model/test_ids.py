"""Ids: their forms, and who a span's row is."""

from __future__ import annotations

import pytest

from braintrust_otel._model.ids import (
    SpanIdentity,
    format_span_id,
    format_trace_id,
    is_span_id,
    is_trace_id,
    is_uuid,
    row_id,
)


def test_ids_are_padded_lower_case_hex() -> None:
    """Trace and span ids are written with all their digits, in lower case."""
    assert format_trace_id(0xABC) == "0" * 29 + "abc"
    assert format_span_id(0xABC) == "0" * 13 + "abc"


def test_row_id_is_trace_id_then_span_id() -> None:
    """A row id follows from the span alone."""
    assert row_id("a" * 32, "b" * 16) == "a" * 32 + "b" * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4bf92f3577b34da6a3ce929d0e0e4736", True),
        ("4BF92F3577B34DA6A3CE929D0E0E4736", False),
        ("0" * 32, False),
        ("4bf92f3577b34da6a3ce929d0e0e473", False),
        ("4bf92f35-77b3-4da6-a3ce-929d0e0e4736", False),
        ("4bf92f3577b34da6a3ce929d0e0e4736\n", False),
    ],
)
def test_trace_id_form(text: str, expected: bool) -> None:
    """A trace id is 32 lower-case hex digits that are not all zero."""
    assert is_trace_id(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00f067aa0ba902b7", True),
        ("00F067AA0BA902B7", False),
        ("0" * 16, False),
        ("00f067aa0ba902b", False),
        ("", False),
    ],
)
def test_span_id_form(text: str, expected: bool) -> None:
    """A span id is 16 lower-case hex digits that are not all zero."""
    assert is_span_id(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("44444444-4444-4444-8444-444444444444", True),
        ("ABCDEF00-4444-4444-8444-444444444444", True),
        ("44444444444444448444444444444444", False),
        ("{44444444-4444-4444-8444-444444444444}", False),
    ],
)
def test_uuid_form(text: str, expected: bool) -> None:
    """A UUID counts as one only in its dashed form."""
    assert is_uuid(text) is expected


def test_root_has_null_parents() -> None:
    """A root's parents are null on its row, not an empty list."""
    assert SpanIdentity("r", "s", "t").fields() == {
        "span_id": "s",
        "root_span_id": "t",
        "span_parents": None,
    }


def test_child_lists_its_parents() -> None:
    """A child's row lists its parents, the enclosing span first."""
    assert SpanIdentity("r", "s", "t", ("p", "q")).fields()["span_parents"] == ["p", "q"]
