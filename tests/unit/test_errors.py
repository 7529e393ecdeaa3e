"""The exception tree."""

from __future__ import annotations

import re

import pytest

from braintrust_otel import errors

TREE_LINE = re.compile(r"^(?P<indent>[ │]*)[├└]── (?P<name>\w+Error)", re.MULTILINE)


def drawn_parents() -> dict[str, str]:
    """Return the base that the drawing gives each error."""
    text = errors.__doc__ or ""
    lines = [(len(match["indent"]) // 4, match["name"]) for match in TREE_LINE.finditer(text)]
    path = ["BraintrustError"]
    parents = {}
    for depth, name in lines:
        del path[depth:]
        parents[name] = path[-1]
        path.append(name)
    return parents


def test_drawing_equals_the_classes() -> None:
    """Every exception is drawn under its first base, and nothing else is drawn."""
    classes = {
        name: getattr(errors, name).__bases__[0].__name__
        for name in errors.__all__
        if name != "BraintrustError"
    }

    assert drawn_parents() == classes


def test_every_public_error_is_ours() -> None:
    """One base catches them all."""
    assert all(issubclass(getattr(errors, name), errors.BraintrustError) for name in errors.__all__)


def test_login_error_is_a_value_error() -> None:
    """A refused key is a ValueError too, as the official SDK reports it."""
    assert issubclass(errors.LoginError, ValueError)


def test_send_error_carries_its_facts() -> None:
    """Status and body are attributes; without an answer they are empty."""
    error = errors.SplitError("too large", status=413, body="no")

    assert (str(error), error.status, error.body) == ("too large", 413, "no")
    assert (errors.HoldError("x").status, errors.HoldError("x").body) == (None, "")


@pytest.mark.parametrize("seconds", [None, 2.5])
def test_retry_error_carries_the_pause(seconds: float | None) -> None:
    """What the server asked to wait is an attribute."""
    error = errors.RetryError("busy", status=503, body="b", retry_after=seconds)

    assert (error.retry_after, error.status, error.body) == (seconds, 503, "b")


def test_flush_error_carries_its_causes() -> None:
    """The failures behind a flush are kept, as a tuple."""
    causes = [errors.HoldError("a"), errors.RetryError("b")]

    assert errors.FlushError("x", causes).errors == tuple(causes)
    assert errors.FlushError("x").errors == ()
