"""Other vendors' processors and exporters take lean spans for the SDK's.

They need packages that are nowhere else: `make conformance` runs this in an environment of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import langfuse.span_filter  # noqa: F401  # fails here, and not in a test, where it is missing
import logfire
import phoenix.otel
import pytest
from langfuse._client.span_processor import LangfuseSpanProcessor
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor

import braintrust_otel as braintrust
from braintrust_otel._otel.lean import LeanSpan
from braintrust_otel._otel.tracer import LeanTracer
from braintrust_otel.testing import CapturedRows, capture_rows
from support.otlp_sink import OtlpSink, otlp_sink
from support.span_scripts import SCRIPTS, CountingIds

pytestmark = pytest.mark.conformance

NOW = 10**18  # ns; what is later was not given by a script
LATER = 20_000  # ms
RESOURCE = {"service.name": "shop"}


def otlp_in_batches(sink: OtlpSink) -> TracerProvider:
    exporter = OTLPSpanExporter(endpoint=f"{sink.url}/v1/traces")
    return with_processor(BatchSpanProcessor(exporter))


def otlp_one_by_one(sink: OtlpSink) -> TracerProvider:
    exporter = OTLPSpanExporter(endpoint=f"{sink.url}/v1/traces")
    return with_processor(SimpleSpanProcessor(exporter))


def langfuse_processor(sink: OtlpSink) -> TracerProvider:
    processor = LangfuseSpanProcessor(
        public_key="pk-lf-1",
        secret_key="sk-lf-1",  # noqa: S106  # nobody checks it
        base_url=sink.url,
        should_export_span=lambda span: True,
    )
    return with_processor(processor)


def phoenix_provider(sink: OtlpSink) -> TracerProvider:
    return phoenix.otel.TracerProvider(
        endpoint=f"{sink.url}/v1/traces",
        protocol="http/protobuf",
        verbose=False,
        resource=Resource(RESOURCE),
        id_generator=CountingIds(),
        shutdown_on_exit=False,
    )


def logfire_provider(sink: OtlpSink) -> TracerProvider:
    provider = configured_logfire(sink).config.get_tracer_provider().provider
    assert isinstance(provider, TracerProvider)
    return provider


def configured_logfire(sink: OtlpSink, **options: Any) -> logfire.Logfire:
    return logfire.configure(
        local=True,
        send_to_logfire=True,  # its default is not to, while pytest runs
        token="pylf_v1_us_1",  # noqa: S106  # nobody checks it
        service_name="shop",
        console=False,
        metrics=False,
        inspect_arguments=False,
        advanced=logfire.AdvancedOptions(base_url=sink.url, id_generator=CountingIds()),
        **options,
    )


def with_processor(processor: Any) -> TracerProvider:
    provider = TracerProvider(
        resource=Resource(RESOURCE), id_generator=CountingIds(), shutdown_on_exit=False
    )
    provider.add_span_processor(processor)
    return provider


VENDORS = [
    otlp_in_batches,
    otlp_one_by_one,
    langfuse_processor,
    phoenix_provider,
    logfire_provider,
]


@pytest.fixture
def sink() -> Iterator[OtlpSink]:
    """Provide what takes the vendors' requests."""
    with otlp_sink() as running:
        yield running


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch what our API logs."""
    with capture_rows() as captured:
        yield captured


@pytest.fixture(params=VENDORS)
def set_up(request: pytest.FixtureRequest, sink: OtlpSink) -> Iterator[Callable[[], Any]]:
    """Provide what sets up a vendor as its documentation says, sending to the sink."""
    made: list[TracerProvider] = []

    def build() -> TracerProvider:
        made.append(request.param(sink))
        return made[-1]

    yield build
    [provider.shutdown() for provider in made]


def sdk_tracer(provider: TracerProvider) -> Any:
    return TracerProvider.get_tracer(provider, "scope", "1.0", "https://schema.example", {"a": "b"})


def run_all(tracer: trace.Tracer) -> None:
    """Run every script of the table, with nothing current."""
    with trace.use_span(trace.INVALID_SPAN):
        [steps(tracer) for steps in SCRIPTS.values()]


def without_clock(value: Any, key: str = "") -> Any:
    """Return a span as it arrived, but for times that no script gave."""
    if isinstance(value, dict):
        return {each: without_clock(inner, each) for each, inner in value.items()}
    if isinstance(value, list):
        return [without_clock(inner) for inner in value]
    return "now" if key.endswith("UnixNano") and int(value) > NOW else value


def test_lean_spans_arrive_as_the_sdks_do(set_up: Callable[[], Any], sink: OtlpSink) -> None:
    """Of the same program a vendor's backend gets the same, byte for byte but for the clock."""
    first = set_up()
    run_all(sdk_tracer(first))
    first.force_flush(LATER)
    expected = without_clock(sink.drain())
    second = set_up()
    lean = LeanTracer(sdk_tracer(second))
    run_all(lean)
    second.force_flush(LATER)

    actual = without_clock(sink.drain())

    assert isinstance(lean.start_span("x"), LeanSpan)
    assert len(expected) >= len(SCRIPTS)
    assert actual == expected


