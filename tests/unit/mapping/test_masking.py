"""Masking: what the function sees, what it may return, and that its failures leak nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from braintrust_otel._json import Encoded, Marker, encode
from braintrust_otel._mapping.masking import FIELDS_AND_ERROR, mask_row
from braintrust_otel._model.rows import Row
from support.views import LOGS, fields_of

ORIGIN = {"name": "braintrust.otel.python"}


class File(Marker):
    @property
    def reference(self) -> dict[str, object]:
        return {"type": "braintrust_attachment", "key": "k"}


def row_of(**fields: object) -> Row:
    return Row("r", LOGS, fields)


def masked(function: Callable[[Any], object], **fields: object) -> dict[str, Any]:
    return fields_of(mask_row(row_of(**fields), function))


def fail(_value: object) -> object:
    raise RuntimeError("secret")


def give(value: object) -> Callable[[object], object]:
    return lambda _value: value


def test_every_maskable_field_is_masked_whole() -> None:
    """The function is given each field's whole plain value; ids, tags and errors stay."""
    seen: list[object] = []

    def note(value: object) -> object:
        seen.append(value)
        return {"n": 0.5}

    fields = masked(
        note,
        input=encode({"a": [1]}),
        output={"b": encode("x")},
        expected="e",
        metadata=encode({"m": 1}),
        scores={"s": 1},
        tags=encode(["t"]),
        error="e",
        span_id="s",
        other=1,
    )

    assert seen == [{"a": [1]}, {"b": "x"}, "e", {"m": 1}, {"s": 1}]
    assert fields == {
        "input": {"n": 0.5},
        "output": {"n": 0.5},
        "expected": {"n": 0.5},
        "metadata": {"n": 0.5},
        "scores": {"n": 0.5},
        "tags": ["t"],
        "error": "e",
        "span_id": "s",
        "other": 1,
    }


def test_system_members_are_not_handed_over() -> None:
    """Times and origin stay as they are; the rest of metrics and context is masked."""
    seen: list[Any] = []

    def note(value: Any) -> object:
        seen.append(value)
        return dict.fromkeys(value, 0)

    fields = masked(
        note,
        metrics={"start": 1.5, "end": 2.5, "tokens": 3},
        context=encode({"span_origin": ORIGIN, "caller_lineno": 9}),
    )

    assert seen == [{"caller_lineno": 9}, {"tokens": 3}]
    assert fields == {
        "metrics": {"start": 1.5, "end": 2.5, "tokens": 0},
        "context": {"span_origin": ORIGIN, "caller_lineno": 0},
    }


def test_system_members_alone_are_not_masked() -> None:
    """With nothing but times and origin there is nothing to mask."""
    fields = {"metrics": {"start": 1.5}, "context": {"span_origin": ORIGIN}}

    assert masked(fail, **fields) == fields


def test_none_leaves_the_field_out() -> None:
    """A function that returns None removes the field, all but the system's members."""
    fields = masked(give(None), input=1, metrics={"start": 1.5, "tokens": 1}, scores={"s": 1})

    assert fields == {"metrics": {"start": 1.5}}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("input", {"a": 1}, {"input": "ERROR: Failed to mask field 'input' - RuntimeError"}),
        (
            "metadata",
            {"a": 1},
            {"metadata": {"error": "ERROR: Failed to mask field 'metadata' - RuntimeError"}},
        ),
        (
            "context",
            {"a": 1, "span_origin": ORIGIN},
            {
                "context": {
                    "span_origin": ORIGIN,
                    "error": "ERROR: Failed to mask field 'context' - RuntimeError",
                }
            },
        ),
        (
            "scores",
            {"a": 1},
            {"error": "ERROR: Failed to mask field 'scores' - RuntimeError"},
        ),
        (
            "metrics",
            {"a": 1, "start": 1.5},
            {
                "metrics": {"start": 1.5},
                "error": "ERROR: Failed to mask field 'metrics' - RuntimeError",
            },
        ),
    ],
)
def test_failure_leaks_nothing(name: str, value: object, expected: dict[str, Any]) -> None:
    """A failing function leaves the name of the field and of the error, nothing of the value."""
    assert masked(fail, **{name: value}) == expected


