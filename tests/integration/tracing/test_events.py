"""Log events with levels: one row each, at the span that encloses them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows

LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"]


@pytest.fixture
def project(rows: CapturedRows) -> braintrust.Logger:
    """Return a current project."""
    return braintrust.init_logger(project="events")


def events_of(rows: CapturedRows) -> list[dict[str, Any]]:
    return [row for row in rows.all() if row["span_attributes"].get("type") == "log"]


def test_a_whole_event(project: braintrust.Logger, rows: CapturedRows) -> None:
    """The text is the output; template and parameters are metadata; it starts where it ends."""
    returned = project.info("found {count} of {what!r}", {"index": "news"}, count=3, what="docs")

    row = rows.one()
    assert row["id"] == returned
    assert row["output"] == "found 3 of 'docs'"
    assert row["metadata"] == {
        "index": "news",
        "braintrust.template": "found {count} of {what!r}",
        "braintrust.template.parameter.count": 3,
        "braintrust.template.parameter.what": "docs",
    }
    assert row["metrics"]["start"] == row["metrics"]["end"]
    assert row["span_attributes"] == {"type": "log", "log_level": "info", "exec_counter": 1}
    assert row["span_parents"] is None
    assert (len(row["span_id"]), len(row["root_span_id"])) == (16, 32)
    assert row["context"]["caller_functionname"] == "test_a_whole_event"
    assert row["context"]["span_origin"]["name"] == "braintrust.otel.python"
    assert row["created"].endswith("+00:00")


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_has_its_method(
    level: str, project: braintrust.Logger, rows: CapturedRows
) -> None:
    """project.<level>() logs an event of that level, as emit_log does."""
    method: Callable[..., str] = getattr(project, level)
    method("said", {"a": 1}, x=2)
    project.emit_log("said", level, {"a": 1}, x=2)  # type: ignore[arg-type]  # one of the levels

    one, two = rows.all()
    assert one["span_attributes"]["log_level"] == two["span_attributes"]["log_level"] == level
    assert (one["output"], one["metadata"]) == (two["output"], two["metadata"])


def test_a_level_that_does_not_exist_raises(project: braintrust.Logger, rows: CapturedRows) -> None:
    """The error names the levels there are, and nothing is logged."""
    with pytest.raises(ValueError, match="trace, debug, info, warn, error, fatal"):
        project.emit_log("x", "notice")  # type: ignore[arg-type]  # refused

    with pytest.raises(ValueError, match="metadata"):
        project.info("x", ["no object"])  # type: ignore[arg-type]  # refused

    assert rows.all() == []


@pytest.mark.parametrize("body", ["plain {braces} {{twice}}", {"any": ["value"]}, 7])
def test_without_parameters_a_body_stays_as_it_is(
    body: Any, project: braintrust.Logger, rows: CapturedRows
) -> None:
    """Nothing is rendered and no template is kept; any value can be a body."""
    project.warn(body)

    row = rows.one()
    assert row["output"] == body
    assert "metadata" not in row


def test_a_body_that_is_no_text_keeps_its_parameters(
    project: braintrust.Logger, rows: CapturedRows
) -> None:
    """There is nothing to render, and nothing is lost."""
    project.info({"a": 1}, x=2)

    row = rows.one()
    assert row["output"] == {"a": 1}
    assert row["metadata"] == {
        "braintrust.template": {"a": 1},
        "braintrust.template.parameter.x": 2,
    }


def test_an_event_stands_at_the_span_that_encloses_it(
    project: braintrust.Logger, rows: CapturedRows
) -> None:
    """It has the ids of that span, also of a child, and no parents; its row is its own."""
    with braintrust.start_span(name="outer"), braintrust.start_span(name="inner"):
        project.info("one")
        project.info("two")

    inner = rows.named("inner")
    one, two = events_of(rows)
    assert one["span_id"] == two["span_id"] == inner["span_id"]
    assert one["root_span_id"] == two["root_span_id"] == inner["root_span_id"]
    assert one["span_parents"] is two["span_parents"] is None
    assert len({one["id"], two["id"], inner["id"]}) == 3


def test_events_of_one_logger_share_a_trace(project: braintrust.Logger, rows: CapturedRows) -> None:
    """Outside of spans each has a span id of its own, in a trace for each project."""
    other = braintrust.init_logger(project="others", set_current=False)
    project.info("one")
    project.info("two")
    other.info("three")

    by_text = {row["output"]: row for row in rows.all()}
    traces = {text: row["root_span_id"] for text, row in by_text.items()}
    assert traces["one"] == traces["two"] != traces["three"]
    assert len({row["span_id"] for row in by_text.values()}) == 3


def test_a_span_of_another_project_does_not_enclose(
    project: braintrust.Logger, rows: CapturedRows
) -> None:
    """An event stays in its logger's project, and names no span that is not there."""
    other = braintrust.init_logger(project="others", set_current=False)
    with project.start_span(name="here") as span:
        other.info("elsewhere")

    (event,) = events_of(rows)
    assert event["span_id"] != span.span_id  # type: ignore[attr-defined]  # of the recording span
    assert event["project_id"] != rows.named("here")["project_id"]


def test_a_span_of_another_library_encloses(project: braintrust.Logger, rows: CapturedRows) -> None:
    """Its ids are the event's, as those of our own spans are."""
    tracer = rows.provider.get_tracer("another.library")
    with tracer.start_as_current_span("theirs"):
        project.info("inside")

    theirs, (event,) = rows.named("theirs"), events_of(rows)
    assert event["span_id"] == theirs["span_id"]
    assert event["root_span_id"] == theirs["root_span_id"]


def test_metadata_may_be_a_model(project: braintrust.Logger, rows: CapturedRows) -> None:
    """What becomes an object takes the parameters as a dict does."""
    from pydantic import BaseModel

    class Model(BaseModel):
        a: int = 1

    project.info("{x}", Model(), x=2)  # type: ignore[arg-type]  # models are taken, too

    assert rows.one()["metadata"]["a"] == 1
    assert rows.one()["metadata"]["braintrust.template.parameter.x"] == 2


def test_events_of_a_masking_function_are_not_logged(
    project: braintrust.Logger, rows: CapturedRows
) -> None:
    """They would be masked, and make further events, without end."""

    def mask(value: Any) -> Any:
        project.info("masking")
        return value

    braintrust.set_masking_function(mask)
    project.info("said")

    outputs = [[row["output"] for row in rows.all()] for _ in range(3)]
    assert outputs == [["said"]] * 3
