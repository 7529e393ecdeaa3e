"""Calls that are made of others, and who goes around a method."""

from __future__ import annotations

from typing import Any

import braintrust_otel as braintrust
from braintrust_otel.instrument import Calls, Patch, PatchTable, patch_object, wrapper_of
from braintrust_otel.testing import capture_rows
from support.spans import FakeTracer


class Client:
    def ask(self) -> str:
        return "yes"


def passing(method: Any, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return method(*args, **kwargs)


def test_current_call_has_what_is_captured_below_it() -> None:
    """What starts in the block is below the call, and what starts after it is not."""
    calls = Calls("test")
    with capture_rows() as rows:
        braintrust.init_logger(project="p")
        run = calls.start("run", type="task")
        assert run is not None
        with run.current():
            inner = calls.start("inner")
            assert inner is not None
            inner.finish()
        run.finish()
        braintrust.start_span("later").end()
        run_row, inner_row, later = rows.all()

    assert inner_row["span_parents"] == [run_row["span_id"]]
    assert later["span_parents"] in (None, [])


def test_span_that_cannot_be_current_is_none() -> None:
    """A span of a test has no place in a context; the block runs all the same."""
    call = FakeTracer().calls().start("run")
    assert call is not None

    with call.current():
        ran = True

    assert ran


def test_wrapper_of_an_object_is_found() -> None:
    """What goes around a method of one object is known of that object alone."""
    client = Client()
    patch_object(client, {"ask": passing})

    assert wrapper_of(client, "ask") is passing
    assert wrapper_of(Client(), "ask") is None


def test_wrapper_of_a_class_is_found_until_it_is_undone() -> None:
    """What goes around a method of a class is known of all of its objects."""
    table = PatchTable([Patch(__name__, "Client.ask", passing)])
    table.apply()
    found = wrapper_of(Client(), "ask")
    table.undo()

    assert (found, wrapper_of(Client(), "ask")) == (passing, None)
