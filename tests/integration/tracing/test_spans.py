"""Spans by hand: what they hold, what they belong under, how they end."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

import braintrust_otel as braintrust
from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.slugs import decode_slug, encode_slug
from braintrust_otel.testing import CapturedRows


def start_logger(**kwargs: Any) -> braintrust.Logger:
    return braintrust.init_logger(project="spans", **kwargs)


def by_name(rows: CapturedRows) -> dict[str, dict[str, Any]]:
    return {row["span_attributes"]["name"]: row for row in rows.all()}


def test_without_a_logger_nothing_happens(rows: CapturedRows) -> None:
    """The no-op span accepts everything, checks nothing and has no identity."""
    with braintrust.start_span(name="x", scores={"a": 99}) as span:
        span.log(scores="nonsense", anything=object())
        child = span.start_span("child")

    assert span is braintrust.NOOP_SPAN
    assert child is span
    assert (span.id, span.name, span.export()) == ("", "", "")
    assert braintrust.current_span() is span
    assert braintrust.current_logger() is None
    assert span.end(5.0) == 5.0
    assert not hasattr(span, "span_id")
    assert rows.all() == []


def test_a_no_op_span_swallows_no_exception() -> None:
    """An exception passes through the block of a no-op span."""
    with pytest.raises(ZeroDivisionError), braintrust.start_span():
        _ = 1 / 0


def test_a_whole_row(rows: CapturedRows) -> None:
    """A span that was logged to in every way arrives as one row with every field."""
    start_logger()
    with braintrust.start_span(
        name="outer", type="task", start_time=100.5, input={"q": 1}, id="my-row"
    ) as span:
        span.log(metadata={"a": {"x": 1}}, tags=["t1"], scores={"s": True, "none": None})
        span.log(metadata={"a": {"y": 2}}, tags=["t2", "t1"], metrics={"tokens": 3}, output=[1])
        span.log(output=[2, 3], custom="kept", expected=None)
        end = span.end(102.0)

    row = rows.one()
    span_id, trace_id = row["span_id"], row["root_span_id"]
    context, created = row.pop("context"), row.pop("created")
    assert end == 102.0
    assert context["caller_functionname"] == "test_a_whole_row"
    assert context["caller_filename"] == __file__
    assert context["span_origin"]["name"] == "braintrust.otel.python"
    assert created == "1970-01-01T00:01:40.500000+00:00"
    assert {key: value for key, value in row.items() if not key.startswith("_")} == {
        "id": "my-row",
        "span_id": span_id,
        "root_span_id": trace_id,
        "span_parents": None,
        "is_root": True,
        "project_id": row["project_id"],
        "log_id": "g",
        "input": {"q": 1},
        "output": [2, 3],
        "metadata": {"a": {"x": 1, "y": 2}},
        "tags": ["t1", "t2"],
        "scores": {"s": 1, "none": None},
        "custom": "kept",
        "metrics": {"start": 100.5, "end": 102.0, "tokens": 3},
        "span_attributes": {"name": "outer", "type": "task", "exec_counter": 1},
    }
    assert span.id == "my-row"


def test_the_row_id_is_trace_and_span_id(rows: CapturedRows) -> None:
    """A row whose id nobody chose is found by its span."""
    start_logger()
    with braintrust.start_span() as span:
        pass

    row = rows.one()
    assert row["id"] == span.id == row["root_span_id"] + row["span_id"]


@pytest.mark.parametrize("given", [7, None, object()])
def test_a_row_id_that_is_no_text_is_replaced(given: Any, rows: CapturedRows) -> None:
    """An id of another type becomes a UUID."""
    start_logger()
    with braintrust.start_span(id=given) as span:
        pass

    assert str(uuid.UUID(rows.one()["id"])) == span.id


def test_names_and_types_by_default(rows: CapturedRows) -> None:
    """A root is a task called root; a child is called after the line that started it."""
    start_logger()
    with braintrust.start_span() as outer, braintrust.start_span() as child:
        pass

    named = by_name(rows)
    assert outer.name == "root"
    assert named["root"]["span_attributes"]["type"] == "task"
    assert child.name.startswith("test_names_and_types_by_default:test_spans.py:")
    assert "type" not in named[child.name]["span_attributes"]


def test_span_attributes_win_on_the_row(rows: CapturedRows) -> None:
    """Name and type in span_attributes are what the row shows; the property keeps the name."""
    start_logger()
    with braintrust.start_span(
        name="n", type="llm", span_attributes={"name": "m", "type": "tool", "purpose": "scorer"}
    ) as span:
        pass

    attributes = rows.one()["span_attributes"]
    assert span.name == "n"
    assert attributes == {"name": "m", "type": "tool", "purpose": "scorer", "exec_counter": 1}


def test_attributes_can_be_changed(rows: CapturedRows) -> None:
    """set_attributes changes what it is given and leaves the rest."""
    start_logger()
    with braintrust.start_span(name="before", type="task") as span:
        span.set_attributes(name="after", span_attributes={"extra": 1})
        span.set_attributes(type="tool")

    attributes = rows.one()["span_attributes"]
    assert span.name == "after"
    assert attributes == {"name": "after", "type": "tool", "extra": 1, "exec_counter": 1}


def test_an_exception_is_recorded_on_every_span_it_crosses(rows: CapturedRows) -> None:
    """The traceback ends in type and message, and the exception is not swallowed."""
    start_logger()
    with (
        pytest.raises(ValueError, match="boom"),
        braintrust.start_span(name="outer"),
        braintrust.start_span(name="inner"),
    ):
        raise ValueError("boom")

    assert [row["error"].rstrip().splitlines()[-1] for row in rows.all()] == [
        "ValueError: boom"
    ] * 2


def test_an_exception_given_to_log_is_its_text(rows: CapturedRows) -> None:
    """error=exception stores the message; no error logs no field."""
    start_logger()
    with braintrust.start_span() as span:
        span.log(error=ValueError("only this"))

    assert rows.one()["error"] == "only this"


@pytest.mark.parametrize(
    "bad",
    [
        {"scores": {"a": 2}},
        {"scores": {"a": "x"}},
        {"scores": [0.5]},
        {"metadata": [1]},
        {"metrics": {"a": None}},
        {"tags": "abc"},
        {"tags": ["a", "a"]},
        {"input": 1, "inputs": 2},
        {"span_id": "x"},
        {"id": "x"},
    ],
)
def test_a_field_of_the_wrong_shape_raises_in_the_caller(
    bad: dict[str, Any], rows: CapturedRows
) -> None:
    """The error is a ValueError, and nothing of that call is logged."""
    start_logger()
    with braintrust.start_span(name="s") as span:
        with pytest.raises(ValueError, match=r"\w"):
            span.log(output="never", **bad)
        span.log(input="good")

    row = rows.one()
    assert row["input"] == "good"
    assert "output" not in row


def test_ending_twice_keeps_the_first_end(rows: CapturedRows) -> None:
    """Later ends change nothing and return the first."""
    start_logger()
    span = braintrust.start_span(start_time=1.5)

    ends = [span.end(2.5), span.end(9.0), span.close()]

    assert ends == [2.5, 2.5, 2.5]
    assert rows.one()["metrics"] == {"start": 1.5, "end": 2.5}


def test_an_end_that_was_logged_is_the_end(rows: CapturedRows) -> None:
    """metrics.end ends the span: it is kept, and the span is no longer current."""
    start_logger()
    with braintrust.start_span(start_time=100.0) as span:
        span.log(metrics={"end": 123.0})
        current = braintrust.current_span()

    assert current is braintrust.NOOP_SPAN
    assert span.end() == 123.0
    assert rows.one()["metrics"] == {"start": 100.0, "end": 123.0}


def test_what_is_logged_after_the_end_is_merged(rows: CapturedRows) -> None:
    """Late fields reach the row, whether it was shipped before or not."""
    start_logger()
    span = braintrust.start_span(input=1)
    span.end()
    span.log(metadata={"late": 1})
    braintrust.flush()
    span.log(metadata={"later": 2}, tags=["t"])
    span.set_attributes(name="renamed late")

    row = rows.one()
    assert row["input"] == 1
    assert row["metadata"] == {"late": 1, "later": 2}
    assert row["tags"] == ["t"]
    assert row["span_attributes"]["name"] == "renamed late"
    assert row["metrics"]["end"] >= row["metrics"]["start"]


def test_a_flush_ships_what_open_spans_logged(rows: CapturedRows) -> None:
    """The row is there before the end, without an end, and is completed by it."""
    start_logger()
    span = braintrust.start_span(name="open", input="early")
    early = rows.one()
    span.log(output="late")
    span.end()

    late = rows.one()
    assert early["input"] == "early"
    assert "end" not in early["metrics"]
    assert "output" not in early
    assert (late["input"], late["output"]) == ("early", "late")
    assert late["metrics"]["end"] >= late["metrics"]["start"] == early["metrics"]["start"]
    assert late["created"] == early["created"]


def test_only_blocks_and_set_current_make_a_span_current(rows: CapturedRows) -> None:
    """Starting alone does not; set_current=False never does."""
    start_logger()
    started = braintrust.start_span(name="started")
    after_start = braintrust.current_span()
    with braintrust.start_span(name="never", set_current=False) as never:
        inside_never = braintrust.current_span()
        never.set_current()
        still = braintrust.current_span()
    started.set_current()
    set_by_hand = braintrust.current_span()
    started.unset_current()
    after = braintrust.current_span()

    assert [after_start, inside_never, still, after] == [braintrust.NOOP_SPAN] * 4
    assert set_by_hand is started


def test_an_ended_span_is_passed_over(rows: CapturedRows) -> None:
    """Work started after a span's end in its own block belongs under what was current before."""
    start_logger()
    with braintrust.start_span(name="outer") as outer:
        with braintrust.start_span(name="ended") as ended:
            ended.end()
            current = braintrust.current_span()
            with braintrust.start_span(name="sibling"):
                pass
        assert braintrust.current_span() is outer

    named = by_name(rows)
    assert current is outer
    assert named["sibling"]["span_parents"] == [named["outer"]["span_id"]]


