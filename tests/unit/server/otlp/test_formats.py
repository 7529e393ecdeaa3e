"""OTLP requests are read the same from both encodings."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from braintrust_otel._mapping.view import EventView, LinkView, SpanView
from braintrust_otel.server.otlp import received as limits
from braintrust_otel.server.otlp.json_format import read_json
from braintrust_otel.server.otlp.protobuf_format import read_protobuf
from braintrust_otel.server.otlp.received import MalformedError, Received, TooManyError
from support.otlp import (
    NOW_NS,
    SPAN_ID,
    TRACE_ID,
    attribute,
    json_body,
    protobuf_body,
    request,
    span,
)

OTHER = "00f067aa0ba902b7"
Read = Callable[[Any], Received]


def from_json(told: Any) -> Received:
    return read_json(json_body(told))


def from_protobuf(told: Any) -> Received:
    return read_protobuf(protobuf_body(told))


@pytest.fixture(params=[from_json, from_protobuf], ids=["json", "protobuf"])
def read(request: pytest.FixtureRequest) -> Read:
    """The reader of either encoding."""
    reader: Read = request.param
    return reader


def test_everything_of_a_span_is_read(read: Read) -> None:
    """Ids, times, kind, status, attributes, events, links, scope and resource all arrive."""
    told = request(
        span(
            parentSpanId=OTHER,
            kind=3,
            attributes=[attribute("a", stringValue="x")],
            events=[
                {"name": "e", "timeUnixNano": "5", "attributes": [attribute("b", intValue="1")]}
            ],
            links=[{"traceId": TRACE_ID, "spanId": OTHER, "attributes": []}],
            status={"code": 2, "message": "boom"},
            droppedAttributesCount=1,
            droppedEventsCount=2,
            droppedLinksCount=3,
            traceState="vendor=1",
        ),
        resource=[attribute("service.name", stringValue="shop")],
    )

    (view,) = read(told).views

    assert view.resource_text is not None
    assert view.resource_text.data == b'{"service.name":"shop"}'
    view.resource_text = None
    assert view == SpanView(
        name="outer",
        trace_id=TRACE_ID,
        span_id=SPAN_ID,
        parent_span_id=OTHER,
        start_ns=NOW_NS,
        end_ns=NOW_NS + 500_000_000,
        attributes={"a": "x"},
        events=[EventView("e", 5, {"b": 1})],
        links=[LinkView(TRACE_ID, OTHER, {})],
        is_error=True,
        status_description="boom",
        kind="client",
        scope_name="some.library",
        scope_version="1.0",
        resource={"service.name": "shop"},
        dropped=(1, 2, 3),
        trace_state="vendor=1",
    )


def test_a_bare_span_is_read(read: Read) -> None:
    """What a span does not tell is absent, not zero."""
    told = {
        "resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": TRACE_ID, "spanId": OTHER}]}]}]
    }

    (view,) = read(told).views

    assert (view.parent_span_id, view.start_ns, view.end_ns) == (None, None, None)
    assert (view.is_error, view.status_description, view.kind) == (False, None, "internal")
    assert (view.name, view.scope_name, view.scope_version, view.resource) == ("", "", "", {})


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ({"stringValue": ""}, ""),
        ({"boolValue": False}, False),
        ({"intValue": "-9223372036854775808"}, -(1 << 63)),
        ({"intValue": 7}, 7),
        ({"doubleValue": 2}, 2.0),
        ({"doubleValue": "-Infinity"}, -math.inf),
        ({"bytesValue": "AP8="}, b"\x00\xff"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {}]}}, (1, None)),
        ({"arrayValue": {}}, ()),
        ({"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}}, {"k": True}),
        ({"kvlistValue": {}}, {}),
        ({}, None),
    ],
)
def test_values_are_those_of_the_sdk(read: Read, told: dict[str, Any], value: object) -> None:
    """Every kind of attribute value is what the OTel SDK would hold."""
    (view,) = read(request(span(attributes=[{"key": "a", "value": told}]))).views

    assert view.attributes == {"a": value}
    assert type(view.attributes["a"]) is type(value)


def test_not_a_number_is_read(read: Read) -> None:
    """A double that is no number arrives as such."""
    (view,) = read(request(span(attributes=[attribute("a", doubleValue="NaN")]))).views

    assert math.isnan(view.attributes["a"])  # type: ignore[arg-type]  # it is a float


@pytest.mark.parametrize(
    "kind", [(0, "internal"), (2, "server"), (4, "producer"), (5, "consumer"), (77, "internal")]
)
def test_kinds_have_names(read: Read, kind: tuple[int, str]) -> None:
    """The kind is named; one that is not known yet is the plain one."""
    (view,) = read(request(span(kind=kind[0]))).views

    assert view.kind == kind[1]


@pytest.mark.parametrize("zero", ["", "0" * 16])
def test_parent_of_zeros_is_none(read: Read, zero: str) -> None:
    """Exporters write a root's parent as nothing or as zeros."""
    assert read(request(span(parentSpanId=zero))).views[0].parent_span_id is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"traceId": "ab"}, "the trace id 'ab' is not 32 hex digits"),
        ({"traceId": "0" * 32}, "trace id"),
        ({"spanId": ""}, "the span id '' is not 16 hex digits"),
        ({"spanId": "ab" * 99}, "the span id 'ab"),
        ({"parentSpanId": "ab"}, "parent span id"),
    ],
)
def test_a_span_without_proper_ids_is_a_problem(
    read: Read, changes: dict[str, Any], problem: str
) -> None:
    """A bad span costs itself only."""
    received = read(request(span(**changes), span(name="good")))

    assert [view.name for view in received.views] == ["good"]
    assert len(received.problems) == 1
    assert problem in received.problems[0]


