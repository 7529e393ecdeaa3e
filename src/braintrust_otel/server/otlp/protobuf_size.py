"""Counts the messages in a protobuf body before anything is made of it.

An empty message is two bytes of the body and a hundred in memory, so the body's length alone bounds
nothing. Only lengths are looked at here, in one pass and without making anything; what the body
means, and whether it is well formed, is for the real reader to say.
"""

from __future__ import annotations

from typing import Any, Final

from braintrust_otel.server.otlp.received import (
    MAX_NODES,
    MAX_SPANS,
    too_many_nodes,
    too_many_spans,
)

__all__ = ["check_size"]

_SMALL: Final = 1024 * 1024
"""A body of so many bytes makes some 80 MB of messages at worst."""

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MAX_BITS: Final = 63
_MAX_DEPTH: Final = 100
"""Where protobuf's own reader gives up."""

# The fields that hold messages, by number, and the fields of those; as OTLP 1.x has them.
_Fields = dict[int, Any]
_VALUE: Final[_Fields] = {}
_PAIR: Final[_Fields] = {2: _VALUE}
_VALUE.update({5: {1: _VALUE}, 6: {1: _PAIR}})
_SPAN: Final[_Fields] = {9: _PAIR, 11: {3: _PAIR}, 13: {4: _PAIR}, 15: {}}
_SCOPE_SPANS: Final[_Fields] = {1: {3: _PAIR}, 2: _SPAN}
_REQUEST: Final[_Fields] = {1: {1: {1: _PAIR, 3: {}}, 2: _SCOPE_SPANS}}


def check_size(body: bytes, max_nodes: int = MAX_NODES, max_spans: int = MAX_SPANS) -> None:
    """Check that reading *body* as a trace request will make no more messages than it may.

    Raises:
        TooManyError: It would.
    """
    if len(body) <= _SMALL:
        return
    nodes = spans = 0
    scan = _Scan(body)
    while (message := scan.next_message()) is not None:
        nodes += 1
        spans += message is _SPAN
        if spans > max_spans:
            raise too_many_spans()
        if nodes > max_nodes:
            raise too_many_nodes()


class _Scan:
    """Goes from message to message, into each before past it."""

    __slots__ = ("_at", "_body", "_end", "_fields", "_outer")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0
        self._end = len(body)
        self._fields = _REQUEST
        self._outer: list[tuple[int, _Fields]] = []

    def next_message(self) -> _Fields | None:
        """Return the fields of the next message; None at the end, or where the body is broken."""
        try:
            while self._leave_ended():
                tag = self._varint()
                if tag & 7 != _LENGTH:
                    self._skip(tag & 7)
                elif (message := self._enter(tag >> 3)) is not None:
                    return message
        except IndexError:  # it ends, or breaks, in the middle of a field
            pass
        return None

    def _leave_ended(self) -> bool:
        while self._at == self._end:
            if not self._outer:
                return False
            self._end, self._fields = self._outer.pop()
        if self._at > self._end or len(self._outer) > _MAX_DEPTH:
            raise IndexError
        return True

    def _enter(self, number: int) -> _Fields | None:
        """Enter the message that is the field of that number, or go past what is none."""
        size = self._varint()
        message: _Fields | None = self._fields.get(number)
        if message is None:
            self._at += size
            return None
        self._outer.append((self._end, self._fields))
        self._end, self._fields = self._at + size, message
        return message

    def _skip(self, wire: int) -> None:
        if wire == _VARINT:
            self._varint()
        elif wire == _FIXED64:
            self._at += 8
        elif wire == _FIXED32:
            self._at += 4
        else:
            raise IndexError

    def _varint(self) -> int:
        value = shift = 0
        while shift <= _MAX_BITS:
            byte = self._body[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follow
                return value
            shift += 7
        raise IndexError