def test_children_of_a_given_span(rows: CapturedRows) -> None:
    """span.start_span nests under that span, whatever is current."""
    start_logger()
    first = braintrust.start_span(name="first")
    with (
        braintrust.start_span(name="second"),
        first.start_span(name="child"),
        braintrust.start_span(name="grandchild"),
    ):
        pass
    first.end()

    named = by_name(rows)
    assert named["child"]["span_parents"] == [named["first"]["span_id"]]
    assert named["grandchild"]["span_parents"] == [named["child"]["span_id"]]
    assert named["child"]["root_span_id"] == named["first"]["root_span_id"]
    assert named["second"]["root_span_id"] != named["first"]["root_span_id"]


async def test_tasks_and_threads(rows: CapturedRows) -> None:
    """Tasks and to_thread inherit the current span; plain threads and pools start afresh."""
    start_logger()

    def work(name: str) -> None:
        with braintrust.start_span(name=name):
            pass

    async def work_async(name: str) -> None:
        work(name)

    with braintrust.start_span(name="outer"):
        await asyncio.gather(work_async("task 1"), asyncio.create_task(work_async("task 2")))
        await asyncio.to_thread(work, "to_thread")
        await asyncio.get_running_loop().run_in_executor(None, work, "executor")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work, "pool").result()
        thread = threading.Thread(target=work, args=("thread",))
        thread.start()
        thread.join()

    named = by_name(rows)
    outer = [named["outer"]["span_id"]]
    parents = {name: row["span_parents"] for name, row in named.items() if name != "outer"}
    assert parents == {
        "task 1": outer,
        "task 2": outer,
        "to_thread": outer,
        "executor": None,
        "pool": None,
        "thread": None,
    }