def test_order_is_kept_across_resources_and_scopes(read: Read) -> None:
    """Spans of several resources and scopes come in the order of the request."""
    one, two = request(span(name="a"), span(name="b")), request(span(name="c"), scope={"name": "s"})
    told = {"resourceSpans": one["resourceSpans"] + two["resourceSpans"]}

    views = read(told).views

    assert [(view.name, view.scope_name) for view in views] == [
        ("a", "some.library"),
        ("b", "some.library"),
        ("c", "s"),
    ]


def test_no_spans_are_legal(read: Read) -> None:
    """An empty request holds nothing and is fine."""
    assert read({}) == Received()


def test_too_many_spans_are_refused(read: Read) -> None:
    """A request for one span more than allowed is refused whole."""
    told = request(*[{}] * (limits.MAX_SPANS + 1))

    with pytest.raises(TooManyError, match="more than 50,000 spans"):
        read(told)


@pytest.mark.parametrize("notes", ["events", "links"])
def test_too_many_events_and_links_are_refused(read: Read, notes: str) -> None:
    """All spans of a request together may have so many events and links."""
    many = [{}] * (limits.MAX_NOTES // 2)

    assert len(read(request(span(**{notes: many}), span(**{notes: many}))).views) == 2
    with pytest.raises(TooManyError, match="more than 200,000 span events and links"):
        read(request(span(**{notes: many}), span(**{notes: [*many, {}]})))


def test_nesting_that_is_deep_but_sane_is_read(read: Read) -> None:
    """Values within values are read as deep as both encodings can say them."""
    value: dict[str, Any] = {"intValue": "1"}
    for _ in range(40):
        value = {"arrayValue": {"values": [value]}}

    (view,) = read(request(span(attributes=[{"key": "a", "value": value}]))).views

    assert str(view.attributes["a"]).count("(") == 40


def test_protobuf_nested_too_deeply_is_malformed() -> None:
    """A value in 1,000 values is refused, not followed."""
    body = b""
    path = [1, 2, 2, 9, 2, *[5, 1] * 1_000]
    for number in reversed(path):
        body = bytes((number << 3 | 2,)) + _length(body) + body

    with pytest.raises(MalformedError, match="nested too deeply"):
        read_protobuf(body)


@pytest.mark.parametrize(
    "body", [b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\x0b", b"\x0a\x02\x12\x05"]
)
def test_broken_protobuf_is_malformed(body: bytes) -> None:
    """What is no protobuf of that message is refused."""
    with pytest.raises(MalformedError, match="no OTLP trace request in protobuf"):
        read_protobuf(body)


def _length(body: bytes) -> bytes:
    size, made = len(body), bytearray()
    while size > 127:
        made.append(size & 127 | 128)
        size >>= 7
    return bytes((*made, size))
