"""A logger beside Sentry and Datadog: they get what they got before, we get whole trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from ddtrace.opentelemetry import TracerProvider as DatadogProvider
from opentelemetry.sdk.trace import TracerProvider
from sentry_sdk.integrations.opentelemetry import SentrySpanProcessor
from sentry_sdk.transport import Transport

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.timeout(60),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # in the vendors' packages
]

DSN = "http://key@127.0.0.1:9/1"
AI = {"gen_ai.operation.name": "chat"}


class Kept(Transport):
    """Takes what Sentry would send."""

    def __init__(self) -> None:
        super().__init__({"dsn": DSN})
        self.transactions: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        found = (item.get_transaction_event() for item in envelope.items)
        self.transactions += [one for one in found if one is not None]


@pytest.fixture
def sentry() -> Iterator[Kept]:
    """Switch Sentry on, which sends to nobody."""
    kept = Kept()
    sentry_sdk.init(
        dsn=DSN,
        transport=kept,
        traces_sample_rate=1.0,
        instrumenter="otel",
        default_integrations=False,
    )
    yield kept
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch what our API logs."""
    with capture_rows() as captured:
        yield captured


def tree(rows: CapturedRows) -> dict[str, str | None]:
    found = rows.all()
    names = {row["span_id"]: row["span_attributes"]["name"] for row in found}
    return {
        row["span_attributes"]["name"]: names[row["span_parents"][0]]
        if row["span_parents"]
        else None
        for row in found
    }


def test_a_logger_beside_sentry(sentry: Kept, rows: CapturedRows) -> None:
    """Sentry gets its transaction with all spans; we get what is about AI, ours, and above."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SentrySpanProcessor())
    tracer = provider.get_tracer("shop")
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with tracer.start_as_current_span("GET /"), braintrust.start_span(name="ours", input="secret"):
        tracer.start_span("chat", attributes=AI).end()
        tracer.start_span("SELECT").end()

    (transaction,) = sentry.transactions
    seen = {span["description"] for span in transaction["spans"]}
    assert (transaction["transaction"], seen) == ("GET /", {"ours", "chat", "SELECT"})
    assert "secret" not in repr(transaction)
    assert tree(rows) == {"GET /": None, "ours": "GET /", "chat": "ours"}
    assert rows.named("ours")["input"] == "secret"


def test_a_logger_on_datadogs_provider(rows: CapturedRows) -> None:
    """Datadog's provider is not the SDK's: our spans are its spans, and our rows one whole tree."""
    provider = DatadogProvider()
    tracer = provider.get_tracer("shop")
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with (
        tracer.start_as_current_span("GET /") as theirs,
        braintrust.start_span(name="ours", input="q"),
        braintrust.start_span(name="below"),
    ):
        pass

    assert tree(rows) == {"ours": None, "below": "ours"}
    assert rows.named("ours")["input"] == "q"
    trace_id = theirs.get_span_context().trace_id
    assert {row["root_span_id"] for row in rows.all()} == {f"{trace_id:032x}"}