@pytest.mark.parametrize("case", ["exported span", "exported logger"])
def test_an_exported_parent(case: str, rows: CapturedRows) -> None:
    """A slug puts the new span under its span, or as a root into its project."""
    logger = start_logger()
    with braintrust.start_span(name="exported") as span:
        slug = {"exported span": span.export(), "exported logger": logger.export()}[case]
        with braintrust.start_span(name="child", parent=slug):
            pass

    named = by_name(rows)
    expected = {"exported span": [named["exported"]["span_id"]], "exported logger": None}[case]
    same_trace = named["child"]["root_span_id"] == named["exported"]["root_span_id"]
    assert named["child"]["span_parents"] == expected
    assert same_trace is (case == "exported span")


def test_ids_of_another_format_are_kept(rows: CapturedRows) -> None:
    """A parent with UUIDs, as older senders give them, is named verbatim on all descendants."""
    ids = [str(uuid.uuid4()) for _ in range(3)]
    parent = Parent(Container(ContainerKind.PROJECT_LOGS, name="old"), *ids)
    slug = encode_slug(parent)

    with braintrust.start_span(name="child", parent=slug) as child:
        with braintrust.start_span(name="grandchild"):
            pass
        exported = decode_slug(child.export())

    named = by_name(rows)
    assert named["child"]["root_span_id"] == named["grandchild"]["root_span_id"] == ids[2]
    assert named["child"]["span_parents"] == [ids[1]]
    assert named["grandchild"]["span_parents"] == [named["child"]["span_id"]]
    assert exported.root_span_id == ids[2]


