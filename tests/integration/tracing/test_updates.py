"""Writes to spans from elsewhere: updates and feedback, in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel._otel.sources import queue_open_spans
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows, capture_rows

Update = Callable[[Any, "braintrust.Logger", dict[str, Any]], None]


def by_slug(span: Any, logger: braintrust.Logger, event: dict[str, Any]) -> None:
    braintrust.update_span(span.export(), **event)


def by_logger(span: Any, logger: braintrust.Logger, event: dict[str, Any]) -> None:
    logger.update_span(span.id, **event)


@pytest.fixture(params=[by_slug, by_logger])
def update(request: pytest.FixtureRequest) -> Update:
    """Update a span in each of the two ways."""
    found: Update = request.param
    return found


@pytest.mark.parametrize("chosen_id", [{}, {"id": "chosen"}], ids=["derived id", "chosen id"])
def test_an_update_of_an_open_span_waits_for_its_row(
    update: Update, chosen_id: dict[str, str], rows: CapturedRows
) -> None:
    """The span's own row, which replaces, does not wipe it, and it wins over what the span says."""
    logger = braintrust.init_logger(project="updates")
    with logger.start_span(name="s", **chosen_id) as span:
        update(span, logger, {"output": "update", "metadata": {"update": 1}})
        root.flush()  # as the worker may do at any time; open spans are not part of it
        span.log(output="own", metadata={"own": 2})

    row = rows.named("s")
    assert row["output"] == "update"
    assert row["metadata"] == {"own": 2, "update": 1}
    assert row["metrics"]["end"] >= row["metrics"]["start"]


def test_an_update_of_a_span_that_was_flushed_open_goes_at_once(
    update: Update, rows: CapturedRows
) -> None:
    """Once the row is there updates need not wait for the end."""
    logger = braintrust.init_logger(project="updates")
    with logger.start_span(name="s", input="in") as span:
        update(span, logger, {"output": "before the flush"})
        first = rows.one()
        update(span, logger, {"output": "after the flush"})
        second = rows.one()

    assert (first["input"], first["output"]) == ("in", "before the flush")
    assert second["output"] == "after the flush"
    assert rows.one()["output"] == "after the flush"


def test_an_update_of_an_ended_span_merges(update: Update, rows: CapturedRows) -> None:
    """Dictionaries merge, tags are united, the rest is replaced; times stay."""
    logger = braintrust.init_logger(project="updates")
    with logger.start_span(
        name="s", start_time=1.0, output=[1], metadata={"a": 1}, tags=["x"]
    ) as span:
        span.end(2.0)
    update(span, logger, {"output": [2], "metadata": {"b": 2}, "tags": ["y", "x"], "scores": None})

    row = rows.one()
    assert row["output"] == [2]
    assert row["metadata"] == {"a": 1, "b": 2}
    assert row["tags"] == ["x", "y"]
    assert row["metrics"] == {"start": 1.0, "end": 2.0}
    assert "scores" not in row


def test_instructions_for_the_merge_pass_through(update: Update, rows: CapturedRows) -> None:
    """What starts with an underscore is for the server: replace whole, remove items."""
    logger = braintrust.init_logger(project="updates")
    with logger.start_span(name="s", input={"a": 1}, tags=["x", "y"]) as span:
        pass
    update(
        span,
        logger,
        {
            "input": {"b": 2},
            "_merge_paths": [["input"]],
            "_array_delete": [{"path": ["tags"], "delete": ["x"]}],
        },
    )

    row = rows.one()
    assert row["input"] == {"b": 2}
    assert row["tags"] == ["y"]


def test_a_slug_is_enough(rows: CapturedRows) -> None:
    """A process that initialised nothing updates a row, which its slug names."""
    braintrust.init_logger(project="updates")
    with braintrust.start_span(name="s") as span:
        slug = span.export()

    with capture_rows() as elsewhere:
        braintrust.update_span(slug, output="from elsewhere")
        (row,) = elsewhere.all("updates")

    assert row["id"] == span.id
    assert row["output"] == "from elsewhere"
    assert row["span_id"] == span.span_id  # type: ignore[attr-defined]  # of the recording span
    assert row["root_span_id"] == span.root_span_id  # type: ignore[attr-defined]  # as above


def test_what_an_update_cannot_say_raises(rows: CapturedRows) -> None:
    """No id beside a slug, no container in place of a span, both span ids or neither."""
    logger = braintrust.init_logger(project="updates")
    with braintrust.start_span() as span:
        slug = span.export()

    with pytest.raises(ValueError, match="takes no id"):
        braintrust.update_span(slug, id="x")
    with pytest.raises(ValueError, match="container"):
        braintrust.update_span(logger.export(), output=1)
    with pytest.raises(Exception, match="slug"):
        braintrust.update_span("garbage", output=1)
    with pytest.raises(ValueError, match="both or neither"):
        logger.update_span("r", span_id="a", output=1)
    with pytest.raises(ValueError, match="scores"):
        logger.update_span("r", scores={"a": 2})


def test_span_ids_in_an_update_by_slug_are_ignored(rows: CapturedRows) -> None:
    """The slug knows them better."""
    braintrust.init_logger(project="updates")
    with braintrust.start_span(name="s") as span:
        pass
    braintrust.update_span(span.export(), output=1, span_id="x", root_span_id="y")

    assert rows.one()["output"] == 1


