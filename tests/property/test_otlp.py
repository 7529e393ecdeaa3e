"""Laws of the OTLP endpoint."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from braintrust_otel.server.app import LocalServer
from support.otlp import JSON, PROTOBUF, OtlpClient, attribute, json_body, request, span
from support.stores import store_in_memory

# fmt: off
NAMES = [
    "resourceSpans", "scopeSpans", "spans", "resource", "scope", "attributes", "key", "value",
    "stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "arrayValue",
    "kvlistValue", "values", "traceId", "spanId", "parentSpanId", "name", "kind", "status", "code",
    "message", "events", "links", "startTimeUnixNano", "endTimeUnixNano", "timeUnixNano",
]
# fmt: on
texts = st.text(max_size=4) | st.sampled_from(["7c8aea90d2d80b2d076226163be82ae4", "1", "NaN"])
plain = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
spans = st.dictionaries(st.sampled_from(NAMES), anything, max_size=5).map(lambda told: span(**told))
values = st.recursive(
    st.builds(lambda text: {"stringValue": text}, st.text(max_size=5))
    | st.builds(lambda number: {"intValue": str(number)}, st.integers(-(2**63), 2**63 - 1))
    | st.builds(lambda number: {"doubleValue": str(number)}, st.floats(allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: {"arrayValue": {"values": items}}),
    max_leaves=6,
)
SERVER = OtlpClient(LocalServer(store_in_memory()))


@settings(deadline=None)  # each is written to a database
@given(anything)
def test_any_json_is_answered_and_never_a_fault(body: Any) -> None:
    """Whatever JSON is sent, it is taken or refused."""
    assert SERVER.send(json.dumps(body).encode()).status in (200, 400)


@settings(deadline=None)
@given(st.lists(spans, max_size=3))
def test_spans_of_any_form_are_stored_or_rejected(told: list[dict[str, Any]]) -> None:
    """Whatever stands in a span, every span is stored or counted as rejected."""
    answer = SERVER.send(json_body(request(*told)))

    partial = json.loads(answer.body).get("partialSuccess", {})
    assert answer.status == 200
    assert 0 <= int(partial.get("rejectedSpans", 0)) <= len(told)


@settings(deadline=None)
@given(st.binary(max_size=60), st.sampled_from([JSON, PROTOBUF]), st.sampled_from(["", "gzip"]))
def test_any_bytes_are_answered_and_never_a_fault(body: bytes, kind: str, encoding: str) -> None:
    """Whatever bytes are sent, in whatever encoding, they are taken or refused."""
    assert SERVER.send(body, kind, content_encoding=encoding).status in (200, 400)


@settings(deadline=None)
@given(values)
def test_every_value_is_kept(value: dict[str, Any]) -> None:
    """An attribute of any value is stored; nothing of the span is rejected."""
    answer = SERVER.send(json_body(request(span(attributes=[attribute("a", **value)]))))

    assert (answer.status, answer.body) == (200, b"{}")
