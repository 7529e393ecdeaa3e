"""Takes the content of model calls out of OpenTelemetry's logs and into the rows of their spans."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from typing_extensions import override

from braintrust_otel._diagnostics import guard
from braintrust_otel._mapping.log_events import log_event
from braintrust_otel._otel.log_events import log_events
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._runtime.beside import SpanKey

__all__ = ["BraintrustLogRecordProcessor", "join_logs"]


class BraintrustLogRecordProcessor(LogRecordProcessor):
    """Joins what instrumentors write about model calls into logs onto the spans of these calls.

    Add it to the logger provider, next to a ``BraintrustSpanProcessor`` or exporter on the tracer
    provider, which ships the spans::

        logger_provider.add_log_record_processor(BraintrustLogRecordProcessor())

    A prompt or an answer that is logged becomes input or output of the span that was current,
    whether it is logged before that span ends or afterwards. Only events of such content are
    looked at (``gen_ai.*``, and the requests of Claude Code and Gemini CLI); all other log records
    stay where they are. An event without a span that is shipped is in no row: it is counted in
    ``stats()`` and said.
    """

    def __init__(self) -> None:
        log_events()

    @override
    def on_emit(self, log_record: Any) -> None:
        with guard("joining a log record onto its span", root.notices):
            _take(getattr(log_record, "log_record", log_record))

    def emit(self, log_data: Any) -> None:
        """Do what ``on_emit`` does: its name in older versions of OpenTelemetry's SDK."""
        self.on_emit(log_data)

    @override
    def shutdown(self) -> None:
        """Do nothing: spans of events that wait may end yet."""

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return root.flush(timeout_millis / 1_000)


def join_logs() -> bool:
    """Add a processor of ours to the global logger provider, if that is the SDK's.

    Returns:
        Whether log events are joined onto spans now.
    """
    from opentelemetry._logs import get_logger_provider

    provider = get_logger_provider()
    if not isinstance(provider, LoggerProvider):
        return False
    several: Any = getattr(provider, "_multi_log_record_processor", None)
    known = getattr(several, "_log_record_processors", ())
    if not any(isinstance(each, BraintrustLogRecordProcessor) for each in known):
        provider.add_log_record_processor(BraintrustLogRecordProcessor())
    return True


def _take(record: Any) -> None:
    # Other libraries' records of all sorts come through here: most are none of ours.
    event = log_event(
        getattr(record, "event_name", None),
        record.timestamp or record.observed_timestamp or time.time_ns(),
        record.body,
        record.attributes or {},
    )
    if event is not None:
        log_events().add(_span_of(record), event)


def _span_of(record: Any) -> SpanKey | None:
    return (record.trace_id, record.span_id) if record.trace_id and record.span_id else None
