"""Other vendors' processors see what a captured call is; its row is what it ever was."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

import braintrust_otel as braintrust
from braintrust_otel._runtime import root
from braintrust_otel.instrument import Calls, Child
from braintrust_otel.testing import CapturedRows

OF_ONE_RUN = (
    *("_xact_id", "created", "id", "span_id", "root_span_id", "span_parents"),
    *("error", "project_id"),
)
CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


def call_model() -> None:
    """Capture one call that fails after its answer, as an instrumentor does."""
    call = Calls("braintrust-otel-test").start(
        "Chat Completion",
        read=lambda: {
            "input": [{"role": "user", "content": "When?"}],
            "metadata": {"provider": "azure", "model": "m", "temperature": 0.5},
            "attributes": lambda: {"gen_ai.request.seed": 3, "server.address": "example.com"},
        },
    )
    assert call is not None
    call.first_token()
    call.fail(
        ValueError("cut"),
        lambda: {
            "output": [{"index": 0, "finish_reason": "length", "message": {"content": "No"}}],
            "metadata": {"model": "m-2026"},
            "metrics": {"prompt_tokens": 7, "completion_tokens": 2, "tokens": 9},
            "children": [Child("web_search", {"input": "x"})],
        },
    )


def watch() -> InMemorySpanExporter:
    """Let another vendor see the spans."""
    assert root.pinned is not None
    seen = InMemorySpanExporter()
    root.pinned.provider.add_span_processor(SimpleSpanProcessor(seen))
    return seen


def seen_call(seen: InMemorySpanExporter) -> ReadableSpan:
    (span,) = [span for span in seen.get_finished_spans() if span.name == "Chat Completion"]
    return span


def timeless(rows: CapturedRows) -> list[dict[str, Any]]:
    """Return the rows without what differs between any two runs."""
    found = rows.all()
    for row in found:
        for name in OF_ONE_RUN:
            row.pop(name, None)
        row["metrics"] = sorted(row["metrics"])
        row["span_attributes"].pop("exec_counter")
        row["context"].pop("caller_lineno", None)
    return sorted(found, key=str)


@pytest.mark.usefixtures("rows")
def test_others_see_model_tokens_and_error() -> None:
    """A span that others see has the standard attributes, and is a client's."""
    seen = watch()
    braintrust.init_logger(project="p")

    call_model()

    span = seen_call(seen)
    shown = {key: value for key, value in (span.attributes or {}).items() if "." in key}
    first_token = shown.pop("gen_ai.response.time_to_first_chunk")
    assert span.kind is SpanKind.CLIENT
    assert isinstance(first_token, float)
    assert shown == {
        "braintrust.parent": "project_name:p",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.seed": 3,
        "server.address": "example.com",
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ("length",),
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 2,
        "error.type": "ValueError",
    }


def test_row_is_the_same_with_and_without_others(
    rows: CapturedRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others are shown, messages included, leaves no trace in the rows."""
    monkeypatch.setenv(CONTENT, "true")
    braintrust.init_logger(project="alone")
    call_model()
    alone = timeless(rows)

    seen = watch()
    braintrust.init_logger(project="watched")
    call_model()

    watched = [row for row in timeless(rows) if row not in alone]
    assert "gen_ai.input.messages" in (seen_call(seen).attributes or {})
    assert watched == []


@pytest.mark.parametrize(
    ("setting", "is_shown"),
    [
        ("true", True),
        ("SPAN_ONLY", True),
        ("span_and_event", True),
        ("event_only", False),
        ("no_content", False),
        ("false", False),
    ],
)
@pytest.mark.usefixtures("rows")
def test_setting_decides_about_messages(
    monkeypatch: pytest.MonkeyPatch, setting: str, is_shown: bool
) -> None:
    """Messages are shown only where OpenTelemetry's own setting wants them on spans."""
    monkeypatch.setenv(CONTENT, setting)
    seen = watch()
    braintrust.init_logger(project="p")

    call_model()

    assert ("gen_ai.input.messages" in (seen_call(seen).attributes or {})) is is_shown


@pytest.mark.usefixtures("rows")
def test_masking_has_no_way_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a masking function is set, nobody is shown messages, whatever the setting says."""
    monkeypatch.setenv(CONTENT, "true")
    seen = watch()
    braintrust.init_logger(project="p")
    braintrust.set_masking_function(lambda value: value)

    call_model()

    assert "gen_ai.input.messages" not in (seen_call(seen).attributes or {})
    assert "gen_ai.request.model" in (seen_call(seen).attributes or {})
