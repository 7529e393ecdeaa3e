"""What programs need that trace with OpenTelemetry and send to Braintrust.

The processor and the exporter are for the provider of such a program; the functions let a trace go
from one process to another where one of them uses OpenTelemetry alone.
"""

from __future__ import annotations

from braintrust_otel._model.sampling import TailSampling
from braintrust_otel._otel.exporter import BraintrustSpanExporter
from braintrust_otel._otel.handover import (
    add_parent_to_baggage,
    add_span_parent_to_baggage,
    context_from_span_export,
    parent_from_headers,
)
from braintrust_otel._otel.log_records import BraintrustLogRecordProcessor
from braintrust_otel._otel.processor import BraintrustSpanProcessor
from braintrust_otel._otel.tail_sampling import set_tail_sampling

__all__ = [
    "BraintrustLogRecordProcessor",
    "BraintrustSpanExporter",
    "BraintrustSpanProcessor",
    "TailSampling",
    "add_parent_to_baggage",
    "add_span_parent_to_baggage",
    "context_from_span_export",
    "parent_from_headers",
    "set_tail_sampling",
]
