"""The messages of a protobuf body are counted before they are made."""

from __future__ import annotations

import pytest

from braintrust_otel.server.otlp.protobuf_format import partial_success, read_protobuf
from braintrust_otel.server.otlp.protobuf_size import check_size
from braintrust_otel.server.otlp.received import TooManyError
from support.otlp import attribute, protobuf_body, request, span


def field(number: int, content: bytes) -> bytes:
    size, made = len(content), bytearray([number << 3 | 2])
    while size > 127:
        made.append(size & 127 | 128)
        size >>= 7
    return bytes((*made, size)) + content


def nested(content: bytes, *numbers: int) -> bytes:
    for number in reversed(numbers):
        content = field(number, content)
    return content


# Fields 1 to 6, 9, 11 and 13, each empty: whatever stands there, some of it is a message.
EMPTY = b"\x0a\x00\x12\x00\x1a\x00\x22\x00\x2a\x00\x32\x00\x4a\x00\x5a\x00\x6a\x00"
LARGE = EMPTY * 60_000


@pytest.mark.parametrize(
    "path",
    [(), (1,), (1, 1), (1, 2, 1), (1, 2, 2), (1, 2, 2, 11), (1, 2, 2, 13), (1, 2, 2, 9, 2, 5)],
    ids=["request", "spans", "resource", "scope", "span", "event", "link", "array"],
)
def test_empty_messages_are_counted_wherever_they_stand(path: tuple[int, ...]) -> None:
    """A small body of many empty messages is refused before memory goes for them."""
    with pytest.raises(TooManyError, match="attributes, events and values"):
        check_size(nested(LARGE, *path), max_nodes=50_000)


def test_spans_have_a_limit_of_their_own() -> None:
    """A span costs more than other messages."""
    with pytest.raises(TooManyError, match="spans"):
        check_size(nested(b"\x12\x00" * 600_000, 1, 2))


def test_a_large_honest_body_passes() -> None:
    """Long texts are not looked into, whatever bytes they hold, nor are numbers."""
    text = LARGE.decode()
    body = protobuf_body(request(span(attributes=[attribute("a", stringValue=text)], flags=1)))

    check_size(body, max_nodes=9)

    assert read_protobuf(body).views[0].attributes == {"a": text}


@pytest.mark.parametrize(
    "end",
    [b"\x0a", b"\x0a\xff", b"\x0b", b"\x0a\x7f", b"\x08" + b"\xff" * 11, b"\x0d", b"\x09\x01"],
)
def test_broken_bodies_are_left_to_the_reader(end: bytes) -> None:
    """Counting stops where the body breaks; it is not for the count to judge that."""
    check_size(field(1, b"\x08\x96\x01" + b"\x3a\x00" * 600_000) + end)


def test_partial_success_is_a_response() -> None:
    """The answer in protobuf holds the number of rejected spans and the message."""
    assert partial_success(2, "why") == b"\x0a\x07\x08\x02\x12\x03why"
