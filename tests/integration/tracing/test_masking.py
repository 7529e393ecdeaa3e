"""Masking, from the public function to the stored rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from support import backend_faults as faults
from support.backend import Backend
from support.pipeline_here import shipping_here

SECRET = "4111-1111-1111-1111"  # noqa: S105 - it must not be found anywhere


@pytest.fixture(autouse=True)
def unmasked() -> Iterator[None]:
    yield
    braintrust.set_masking_function(None)


def hide(value: Any) -> Any:
    """Return *value* with every text starred."""
    if isinstance(value, str):
        return "***"
    if isinstance(value, dict):
        return {key: hide(member) for key, member in value.items()}
    return [hide(item) for item in value] if isinstance(value, list) else value


def fail(value: object) -> object:
    raise RuntimeError(SECRET)


def test_everything_that_is_logged_is_masked(rows: CapturedRows) -> None:
    """Spans, what is logged on them after their end, and one-shot rows are masked alike."""
    braintrust.set_masking_function(hide)
    logger = braintrust.init_logger(project="p")

    with braintrust.start_span(name="outer", input=SECRET) as span:
        span.log(metadata={"card": SECRET}, scores={"s": 1})
    span.log(output={"card": [SECRET]})
    logger.log(input=SECRET, expected=SECRET, allow_concurrent_with_spans=True)

    found = rows.all()
    assert SECRET not in str(found)
    outer = rows.named("outer")
    assert (outer["input"], outer["output"]) == ("***", {"card": ["***"]})
    assert (outer["metadata"], outer["scores"]) == ({"card": "***"}, {"s": 1})
    assert outer["context"]["caller_filename"] == "***"
    assert outer["context"]["span_origin"]["name"].startswith("braintrust")


def test_feedback_and_updates_are_masked(rows: CapturedRows) -> None:
    """What is added to a row later, from anywhere, is masked as the row itself."""
    braintrust.set_masking_function(hide)
    logger = braintrust.init_logger(project="p")
    row_id = logger.log(input="x")

    logger.log_feedback(row_id, expected=SECRET, comment=SECRET, metadata={"by": SECRET})
    logger.update_span(row_id, output={"card": SECRET})

    row = rows.one()
    assert SECRET not in str(row)
    assert (row["expected"], row["output"]) == ("***", {"card": "***"})
    assert [comment["comment"] for comment in row["comments"]] == [{"text": "***"}]
    assert row["audit_data"][0]["metadata"] == {"by": "***"}


def test_none_ends_masking(rows: CapturedRows) -> None:
    """Without a function, rows are sent as they are."""
    braintrust.set_masking_function(hide)
    logger = braintrust.init_logger(project="p")

    braintrust.set_masking_function(None)
    logger.log(input="plain")

    assert rows.one()["input"] == "plain"


def test_captured_rows_are_masked_as_in_production() -> None:
    """A test of a program sees what the program's own masking function leaves."""
    braintrust.set_masking_function(hide)

    with capture_rows() as captured:
        braintrust.init_logger(project="p").log(input=SECRET)

        assert captured.one()["input"] == "***"


def test_what_is_no_function_is_refused() -> None:
    """A masking function that cannot be called is a mistake, and is said at once."""
    with pytest.raises(TypeError, match="callable or None, not str"):
        braintrust.set_masking_function("mask")  # type: ignore[arg-type]  # what the test is about


def test_spans_of_other_libraries_are_masked(rows: CapturedRows) -> None:
    """What another library puts into attributes, events and names of fields is masked as well."""
    braintrust.set_masking_function(hide)
    braintrust.init_logger(project="p")
    tracer = rows.provider.get_tracer("other")

    with tracer.start_as_current_span("chat") as span:
        span.set_attribute("gen_ai.prompt", SECRET)
        span.set_attribute("braintrust.input_json", f'"{SECRET}"')
        span.set_attribute("custom", SECRET)
        span.add_event("note", {"text": SECRET})

    assert SECRET not in str(rows.all())
    assert rows.named("chat")["input"] == "***"


def test_other_exporters_see_no_payload(rows: CapturedRows) -> None:
    """While a mask is set, what is logged is in no attribute that other exporters could read."""
    exporter = InMemorySpanExporter()
    rows.provider.add_span_processor(SimpleSpanProcessor(exporter))
    braintrust.set_masking_function(hide)
    braintrust.init_logger(project="p")

    with braintrust.start_span(name="outer", input=SECRET) as span:
        span.log(output=SECRET, metadata={"card": SECRET})

    (exported,) = exporter.get_finished_spans()
    assert SECRET not in exported.to_json()


@pytest.mark.parametrize(
    "function", [fail, lambda _: 1, lambda _: object()], ids=["raises", "number", "object"]
)
def test_bad_function_leaks_nothing(
    function: Callable[[object], object], rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """A function that fails or returns nonsense costs its fields, and nothing is raised."""
    braintrust.set_masking_function(function)
    braintrust.init_logger(project="p")

    with braintrust.start_span(name="s", input=SECRET, metadata={"a": SECRET}) as span:
        span.log(output=SECRET, expected=SECRET, scores={"a": 0.5}, metrics={"b": 1})

    row = rows.one()
    assert SECRET not in str(row)
    assert SECRET not in caplog.text
    assert row["metrics"]["start"] <= row["metrics"]["end"]


def test_slow_function_delays_nobody(rows: CapturedRows) -> None:
    """The caller goes on while the function is still at work on an earlier row."""
    begun, may_go_on = threading.Event(), threading.Event()

    def wait(value: object) -> object:
        begun.set()
        may_go_on.wait(5)
        return "***"

    braintrust.set_masking_function(wait)
    logger = braintrust.init_logger(project="p")

    logger.log(input=1)
    assert begun.wait(5)
    logger.log(input=2)
    may_go_on.set()

    assert [row["input"] for row in rows.all()] == ["***", "***"]


def test_function_that_logs_is_not_traced(rows: CapturedRows) -> None:
    """What a masking function traces would be masked, which would be traced, and so on."""

    @braintrust.traced
    def ask_a_model(value: object) -> str:
        return f"masked {value}"

    braintrust.set_masking_function(ask_a_model)
    logger = braintrust.init_logger(project="p")

    logger.log(input="x")
    first = rows.all()

    assert [row["input"] for row in first] == ["masked x"]
    assert rows.all() == first


def test_errors_are_masked_on_request(rows: CapturedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are left alone unless the setting says otherwise."""
    monkeypatch.setenv("BRAINTRUST_MASK_ERRORS", "true")
    braintrust.set_masking_function(hide)
    logger = braintrust.init_logger(project="p")

    logger.log(input="x", error=f"ValueError: {SECRET}")

    assert rows.one()["error"] == "***"


def test_dumped_payloads_are_masked(tmp_path: Path) -> None:
    """Copies of requests, sent or failed, hold what left the process and nothing else."""
    every, failed = tmp_path / "all", tmp_path / "failed"
    directories = {
        "BRAINTRUST_ALL_PUBLISH_PAYLOADS_DIR": str(every),
        "BRAINTRUST_FAILED_PUBLISH_PAYLOADS_DIR": str(failed),
    }
    with Backend() as backend, shipping_here(backend, directories) as here:
        backend.fail_always("logs3", faults.status(400))
        braintrust.set_masking_function(hide)
        here.log(SECRET)
        here.flush()

    files = [*every.iterdir(), *failed.iterdir()]
    texts = [file.read_text() for file in files]
    assert len(files) >= 2
    assert "***" in texts[0]
    assert SECRET not in "".join(texts)
