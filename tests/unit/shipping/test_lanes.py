"""Containers that are not routed yet."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, project_logs
from braintrust_otel._shipping.entries import Entry, Gathered, encode, route_for
from braintrust_otel._shipping.lanes import Lane, Lanes
from support.sink import row

NAMED = project_logs("demo")
BY_ID = project_logs(project_id="p1")
DATASET = Container(ContainerKind.DATASET, id="p1")


def entry(container: Container, row_id: str = "a") -> Entry:
    """Return an encoded entry."""
    return encode(Gathered(row(row_id, container=container)))


def lane_of(container: Container) -> Lane:
    """Return a lane in which one row waits."""
    lane = Lane(container)
    lane.add(entry(container))
    return lane


@pytest.mark.parametrize(
    ("first", "second", "is_hosted"),
    [
        (NAMED, BY_ID, True),
        (BY_ID, NAMED, True),
        (NAMED, project_logs("demo", "p1"), True),
        (NAMED, project_logs("other"), False),
        (BY_ID, project_logs(project_id="p2"), False),
        (BY_ID, DATASET, False),
    ],
)
def test_a_row_follows_earlier_writes_under_another_name(
    first: Container, second: Container, is_hosted: bool
) -> None:
    """A container by name and one by id may be the same; two ids or two names may not."""
    lane = lane_of(first)

    hosts = lane.hosts(entry(second))

    assert hosts is is_hosted


def test_another_row_need_not_follow() -> None:
    """Only writes of one row keep their order."""
    lane = lane_of(NAMED)

    hosts = lane.hosts(entry(BY_ID, "b"))

    assert not hosts


def test_a_routed_container_waits_for_nothing() -> None:
    """Once routed, a container's rows have no lane, and its route is known."""
    lanes = Lanes()
    lane = lanes.lane_for(entry(NAMED))
    assert lane is not None
    route = route_for({"project_id": "p1"})

    opened = list(lanes.open(lane, route))

    assert opened == []
    assert lanes.lane_for(entry(NAMED)) is None
    assert lanes.route(NAMED) is route


def test_a_lane_is_asked_for_once_at_a_time() -> None:
    """While the router is asked, the lane is neither due nor handed out again."""
    lanes = Lanes()
    lane = lanes.lane_for(entry(NAMED))

    asked = (lanes.next_due(), lanes.ask(5.0), lanes.ask(5.0), lanes.next_due())

    assert asked == (0.0, lane, None, None)


def test_nothing_waits_for_a_route_at_first() -> None:
    """Without rows there is nothing to ask for."""
    lanes = Lanes()

    asked = (lanes.next_due(), lanes.ask(5.0), list(lanes.entries()))

    assert asked == (None, None, [])
