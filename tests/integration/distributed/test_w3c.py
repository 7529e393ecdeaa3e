"""Traces over W3C headers: spans put into them, and spans that go under them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import attach
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import braintrust_otel as braintrust
from braintrust_otel._model.containers import Container, ContainerKind, Parent, project_logs
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel._otel.propagation import detach_quietly
from braintrust_otel.testing import CapturedRows

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {
    "Traceparent": f"00-{TRACE}-{SPAN}-01",
    "Baggage": "tenant=a%2Fb;p=1,braintrust.parent=project_name%3Atheirs",
    "Tracestate": "vendor=1, other=2",
}
UNROUTED = {"traceparent": HEADERS["Traceparent"]}


@pytest.fixture(autouse=True)
def _no_context() -> Iterator[None]:
    """Leave nothing current behind."""
    token = attach(baggage.clear())
    yield
    detach_quietly(token)


def by_module(**given: Any) -> None:
    with braintrust.start_span("served", **given):
        pass


def by_decorator(**given: Any) -> None:
    braintrust.traced("served", **given)(lambda: None)()


def by_span(**given: Any) -> None:
    with braintrust.start_span("around") as around:
        around.start_span("served", **given).end()


def by_module_below_a_span(**given: Any) -> None:
    with braintrust.start_span("around"):
        braintrust.start_span("served", **given).end()


def by_logger(**given: Any) -> None:
    braintrust.init_logger(project="ours").start_span("served", **given).end()


def by_context(parent: Any) -> None:
    with braintrust.parent_context(parent):
        braintrust.start_span("served").end()


WAYS = [by_module, by_decorator, by_span, by_module_below_a_span, by_logger, by_context]


@contextmanager
def foreign_span(**given: Any) -> Iterator[trace.Span]:
    """Make a span of another library current."""
    tracer = TracerProvider(shutdown_on_exit=False, **given).get_tracer("other.library")
    with tracer.start_as_current_span("foreign") as span:
        yield span


@pytest.mark.parametrize("way", WAYS)
def test_headers_are_a_parent_wherever_one_is_taken(
    way: Callable[..., None], rows: CapturedRows
) -> None:
    """A span given the headers of a request goes under the sender's, into its project."""
    braintrust.init_logger(project="ours")

    way(parent=HEADERS)

    served = rows.named("served")
    assert served["root_span_id"] == TRACE
    assert served["span_parents"] == [SPAN]
    assert served in rows.all("theirs")


@pytest.mark.parametrize("way", WAYS)
def test_headers_without_a_project_leave_the_current_one(
    way: Callable[..., None], rows: CapturedRows
) -> None:
    """Headers of a program without Braintrust name a span only."""
    braintrust.init_logger(project="ours")

    way(parent=UNROUTED)

    served = rows.named("served")
    assert served["span_parents"] == [SPAN]
    assert served in rows.all("ours")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("parent", [{}, {"host": "here"}, {"traceparent": "nonsense"}])
def test_headers_without_a_trace_change_nothing(
    way: Callable[..., None], parent: dict[str, str], rows: CapturedRows
) -> None:
    """A request that no trace comes with is served as if no parent were given."""
    braintrust.init_logger(project="ours")

    way(parent=parent)

    served = rows.named("served")
    assert served["root_span_id"] != TRACE
    assert served in rows.all("ours")


def test_headers_with_a_project_need_no_logger(rows: CapturedRows) -> None:
    """A service that is not set up logs where its caller does, as with an exported span."""
    with braintrust.start_span("served", parent=HEADERS):
        braintrust.traced("inside")(lambda: None)()

    assert [row["span_attributes"]["name"] for row in rows.all("theirs")] == ["served", "inside"]


@pytest.mark.parametrize("below_a_span", [False, True])
def test_headers_without_a_project_stay_with_what_they_are_given_to(
    below_a_span: bool, rows: CapturedRows
) -> None:
    """A logger or span that is not current keeps what is started from it in its own project."""
    other = braintrust.init_logger(project="other", set_current=False)
    braintrust.init_logger(project="ours")
    giver = other.start_span("around") if below_a_span else other

    served = giver.start_span("served", parent=UNROUTED)
    served.end()

    assert rows.named("served") in rows.all("other")
    assert served.braintrust_record.account is other.pipeline  # type: ignore[attr-defined]  # of the recording span


