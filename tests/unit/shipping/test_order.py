"""Order per row, and containers that are not routed yet."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row
from support.shipping import Rig, put
from support.sink import DEMO, Rows, down, refused, row


@pytest.fixture
def rig() -> Rig:
    """Return everything around shipping."""
    return Rig()


def test_writes_of_one_row_go_one_after_the_other(rig: Rig) -> None:
    """Writes that must stay apart are never in one batch, and arrive in order."""
    pipeline = rig.pipeline()
    pipeline.offer(
        Rows(*(Row("a", DEMO, {"x": number}, number > 0, may_join=False) for number in range(3)))
    )

    rig.run(pipeline, 1.0)

    assert rig.sink.taken_ids == [["a"], ["a"], ["a"]]
    assert rig.sink.stored[rig.sink.taken[0].rows[0].key]["x"] == 2


def test_writes_that_wait_behind_another_are_joined(rig: Rig) -> None:
    """A row that is written to again and again in an outage is one more write after it."""
    rig.sink.answers = [refused()]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 0.3)
    pipeline.offer(Rows(row("a", is_merge=True, x=1)))
    rig.run(pipeline, 0.3)
    pipeline.offer(Rows(row("a", is_merge=True, y=2)))
    rig.run(pipeline, 0.3)

    rig.run(pipeline, 10.0)

    assert rig.sink.taken_ids == [["a"], ["a"]]
    assert pipeline.stats().sent == 3
    assert pipeline.stats().size_bytes == 0


def test_a_container_that_cannot_be_found_holds_only_its_rows(rig: Rig) -> None:
    """Other containers' rows go on, and the failing one is said once."""
    unknown = project_logs(project_id="gone")
    rig.router.judge = lambda container: refused(404) if container == unknown else None
    pipeline = rig.pipeline()
    pipeline.offer(Rows(row("lost", container=unknown), row("lost2", container=unknown)))
    put(pipeline, "a")

    rig.run(pipeline, 100.0)

    assert rig.sink.taken_ids == [["a"]]
    assert pipeline.stats().held == 2
    assert len(rig.said) == 1
    assert "2 rows for project logs 'gone'" in rig.said[0]


def test_routing_is_retried_quickly_then_rarely(rig: Rig) -> None:
    """A passing failure costs a pause; the rows go as soon as the container is known."""
    rig.router.answers = [down(), down(), down(), None]
    pipeline = rig.pipeline()
    put(pipeline, "a")

    rig.run(pipeline, 3.5)
    asked = len(rig.router.asked)
    rig.run(pipeline, 5.0)

    assert (asked, len(rig.router.asked)) == (3, 4)
    assert rig.sink.taken_ids == [["a"]]


def test_rows_join_a_lane_that_rests(rig: Rig) -> None:
    """Rows that come while their container rests are held with it."""
    rig.router.judge = lambda container: refused(404)
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 1.0)
    put(pipeline, "b")

    rig.run(pipeline, 0.5)

    assert pipeline.stats().held == 2


def test_a_found_container_wakes_the_others(rig: Rig) -> None:
    """When one container is found, what kept the others waiting may be over."""
    rig.router.answers = [refused()]
    pipeline = rig.pipeline()
    put(pipeline, "a")
    rig.run(pipeline, 0.3)
    pipeline.offer(Rows(row("b", container=project_logs("other", "p2"))))

    rig.run(pipeline, 0.3)

    assert rig.sink.taken_ids == [["b", "a"]]
    assert rig.clock.now < 1002.0


def test_a_row_keeps_its_order_under_two_names(rig: Rig) -> None:
    """A write by project id does not overtake one by project name that is not routed yet."""
    pipeline, jobs = rig.pipeline(), []
    pipeline.offer(Rows(row("a", container=project_logs("demo"), x=1)))
    pipeline.offer(Rows(row("a", container=project_logs(project_id="p1"), is_merge=True, x=2)))
    [pipeline.step(is_urgent=True, give=lambda job: not jobs.append(job)) for _ in range(3)]

    [pipeline.perform(job) for job in reversed(jobs)]
    rig.run(pipeline, 1.0)

    assert [batch.rows[0].is_merge for batch in rig.sink.taken] == [False, True]