def test_vendors_see_our_spans_without_payload(
    set_up: Callable[[], Any], sink: OtlpSink, rows: CapturedRows
) -> None:
    """A logger on a vendor's provider: the vendor gets the tree, Braintrust gets the payload."""
    provider = set_up()
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with (
        braintrust.start_span(name="outer", input="secret"),
        sdk_tracer(provider).start_as_current_span("theirs"),
        braintrust.start_span(name="inner", output="secret"),
    ):
        pass
    provider.force_flush(LATER)

    seen = {span["spanId"]: span for span in sink.drain() if not is_pending(span)}
    names = {span["name"]: span for span in seen.values()}
    assert sorted(names) == ["inner", "outer", "theirs"]
    assert seen[names["inner"]["parentSpanId"]]["name"] == "theirs"
    assert seen[names["theirs"]["parentSpanId"]]["name"] == "outer"
    assert {span["traceId"] for span in seen.values()} == {names["outer"]["traceId"]}
    assert "project_name:demo" in repr(names["inner"]["attributes"])
    assert "secret" not in repr(seen)
    assert [row["span_attributes"]["name"] for row in rows.all()] == ["outer", "theirs", "inner"]
    assert rows.named("outer")["input"] == "secret"


def test_logfire_beside_us(sink: OtlpSink, rows: CapturedRows) -> None:
    """Logfire hands its processors copies of spans; our rows are whole, and named as it shows."""
    ours = braintrust.BraintrustSpanProcessor("project_name:demo")
    configured = configured_logfire(sink, additional_span_processors=[ours])

    with configured.span("theirs"), braintrust.start_span(name="ours", input="secret"):
        configured.info("below {what}", what="ours")
    configured.force_flush()

    seen = [span for span in sink.drain() if not is_pending(span)]
    assert sorted(span["name"] for span in seen) == ["below {what}", "theirs"]
    assert [row["span_attributes"]["name"] for row in rows.all("demo")] == [
        "theirs",
        "ours",
        "below ours",
    ]
    assert rows.named("ours")["input"] == "secret"
    below = rows.named("below ours")
    assert below["span_parents"] == [rows.named("ours")["span_id"]]
    assert below["metadata"]["logfire.msg_template"] == "below {what}"


def test_a_logger_on_logfires_provider(sink: OtlpSink, rows: CapturedRows) -> None:
    """Logfire's provider is not the SDK's, and a logger joins it all the same."""
    configured = configured_logfire(sink)
    provider = configured.config.get_tracer_provider()

    braintrust.init_logger(project="demo", tracer_provider=provider)
    with configured.span("theirs"), braintrust.start_span(name="ours", input="secret"):
        is_lean = isinstance(trace.get_current_span(), LeanSpan)
    configured.force_flush()

    assert is_lean
    assert sorted(span["name"] for span in sink.drain() if not is_pending(span)) == [
        "ours",
        "theirs",
    ]
    assert [row["span_attributes"]["name"] for row in rows.all("demo")] == ["theirs", "ours"]


def is_pending(span: dict[str, Any]) -> bool:
    """Tell whether this is Logfire's note that a span has started."""
    return "pending_span" in repr(span.get("attributes"))