def test_feedback_is_masked() -> None:
    """The comment and the metadata of feedback are masked; who gave it stays."""
    fields = masked(
        lambda value: dict.fromkeys(value, "***"),
        comment={"text": "secret"},
        _audit_metadata=encode({"user": "secret"}),
        _audit_source="app",
        origin={"id": "r"},
    )

    assert fields == {
        "comment": {"text": "***"},
        "_audit_metadata": {"user": "***"},
        "_audit_source": "app",
        "origin": {"id": "r"},
    }


@pytest.mark.parametrize(
    ("function", "text"),
    [(give(None), ""), (fail, "ERROR: Failed to mask field 'comment' - RuntimeError")],
)
def test_comment_stays_a_comment(function: Callable[[object], object], text: str) -> None:
    """A comment that is masked away, or cannot be masked, is still one, without its text."""
    assert masked(function, comment={"text": "secret"}) == {"comment": {"text": text}}


def test_absent_value_is_not_masked() -> None:
    """A function need not deal with fields that are not there."""
    assert masked(fail, _audit_metadata=None) == {"_audit_metadata": None}


def test_error_is_masked_on_request() -> None:
    """Errors go to the function where that was asked for."""
    row = mask_row(row_of(error="secret", input="secret"), give("***"), FIELDS_AND_ERROR)

    assert fields_of(row) == {"error": "***", "input": "***"}


@pytest.mark.parametrize(
    ("before", "error"),
    [(None, ""), ("boom", "boom; "), (encode("boom"), "boom; "), ({"a": 1}, '{"a":1}; ')],
)
def test_failures_join_the_error(before: object, error: str) -> None:
    """The failures of scores and metrics are added to the error that was there."""
    fields = masked(fail, scores={"a": 1}, metrics={"b": 1}, error=before)

    assert fields["error"] == (
        f"{error}ERROR: Failed to mask field 'scores' - RuntimeError; "
        "ERROR: Failed to mask field 'metrics' - RuntimeError"
    )


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("metadata", "x"),
        ("context", [1]),
        ("scores", 1),
        ("scores", {"a": 2}),
        ("scores", {"a": True}),
        ("scores", {"a": "x"}),
        ("metrics", {"a": None}),
        ("metrics", {"a": 2**1100}),
        ("metrics", {"a": float("nan")}),
    ],
)
def test_result_that_does_not_fit_is_a_failure(name: str, result: object) -> None:
    """What the field cannot hold is not taken: it is answered like a failure of the function."""
    fields = masked(give(result), **{name: {"secret": 1}})

    assert f"ERROR: Failed to mask field '{name}' - " in str(fields)
    assert "secret" not in str(fields)


def test_scores_may_become_none() -> None:
    """A score may be masked by None."""
    assert masked(give({"a": None}), scores={"a": 1}) == {"scores": {"a": None}}


def test_attachments_left_in_place_stay() -> None:
    """A marker stays with the field as long as its reference does."""
    file = File()
    row = row_of(input=encode({"f": file, "s": "secret"}), output=encode([file]))

    fields = mask_row(row, lambda value: value if isinstance(value, dict) else "gone").fields

    assert isinstance(fields["input"], Encoded)
    assert fields["input"].markers == (file,)
    assert isinstance(fields["output"], Encoded)
    assert fields["output"].markers == ()


def test_context_attachments_stay() -> None:
    """Markers survive where the system's members are put back, too."""
    file = File()

    context = mask_row(row_of(context=encode({"f": file, "span_origin": ORIGIN})), dict).fields[
        "context"
    ]

    assert isinstance(context, Encoded)
    assert context.markers == (file,)


def test_the_row_is_left_alone() -> None:
    """The function changes its own copy; the given row stays as it was."""
    fields = {"input": {"a": 1}}
    row = row_of(**fields)

    def spoil(value: Any) -> object:
        value.clear()
        return value

    assert fields_of(mask_row(row, spoil)) == {"input": {}}
    assert row.fields == {"input": {"a": 1}}


def test_row_keeps_what_it_is() -> None:
    """Id, container and the kind of write are the same after masking."""
    row = Row("r", LOGS, {"input": 1}, is_merge=True, may_join=False)

    assert mask_row(row, give("x")) == Row(
        "r", LOGS, {"input": encode("x")}, is_merge=True, may_join=False
    )


def test_interrupt_passes() -> None:
    """What is no ordinary error passes, so that the row is not sent."""

    def interrupt(_value: object) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mask_row(row_of(input=1), interrupt)
