"""What new spans go under: every row of the table of precedence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel.testing import CapturedRows

PARENT = Parent(Container(ContainerKind.PROJECT_LOGS, name="elsewhere"), "row", "1" * 16, "2" * 32)
SLUG = encode_slug(PARENT)


def rows_by_name(rows: CapturedRows) -> dict[str, dict[str, Any]]:
    return {row["span_attributes"]["name"]: row for row in rows.all()}


def test_parent_context_holds_where_no_span_is_current(rows: CapturedRows) -> None:
    """start_span and traced go under it, and what they contain under them; nothing else needed."""

    @braintrust.traced
    def traced() -> None:
        braintrust.start_span(name="inside").end()

    with braintrust.parent_context(SLUG):
        braintrust.start_span(name="started").end()
        traced()
    after = braintrust.start_span(name="after")

    named = rows_by_name(rows)
    assert named["started"]["span_parents"] == named["traced"]["span_parents"] == ["1" * 16]
    assert named["inside"]["span_parents"] == [named["traced"]["span_id"]]
    assert {row["root_span_id"] for row in named.values()} == {"2" * 32}
    assert after is braintrust.NOOP_SPAN


def test_a_current_span_wins_over_parent_context(rows: CapturedRows) -> None:
    """And an explicit parent wins over both; a logger's own spans look at neither."""
    logger = braintrust.init_logger(project="parents")
    with braintrust.start_span(name="current") as current:
        slug = current.export()
        with braintrust.parent_context(SLUG):
            braintrust.start_span(name="under current").end()
    with braintrust.parent_context(SLUG):
        braintrust.start_span(name="explicit", parent=slug).end()
        logger.start_span(name="by logger").end()

    named = rows_by_name(rows)
    assert named["under current"]["span_parents"] == [named["current"]["span_id"]]
    assert named["explicit"]["span_parents"] == [named["current"]["span_id"]]
    assert named["by logger"]["span_parents"] is None


@pytest.mark.parametrize("parent", ["", None])
def test_no_parent_hides_an_outer_one(parent: str | None, rows: CapturedRows) -> None:
    """None and the empty text mean none, until the block is left."""
    braintrust.init_logger(project="parents")
    with braintrust.parent_context(SLUG):
        with braintrust.parent_context(parent):
            braintrust.start_span(name="hidden").end()
        braintrust.start_span(name="seen").end()

    named = rows_by_name(rows)
    assert named["hidden"]["span_parents"] is None
    assert named["seen"]["span_parents"] == ["1" * 16]


