"""Laws of trace headers: they round-trip, stay within their limits, and nothing in them raises."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import braintrust_otel as braintrust
from braintrust_otel._model.containers import Container, ContainerKind, project_logs
from braintrust_otel._otel.headers import (
    MAX_BAGGAGE_BYTES,
    MAX_BAGGAGE_MEMBERS,
    join_baggage,
    pick_headers,
    read_headers,
)
from braintrust_otel.otel import parent_from_headers
from braintrust_otel.testing import capture_rows

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=500)
KINDS = st.sampled_from([ContainerKind.EXPERIMENT, ContainerKind.PROJECT_LOGS])
CONTAINERS = st.builds(Container, KINDS, TEXT, st.none(), st.none()) | st.builds(project_logs, TEXT)
MEMBERS = st.text(st.sampled_from("ab=;%+2F \t\r\n\xfc\u20ac"), max_size=20) | st.just(
    "braintrust.parent=project_name%3Aold"
)
BAGGAGE = st.lists(MEMBERS, max_size=100).map(",".join)
NAMES = st.sampled_from(["traceparent", "Traceparent", "baggage", "BAGGAGE", "tracestate", "x"])
VALUES = (
    st.text(max_size=200)
    | st.binary(max_size=200)
    | st.sampled_from([TRACEPARENT, "braintrust.parent=project_name%3Ademo", "a=1,b=2", "=,="])
    | st.none()
    | st.integers()
)
CARRIERS = (
    st.dictionaries(NAMES | st.text(max_size=5) | st.integers(), VALUES | st.lists(VALUES))
    | st.lists(st.tuples(NAMES | st.binary(max_size=12), VALUES))
    | VALUES
)


@given(container=CONTAINERS, inbound=BAGGAGE)
def test_a_container_survives_the_way(container: Container, inbound: str) -> None:
    """What one service names, the next one reads, whatever else the baggage holds."""
    baggage = join_baggage([inbound], container)

    found = read_headers({"traceparent": TRACEPARENT, "baggage": baggage})

    assert found is not None
    assert found.container == container


@given(st.lists(BAGGAGE, max_size=3), st.none() | CONTAINERS)
def test_baggage_stays_within_its_limits(headers: list[str], container: Container | None) -> None:
    """What is handed on fits, holds whole members only, and can be sent."""
    known = {member.strip(" \t") for header in headers for member in header.split(",")}

    joined = join_baggage(headers, container)

    members = joined.split(",")
    assert len(members) <= MAX_BAGGAGE_MEMBERS
    assert len(joined.encode()) <= MAX_BAGGAGE_BYTES
    assert set(members[:-1]) <= known
    assert not {"\r", "\n"} & set(joined)
    joined.encode("latin-1")


@given(st.lists(BAGGAGE, max_size=3), CONTAINERS)
def test_handing_on_twice_changes_nothing(headers: list[str], container: Container) -> None:
    """A service that names the same container hands the baggage on as it came."""
    once = join_baggage(headers, container)

    assert join_baggage([once], container) == once


@given(CARRIERS)
def test_no_carrier_raises(carrier: Any) -> None:
    """Whatever a request brings, readers answer with headers or with none."""
    found = read_headers(carrier)
    slug = parent_from_headers(carrier)

    assert set(pick_headers(carrier)) <= {"traceparent", "baggage", "tracestate"}
    assert (slug is not None) == (found is not None and found.container is not None)
    assert (braintrust.extract_trace_context(carrier) is None) == (found is None)


@given(CARRIERS)
def test_no_parent_breaks_a_span(carrier: Any) -> None:
    """A span starts whatever is given as its parent, and is logged and injected as any other."""
    with capture_rows():
        braintrust.init_logger(project="here")
        with braintrust.start_span(name="served", parent=carrier) as span:
            headers = span.inject({"x": "1"})

    assert headers["x"] == "1"
    assert headers["traceparent"].startswith(f"00-{span.root_span_id}-")  # type: ignore[attr-defined]  # of the recording span
    assert span.export()
