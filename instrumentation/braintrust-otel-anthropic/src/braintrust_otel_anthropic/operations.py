"""What is captured: how each method's span is named, and how its call and answer are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, LineBody, Reading, SpanInfo
from braintrust_otel_anthropic.accumulators import MessageAccumulator
from braintrust_otel_anthropic.batch_results import ResultsAccumulator
from braintrust_otel_anthropic.own_spans import quieten
from braintrust_otel_anthropic.providers import provider_of
from braintrust_otel_anthropic.request import read_batch_id, read_batch_requests, read_request
from braintrust_otel_anthropic.response import read_batch, read_failure, read_message

__all__ = ["BATCH_CREATE", "BATCH_RESULTS", "CREATE", "PARSE", "STREAM"]

_ReadRequest = Callable[[Mapping[str, Any], SpanInfo, str], Fields]

_NO_INFO = SpanInfo()  # the kit adds what a prompt says


def _asked(read: _ReadRequest, asked: Mapping[str, Any], resource: Any) -> Fields:
    """Read the arguments of a call that is about to be made, and traced."""
    quieten(resource)
    return read(asked, _NO_INFO, provider_of(resource))


def _results_body(content_type: str) -> LineBody:
    return LineBody(ResultsAccumulator())


def _read_nothing(answer: Any) -> Fields:
    return {}


def _for_messages(name: str) -> Reading:
    return Reading(
        name,
        partial(_asked, read_request),
        read_message,
        MessageAccumulator,
        failure=read_failure,
        listed=("messages", "system", "tools", "stop_sequences"),
    )


CREATE = _for_messages("anthropic.messages.create")
PARSE = _for_messages("anthropic.messages.parse")
STREAM = _for_messages("anthropic.messages.stream")

BATCH_CREATE = Reading(
    "anthropic.messages.batches.create",
    partial(_asked, read_batch_requests),
    read_batch,
    listed=("requests",),
    type="task",
)
BATCH_RESULTS = Reading(
    "anthropic.messages.batches.results",
    partial(_asked, read_batch_id),
    _read_nothing,
    ResultsAccumulator,
    positional=("message_batch_id",),
    type="task",
    body=_results_body,
)