def test_an_update_is_what_it_was_when_it_was_made(update: Update, rows: CapturedRows) -> None:
    """Later changes of a value do not show."""
    logger = braintrust.init_logger(project="updates")
    value = {"a": 1}
    with logger.start_span(name="s") as span:
        update(span, logger, {"output": value})
        value["a"] = 2

    assert rows.one()["output"] == {"a": 1}


def give_by_span(span: Any, logger: braintrust.Logger, event: dict[str, Any]) -> None:
    span.log_feedback(**event)


def give_by_logger(span: Any, logger: braintrust.Logger, event: dict[str, Any]) -> None:
    logger.log_feedback(span.id, **event)


@pytest.mark.parametrize("give", [give_by_span, give_by_logger])
@pytest.mark.parametrize("when", ["open", "ended"])
def test_feedback_reaches_the_row_and_its_audit_log(
    give: Update, when: str, rows: CapturedRows
) -> None:
    """Scores join the row's, the comment stands beside it, and the source is told."""
    logger = braintrust.init_logger(project="updates")
    event = {
        "scores": {"liked": True},
        "expected": "better",
        "tags": ["seen"],
        "comment": "nice",
        "metadata": {"user": "u1"},
        "source": "app",
    }
    span = logger.start_span(name="s", scores={"own": 0.5}, tags=["t"])
    steps: dict[str, list[Callable[[], Any]]] = {
        "open": [lambda: give(span, logger, event), span.end],
        "ended": [span.end, lambda: give(span, logger, event)],
    }
    for step in steps[when]:
        step()

    row = rows.one()
    assert row["scores"] == {"own": 0.5, "liked": 1}
    assert (row["expected"], row["tags"]) == ("better", ["t", "seen"])
    assert "user" not in row.get("metadata", {})
    assert [comment["comment"] for comment in row["comments"]] == [{"text": "nice"}]
    assert {"source": "app", "metadata": {"user": "u1"}}.items() <= row["audit_data"][0].items()


def test_feedback_on_a_span_takes_no_id(rows: CapturedRows) -> None:
    """The span is the row; and what is no field of feedback is a TypeError."""
    braintrust.init_logger(project="updates")
    span = braintrust.start_span()

    with pytest.raises(ValueError, match="takes no id"):
        span.log_feedback(id="x", comment="c")
    with pytest.raises(TypeError):
        span.log_feedback(nonsense=1)
    with pytest.raises(ValueError, match="says nothing"):
        span.log_feedback()


def test_the_no_op_span_takes_any_feedback(rows: CapturedRows) -> None:
    """It checks nothing and does nothing."""
    braintrust.NOOP_SPAN.log_feedback(id=1, nonsense=2)

    assert rows.all() == []


def test_every_write_counts_as_logged(rows: CapturedRows) -> None:
    """A span with waiting updates is as many writes as it makes rows."""
    logger = braintrust.init_logger(project="updates")
    with logger.start_span() as span:
        span.log_feedback(scores={"a": 1}, comment="c")
    logger.update_span(span.id, output=1)
    rows.all()

    stats = root.pipeline().shipper.stats()
    assert stats.logged == stats.sent == 4


def test_internal_data_lies_under_the_event(rows: CapturedRows) -> None:
    """None in internal data, at any depth, is not given; the event wins and is checked."""
    braintrust.init_logger(project="updates")
    with braintrust.start_span(name="s") as opened:
        span: Any = opened
        span.log_internal(
            {"metadata": {"a": 1}, "output": None},
            {"metadata": {"a": 0, "b": {"c": None, "d": 2}}, "output": "kept"},
        )
        with pytest.raises(ValueError, match="scores"):
            span.log_internal({"scores": {"a": 2}}, {"output": "never"})

    row = rows.one()
    assert row["metadata"] == {"a": 1, "b": {"d": 2}}
    assert row["output"] == "kept"


class Interrupted(list[Any]):
    """Waiting rows; before more of them join, something else happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def extend(self, rows: Iterable[Any]) -> None:
        self.meanwhile()
        super().extend(rows)


def test_an_update_that_meets_the_end_of_its_span_is_not_left_behind(
    rows: CapturedRows,
) -> None:
    """The row was made between the look at it and the update's joining those that wait."""
    logger = braintrust.init_logger(project="updates")
    span: Any = logger.start_span(name="s")
    span.braintrust_record.followers = Interrupted(lambda: [span.end(), braintrust.flush()])

    logger.update_span(span.id, output="updated")

    assert rows.one()["output"] == "updated"


def test_no_update_is_lost_while_its_span_ends(rows: CapturedRows) -> None:
    """Whoever comes first, of an update, the end and a flush, in three threads."""
    logger = braintrust.init_logger(project="updates")
    spans = [logger.start_span(name=f"s{number}") for number in range(200)]
    together = threading.Barrier(3)

    def each(do: Callable[[braintrust.Span], object]) -> None:
        for span in spans:
            together.wait()
            do(span)

    threads = [
        threading.Thread(target=each, args=(do,))
        for do in (
            lambda span: span.end(),
            lambda span: logger.update_span(span.id, output="updated"),
            lambda span: queue_open_spans(),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = rows.all()
    assert len(found) == len(spans)
    assert {row.get("output") for row in found} == {"updated"}
    assert all("end" in row["metrics"] for row in found)
