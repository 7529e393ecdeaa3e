"""What is peculiar to OTLP in JSON."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel.server.otlp import received as limits
from braintrust_otel.server.otlp.json_format import read_json
from braintrust_otel.server.otlp.received import MalformedError, TooManyError
from support.otlp import SPAN_ID, TRACE_ID, attribute, json_body, request, span


def test_unknown_and_null_fields_are_as_good_as_absent() -> None:
    """Fields of later versions, and nulls, change nothing."""
    told = request(
        span(future={"x": [1]}, attributes=None, events=None, links=None, status=None, kind=None)
    )

    (view,) = read_json(json_body(told | {"future": 1})).views

    assert (view.attributes, view.events, view.links, view.kind) == ({}, [], [], "internal")


def test_ids_may_be_in_upper_case() -> None:
    """Hex digits are read in either case and kept in lower case."""
    (view,) = read_json(json_body(request(span(traceId=TRACE_ID.upper())))).views

    assert (view.trace_id, view.span_id) == (TRACE_ID, SPAN_ID)


def test_enums_may_be_names() -> None:
    """Names of kinds and status codes are as good as their numbers."""
    told = span(kind="SPAN_KIND_SERVER", status={"code": "STATUS_CODE_ERROR"})

    (view,) = read_json(json_body(request(told))).views

    assert (view.kind, view.is_error) == ("server", True)


@pytest.mark.parametrize("time", [1_500, "1500", 1.5e3])
def test_times_may_be_numbers_or_texts(time: object) -> None:
    """64-bit integers come as texts from careful exporters and as numbers from others."""
    (view,) = read_json(json_body(request(span(startTimeUnixNano=time)))).views

    assert view.start_ns == 1_500


@pytest.mark.parametrize(
    "changes",
    [
        {"startTimeUnixNano": "soon"},
        {"startTimeUnixNano": -1},
        {"endTimeUnixNano": 1 << 64},
        {"endTimeUnixNano": True},
        {"endTimeUnixNano": 0.5},
        {"endTimeUnixNano": []},
        {"kind": "SPAN_KIND_OTHER"},
        {"name": 5},
        {"status": []},
        {"events": {}},
        {"links": [1]},
        {"attributes": ["a"]},
        {"attributes": [{"key": 5}]},
        {"attributes": [{"key": "a", "value": "bare"}]},
        {"attributes": [attribute("a", intValue="x")]},
        {"attributes": [attribute("a", intValue=str(1 << 63))]},
        {"attributes": [attribute("a", boolValue="true")]},
        {"attributes": [attribute("a", stringValue=1)]},
        {"attributes": [attribute("a", doubleValue=[1])]},
        {"attributes": [attribute("a", doubleValue="much")]},
        {"attributes": [attribute("a", doubleValue=True)]},
        {"attributes": [attribute("a", bytesValue="A")]},
        {"attributes": [attribute("a", bytesValue=1)]},
        {"attributes": [attribute("a", arrayValue=[])]},
        {"attributes": [attribute("a", kvlistValue={"values": 1})]},
    ],
)
def test_a_value_of_the_wrong_type_costs_its_span(changes: dict[str, Any]) -> None:
    """A span with a value that cannot be right is a problem; its neighbour is read."""
    received = read_json(json_body(request(span(**changes), span(name="good"))))

    assert [view.name for view in received.views] == ["good"]
    assert len(received.problems) == 1


def test_a_span_that_is_no_object_is_a_problem() -> None:
    """Whatever stands where a span should, its neighbours are read."""
    received = read_json(json_body(request(5, span())))

    assert received.problems == ["the span is no object"]
    assert len(received.views) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [1]}',
        b'{"resourceSpans": [{"resource": 1}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"scope": {"name": 1}}]}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]}',
        b"[" * 100_000,
        b'{"resourceSpans":' * 100_000,
    ],
)
def test_what_is_no_request_is_malformed(body: bytes) -> None:
    """A body that is broken above its spans is refused whole."""
    with pytest.raises(MalformedError):
        read_json(body)


def test_deep_nesting_costs_its_span() -> None:
    """An attribute nested deeper than anything sane is a problem of its span."""
    value: dict[str, Any] = {"intValue": "1"}
    for _ in range(limits.MAX_DEPTH):
        value = {"kvlistValue": {"values": [{"key": "k", "value": value}]}}

    received = read_json(json_body(request(span(attributes=[{"key": "a", "value": value}]))))

    assert received.problems == ["an attribute is nested deeper than 48 values"]


def test_too_many_objects_are_refused_unread() -> None:
    """A body of nothing but brackets is not even parsed."""
    with pytest.raises(TooManyError, match="attributes, events and values"):
        read_json(b"{" * (limits.MAX_NODES + 1))