def test_a_parent_that_cannot_be_read_starts_afresh(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, and the span belongs under what is current."""
    start_logger()

    with braintrust.start_span(name="outer"):
        for name in ("one", "two"):
            with braintrust.start_span(name=name, parent="garbage"):
                pass

    named = by_name(rows)
    assert named["one"]["span_parents"] == [named["outer"]["span_id"]]
    assert sum("parent" in message for message in caplog.messages) == 1


def test_a_span_exports_its_place(rows: CapturedRows) -> None:
    """The slug holds the container, known by name at first and by id later, and the ids."""
    start_logger()
    span: Any = braintrust.start_span(name="s")
    before = decode_slug(span.export())
    span.end()
    project_id = rows.one()["project_id"]
    after = decode_slug(span.export())

    assert (before.container.name, before.container.id) == ("spans", None)
    assert after.container.id == project_id
    assert (after.row_id, after.span_id, after.root_span_id) == (
        span.id,
        span.span_id,
        span.root_span_id,
    )


def test_propagated_fields_reach_descendants_and_lose_to_explicit_ones(rows: CapturedRows) -> None:
    """propagated_event is inherited, also through an export; what a caller gives wins over it."""
    start_logger()
    event = {"metadata": {"foo": "inherited", "bar": 1}, "span_attributes": {"purpose": "scorer"}}

    with braintrust.start_span(name="top", propagated_event=event) as top:
        with braintrust.start_span(name="child", metadata={"foo": "mine"}):
            pass
        slug = top.export()
    with braintrust.start_span(name="elsewhere", parent=slug):
        pass

    named = by_name(rows)
    assert named["top"]["metadata"] == {"foo": "inherited", "bar": 1}
    assert named["child"]["metadata"] == {"foo": "mine", "bar": 1}
    assert named["elsewhere"]["metadata"] == {"foo": "inherited", "bar": 1}
    assert named["child"]["span_attributes"]["purpose"] == "scorer"


def test_a_current_span_of_another_project_is_not_inherited(rows: CapturedRows) -> None:
    """logger.start_span nests only under spans of its own project."""
    first = braintrust.init_logger(project="first")
    second = braintrust.init_logger(project="second", set_current=False)

    with first.start_span(name="in first"):
        with second.start_span(name="in second"):
            pass
        with first.start_span(name="nested"):
            pass

    named = by_name(rows)
    assert named["in second"]["span_parents"] is None
    assert named["nested"]["span_parents"] == [named["in first"]["span_id"]]
    assert named["in second"]["project_id"] != named["in first"]["project_id"]


def test_logger_log_writes_one_root_row(rows: CapturedRows) -> None:
    """It never nests, tiles the time line, returns the row id, and needs no field."""
    logger = start_logger()
    with braintrust.start_span(name="current"):
        first = logger.log(input=1, output=2, id="chosen")
        second = logger.log()

    one, two = (row for row in rows.all() if row["span_attributes"]["name"] == "root")
    assert first == one["id"] == "chosen"
    assert second == two["id"]
    assert one["span_parents"] is None
    assert two["metrics"]["start"] == pytest.approx(one["metrics"]["end"], abs=1e-5)


def test_logger_log_and_start_span_do_not_mix(rows: CapturedRows) -> None:
    """After start_span, log raises unless told that both may happen."""
    logger = start_logger()
    logger.start_span().end()

    with pytest.raises(Exception, match="allow_concurrent_with_spans"):
        logger.log(input=1)

    assert logger.log(input=1, allow_concurrent_with_spans=True)


def test_a_logger_that_flushes_synchronously(rows: CapturedRows) -> None:
    """Without async_flush the end of a root span waits until its rows are delivered."""
    from braintrust_otel._runtime import root

    start_logger(async_flush=False)
    with braintrust.start_span(name="outer"), braintrust.start_span(name="inner"):
        pass

    stats = root.pipeline().shipper.stats()
    assert (stats.logged, stats.sent) == (2, 2)


def test_leaving_the_loggers_block_flushes(rows: CapturedRows) -> None:
    """A logger as a context manager delivers at the end of its block."""
    from braintrust_otel._runtime import root

    with start_logger() as logger:
        logger.log(input=1)

    assert root.pipeline().shipper.stats().sent == 1


def test_loggers_know_their_ids(rows: CapturedRows) -> None:
    """The project's id is looked up when it is asked for."""
    logger = start_logger()
    logger.log(input=1)

    assert logger.id == rows.one()["project_id"]
    assert logger.org_id


async def test_each_task_may_have_its_own_logger(rows: CapturedRows) -> None:
    """A logger is current where it was made; threads fall back to the last one of the process."""
    seen: dict[str, str | None] = {}

    def current() -> str | None:
        logger = braintrust.current_logger()
        return None if logger is None else logger.container.name

    async def use(name: str) -> None:
        braintrust.init_logger(project=name)
        await asyncio.sleep(0)
        seen[name] = current()

    await asyncio.gather(use("a"), use("b"))
    thread = threading.Thread(target=lambda: seen.update(thread=current()))
    thread.start()
    thread.join()

    assert seen == {"a": "a", "b": "b", "thread": "b"}


def test_spans_of_other_libraries_and_ours_make_one_tree(rows: CapturedRows) -> None:
    """Ours nest under theirs and theirs under ours; theirs go to our project."""
    start_logger()
    tracer = rows.provider.get_tracer("another.library", "2.0")

    with (
        tracer.start_as_current_span("theirs", attributes={"http.method": "GET"}),
        braintrust.start_span(name="ours"),
        tracer.start_as_current_span("inner"),
    ):
        pass

    named = by_name(rows)
    assert named["ours"]["span_parents"] == [named["theirs"]["span_id"]]
    assert named["inner"]["span_parents"] == [named["ours"]["span_id"]]
    assert len({row["root_span_id"] for row in named.values()}) == 1
    assert named["theirs"]["metadata"]["http.method"] == "GET"
    assert len({row["project_id"] for row in named.values()}) == 1


def test_a_span_of_another_library_can_be_logged_to(rows: CapturedRows) -> None:
    """current_span() over a recording foreign span wraps it."""
    start_logger()
    tracer = rows.provider.get_tracer("another.library")

    with tracer.start_as_current_span("theirs", attributes={"kept": 1}):
        braintrust.current_span().log(output="ours", metadata={"added": 2})
        braintrust.current_span().log(scores={"good": 1})

    row = rows.one()
    assert row["output"] == "ours"
    assert row["metadata"] == {"kept": 1, "added": 2}
    assert row["scores"] == {"good": 1}
    assert row["span_attributes"]["name"] == "theirs"
    assert row["context"]["span_origin"]["instrumentation"]["name"] == "another.library"


def test_a_child_of_a_local_span_that_was_never_recorded_is_a_root(rows: CapturedRows) -> None:
    """No row may point to a parent that nobody will ever see; a remote parent is kept."""
    start_logger()
    local = NonRecordingSpan(SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(0)))
    remote = NonRecordingSpan(SpanContext(3, 4, is_remote=True, trace_flags=TraceFlags(0)))

    with trace.use_span(local), braintrust.start_span(name="under local"):
        pass
    with trace.use_span(remote), braintrust.start_span(name="under remote"):
        pass

    named = by_name(rows)
    assert named["under local"]["span_parents"] is None
    assert named["under remote"]["span_parents"] == ["0000000000000004"]
    assert named["under remote"]["root_span_id"].endswith("3")


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        10**400,
        "\ud800",
        dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
        b"bytes",
        {1, 2},
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_value_can_be_logged(value: Any, rows: CapturedRows) -> None:
    """A hostile value costs nothing but its own leaf."""
    start_logger()
    with braintrust.start_span() as span:
        span.log(input={"good": 1, "odd": [value]}, output="fine")

    row = rows.one()
    assert row["input"]["good"] == 1
    assert len(row["input"]["odd"]) == 1
    assert row["output"] == "fine"


def test_spans_and_loggers_can_be_logged(rows: CapturedRows) -> None:
    """They are placeholders, not what they hold."""
    logger = start_logger()
    with braintrust.start_span() as span:
        span.log(input=[span, logger])

    assert rows.one()["input"] == ["<span>", "<logger>"]


def overlapping() -> list[Callable[[], None]]:
    first = braintrust.start_span(name="first")
    second = braintrust.start_span(name="second")
    return [
        first.set_current,
        second.set_current,
        first.unset_current,
        second.unset_current,
    ]


def test_unsetting_out_of_order_breaks_nothing(rows: CapturedRows) -> None:
    """Callbacks that overlap leave no exception behind."""
    start_logger()

    for step in overlapping():
        step()

    assert isinstance(braintrust.current_span(), braintrust.Span)