def test_headers_without_a_project_need_a_logger(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing to say where spans go, there is none, and that is said once."""
    with caplog.at_level(logging.WARNING, "braintrust_otel"):
        spans = [braintrust.start_span(parent=UNROUTED) for _ in range(3)]

    assert set(spans) == {braintrust.NOOP_SPAN}
    assert [record.message.count("name no project") for record in caplog.records] == [1]
    assert rows.all() == []


def test_a_service_that_traces_nothing_goes_on_so(rows: CapturedRows) -> None:
    """Headers that lead nowhere do not turn tracing on."""
    by_module(parent=UNROUTED)

    assert braintrust.start_span() is braintrust.NOOP_SPAN
    assert rows.all() == []


def test_what_would_be_the_parent_is_seen() -> None:
    """The components of the parent that headers name can be looked at."""
    found = braintrust.get_span_parent_object(HEADERS)

    assert isinstance(found, braintrust.SpanComponentsV4)
    assert (found.span_id, found.root_span_id) == (SPAN, TRACE)


def test_a_span_is_put_into_headers(rows: CapturedRows) -> None:
    """A locally started span names itself, is sampled, and names its project last."""
    braintrust.init_logger(project="my project/ü")
    carrier = {"x": "1", "BAGGAGE": "k=v%2F1;p=1,braintrust.parent=project_name%3Aold"}

    with braintrust.start_span() as span:
        returned = span.inject(carrier)

    row = rows.one()
    assert returned is carrier
    assert carrier == {
        "x": "1",
        "traceparent": f"00-{row['root_span_id']}-{row['span_id']}-01",
        "baggage": "k=v%2F1;p=1,braintrust.parent=project_name%3Amy%20project%2F%C3%BC",
    }


def test_the_project_is_named_by_its_id_once_that_is_known(rows: CapturedRows) -> None:
    """After the first delivery the headers need no look-up."""
    logger = braintrust.init_logger(project="ours")
    logger.log(input="first")
    (first,) = rows.all()

    with braintrust.start_span() as span:
        headers = span.inject()

    assert headers["baggage"] == f"braintrust.parent=project_id%3A{first['project_id']}"


def test_an_experiment_is_named_by_its_id() -> None:
    """Spans below an experiment's span go into the experiment everywhere."""
    slug = encode_slug(Parent(Container(ContainerKind.EXPERIMENT, id="e 1")))

    with braintrust.start_span(parent=slug) as span:
        headers = span.inject()

    assert headers["baggage"] == "braintrust.parent=experiment_id%3Ae%201"


@pytest.mark.parametrize("flags", ["00", "01", "03", "82"])
def test_what_came_in_goes_out_again(flags: str) -> None:
    """Descendants hand on the sender's flags, state and baggage, ours replaced."""
    braintrust.init_logger(project="ours")
    inbound = {**HEADERS, "Traceparent": f"00-{TRACE}-{SPAN}-{flags}"}

    with (
        braintrust.start_span(parent=inbound),
        foreign_span(),
        braintrust.start_span() as grandchild,
    ):
        headers = grandchild.inject({"baggage": "mine=1"})

    assert headers == {
        "traceparent": f"00-{TRACE}-{grandchild.span_id}-{flags}",  # type: ignore[attr-defined]  # of the recording span
        "baggage": "mine=1,tenant=a%2Fb;p=1,braintrust.parent=project_name%3Atheirs",
        "tracestate": "vendor=1,other=2",
    }


def test_what_came_in_goes_out_from_other_threads_too() -> None:
    """A span that is handed around by hand carries what came with its trace."""
    with braintrust.start_span(parent=HEADERS, set_current=False) as served:
        child = served.start_span("child", set_current=False)

    assert child.inject()["tracestate"] == "vendor=1,other=2"
    assert child.inject()["baggage"].startswith("tenant=a%2Fb;p=1,")


def test_an_old_state_is_not_passed_off_as_ours() -> None:
    """The state of another trace that the carrier holds goes with that trace's header."""
    braintrust.init_logger(project="ours")

    with braintrust.start_span() as span:
        headers = span.inject({"Traceparent": HEADERS["Traceparent"], "Tracestate": "vendor=1"})

    assert "tracestate" not in {name.lower() for name in headers}
    assert TRACE not in headers["traceparent"]


def test_the_samplers_answer_goes_out() -> None:
    """Where the provider's sampler says no, receivers that follow it record nothing."""
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    braintrust.init_logger(project="ours", tracer_provider=provider)

    with braintrust.start_span() as span:
        headers = span.inject()

    assert headers["traceparent"].endswith("-00")


def test_ids_that_do_not_fit_leave_the_carrier_alone() -> None:
    """Under a parent of an older sender, whose ids are UUIDs, nothing is written."""
    uuid = "44444444-4444-4444-8444-444444444444"
    slug = encode_slug(Parent(project_logs("demo"), "row", uuid, uuid))
    carrier = {"Baggage": "a=1"}

    with braintrust.start_span(parent=slug) as span:
        span.inject(carrier)

    assert carrier == {"Baggage": "a=1"}


class Unwritable(dict[str, Any]):
    """Headers that take nothing."""

    def __setitem__(self, name: str, value: Any) -> None:
        raise TypeError("these headers are frozen")


@pytest.mark.parametrize("carrier", [Unwritable(), (), "text", 7, object()])
def test_a_carrier_that_takes_nothing_breaks_no_request(
    carrier: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be written is said, and the carrier comes back."""
    braintrust.init_logger(project="ours")

    with braintrust.start_span() as span, caplog.at_level(logging.WARNING, "braintrust_otel"):
        assert span.inject(carrier) is carrier

    assert ["could not be put into a carrier" in one.message for one in caplog.records] == [True]


def test_the_no_op_span_leaves_carriers_alone() -> None:
    """Without a span there is nothing to put into headers."""
    carrier = {"Baggage": "a=1", "traceparent": "old"}

    assert braintrust.inject_trace_context(carrier) is carrier
    assert carrier == {"Baggage": "a=1", "traceparent": "old"}
    assert braintrust.inject_trace_context() == {}


def test_the_module_functions_are_two_ends() -> None:
    """What one process injects, another extracts, whichever span it is."""
    braintrust.init_logger(project="ours")
    with (
        braintrust.start_span("other", set_current=False) as other,
        braintrust.start_span() as span,
    ):
        current = braintrust.inject_trace_context()
        given = braintrust.inject_trace_context(span=other)

    assert current == span.inject()
    assert given == other.inject()
    assert braintrust.extract_trace_context({"host": "x", **current}) == current
    assert braintrust.extract_trace_context(HEADERS) == {
        "traceparent": HEADERS["Traceparent"],
        "baggage": HEADERS["Baggage"],
        "tracestate": HEADERS["Tracestate"],
    }
    assert braintrust.extract_trace_context({"host": "x"}) is None


def test_opentelemetry_hands_on_what_came_in() -> None:
    """Instrumented clients inside a span that continues a trace pass on its project and baggage."""
    carrier: dict[str, str] = {}

    with braintrust.start_span(parent=HEADERS) as span:
        inject(carrier)

    assert carrier["traceparent"] == f"00-{TRACE}-{span.span_id}-01"  # type: ignore[attr-defined]  # of the recording span
    assert carrier["tracestate"] == "vendor=1,other=2"
    assert baggage.get_all(extract(carrier))["braintrust.parent"] == "project_name:theirs"
    assert "tenant" in baggage.get_all(extract(carrier))
    assert baggage.get_all() == {}


def test_a_project_that_cannot_be_read_is_not_handed_on() -> None:
    """What names no project here would name none elsewhere."""
    braintrust.init_logger(project="ours")
    inbound = {**UNROUTED, "baggage": "tenant=a,braintrust.parent=nonsense"}

    with braintrust.start_span(parent=inbound):
        seen = dict(baggage.get_all())

    assert seen == {"tenant": "a"}


def test_baggage_that_the_program_sets_stays() -> None:
    """What came in does not replace what the program says itself."""
    token = attach(baggage.set_baggage("tenant", "mine"))

    with braintrust.start_span(parent=HEADERS):
        seen = dict(baggage.get_all())
    detach_quietly(token)

    assert seen == {"tenant": "mine", "braintrust.parent": "project_name:theirs"}


def test_a_space_survives_opentelemetrys_encoding(rows: CapturedRows) -> None:
    """Behind a service that encodes spaces as forms do, the project is still the same."""
    carrier: dict[str, str] = {}
    inject(carrier, baggage.set_baggage("braintrust.parent", "project_name:a b+c"))

    by_module(parent={**UNROUTED, **carrier})

    assert "+" in carrier["baggage"]
    assert rows.one() in rows.all("a b+c")