def test_a_broken_parent_context_starts_fresh(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once; spans go where they would without it."""
    braintrust.init_logger(project="parents")
    with braintrust.parent_context("garbage"):
        braintrust.start_span(name="fresh").end()
        braintrust.start_span(name="fresh too").end()

    assert {row["span_parents"] for row in rows.all()} == {None}
    assert sum("parent" in message for message in caplog.messages) == 1


def test_parent_context_ends_with_an_exception(rows: CapturedRows) -> None:
    """What was in force before is so again."""
    with pytest.raises(ZeroDivisionError), braintrust.parent_context(SLUG):
        _ = 1 / 0

    assert braintrust.get_span_parent_object() is braintrust.NOOP_SPAN


async def test_parent_context_follows_tasks(rows: CapturedRows) -> None:
    """A task that starts inside the block is under the parent; one beside it is not."""
    braintrust.init_logger(project="parents")

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        braintrust.start_span(name=name).end()

    with braintrust.parent_context(SLUG):
        inside = asyncio.create_task(work("inside"))
    await asyncio.gather(inside, work("beside"))

    named = rows_by_name(rows)
    assert named["inside"]["span_parents"] == ["1" * 16]
    assert named["beside"]["span_parents"] is None


def test_what_a_span_would_go_under_can_be_asked(rows: CapturedRows) -> None:
    """Span, then parent, then logger, then the no-op span."""
    nothing = braintrust.get_span_parent_object()
    broken = braintrust.get_span_parent_object("garbage")
    given: Any = braintrust.get_span_parent_object(SLUG)
    with braintrust.parent_context(SLUG):
        set_before = braintrust.get_span_parent_object()
    logger = braintrust.init_logger(project="parents")
    current_logger = braintrust.get_span_parent_object()
    with braintrust.start_span() as span:
        current_span = braintrust.get_span_parent_object(SLUG)

    assert nothing is broken is braintrust.NOOP_SPAN
    assert given == set_before == braintrust.SpanComponentsV4.from_str(SLUG)
    assert current_logger is logger
    assert current_span is span


def test_components_are_resolved_by_looking_the_project_up(rows: CapturedRows) -> None:
    """A project that is known by name only is found, or made."""
    logger = braintrust.init_logger(project="parents")
    components = braintrust.SpanComponentsV4.from_str(logger.export())

    found = braintrust.span_components_to_object_id(components)

    assert components.object_id is None
    assert found == logger.id == logger.project.id
    assert logger.project.name == "parents"
    assert logger.project.full_info["name"] == "parents"


def test_a_logger_nests_under_a_parent_that_names_its_project_otherwise(
    rows: CapturedRows,
) -> None:
    """By id in the slug, by name in the program: it is the same project once that is known."""
    logger = braintrust.init_logger(project="parents")
    parent = Parent(Container(ContainerKind.PROJECT_LOGS, id=logger.id), "row", "1" * 16, "2" * 32)
    with braintrust.start_span(name="server", parent=encode_slug(parent)):
        logger.start_span(name="by logger").end()

    named = rows_by_name(rows)
    assert named["by logger"]["span_parents"] == [named["server"]["span_id"]]
    assert named["by logger"]["root_span_id"] == "2" * 32


@pytest.mark.parametrize(
    ("nested", "attributes"),
    [
        ({}, {"name": "root", "type": "task"}),
        ({"name": "n"}, {"name": "n", "type": "task"}),
        ({"type": "llm"}, {"name": "root", "type": "llm"}),
        ({"span_attributes": {"type": "tool"}}, {"name": "root", "type": "tool"}),
    ],
)
def test_a_loggers_span_is_named_and_typed_as_a_root(
    nested: dict[str, Any], attributes: dict[str, str], rows: CapturedRows
) -> None:
    """Also where it nests, which is the surroundings' doing."""
    logger = braintrust.init_logger(project="parents")
    with braintrust.start_span(name="outer") as outer:
        span = logger.start_span(**nested)
        span.end()

    row = next(row for row in rows.all() if row["span_parents"] is not None)
    assert attributes.items() <= row["span_attributes"].items()
    assert row["span_parents"] == [outer.span_id]  # type: ignore[attr-defined]  # of the recording span


def test_ids_that_a_logger_is_given_are_kept(rows: CapturedRows) -> None:
    """The row has them, its children name them, and so does its slug."""
    logger = braintrust.init_logger(project="parents")
    with logger.start_span(name="given", span_id="my-span", root_span_id="my-trace") as span:
        braintrust.start_span(name="child").end()
        slug = span.export()

    named = rows_by_name(rows)
    assert (named["given"]["span_id"], named["given"]["root_span_id"]) == ("my-span", "my-trace")
    assert named["child"]["span_parents"] == ["my-span"]
    assert named["child"]["root_span_id"] == "my-trace"
    assert braintrust.SpanComponentsV4.from_str(slug).span_id == "my-span"


def test_several_parents_of_a_span_reach_its_row(rows: CapturedRows) -> None:
    """A trace is a graph: links that are marked as parents stand behind the enclosing span."""
    from opentelemetry.trace import Link

    braintrust.init_logger(project="parents")
    tracer = rows.provider.get_tracer("another.library")
    with braintrust.start_span(name="root"):
        with tracer.start_as_current_span("first") as first:
            pass
        with tracer.start_as_current_span("second") as second:
            pass
        links = [
            Link(span.get_span_context(), {"braintrust.link.kind": "parent"})
            for span in (first, second)
        ]
        tracer.start_span("joined", links=links).end()

    named = rows_by_name(rows)
    ids = [named[name]["span_id"] for name in ("root", "first", "second")]
    assert named["joined"]["span_parents"] == ids
