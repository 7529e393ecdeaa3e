"""Log records as instrumentors emit them, and rows as a server stores them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry import _logs
from opentelemetry.sdk import _logs as sdk
from opentelemetry.trace import INVALID_SPAN, Span

from braintrust_otel import _json
from braintrust_otel._model.rows import Row, apply_merge
from braintrust_otel.otel import BraintrustLogRecordProcessor

__all__ = ["ANSWER", "QUESTION", "Events", "stored"]

QUESTION = ("gen_ai.user.message", {"content": "Is it late?"})
ANSWER = (
    "gen_ai.choice",
    {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Not before the evening."},
    },
)


# Up to 1.38 the SDK has a class of its own for what it emits.
_RECORD: Any = getattr(sdk, "LogRecord", None) or _logs.LogRecord


class Events:
    """Writes events into OpenTelemetry's logs, from where they are joined onto spans."""

    def __init__(self) -> None:
        self.provider = sdk.LoggerProvider(shutdown_on_exit=False)
        self.provider.add_log_record_processor(BraintrustLogRecordProcessor())
        self._logger = self.provider.get_logger("some.instrumentor")
        self._time_ns = 0

    def emit(self, span: Span | None, name: str, body: Any = None, **attributes: Any) -> None:
        """Write one event that belongs to *span*."""
        self._time_ns += 1
        identity = (span or INVALID_SPAN).get_span_context()
        self._logger.emit(
            _RECORD(
                timestamp=self._time_ns,
                trace_id=identity.trace_id,
                span_id=identity.span_id,
                trace_flags=identity.trace_flags,
                body=body,
                attributes={"event.name": name, "gen_ai.system": "openai", **attributes},
            )
        )


def stored(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Return what a server has, by id, once it has stored *rows* one after the other."""
    held: dict[str, dict[str, Any]] = {}
    for row in rows:
        merge = {"_is_merge": True} if row.is_merge else {}
        value: Any = _json.loads(_json.dumps({"id": row.id, **row.fields, **merge}))
        held[row.id] = apply_merge(held.get(row.id), value)
    return held
