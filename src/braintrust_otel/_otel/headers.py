"""W3C trace headers as text: what they say, and how they are written within their limits.

``traceparent`` names the span above, ``tracestate`` is handed on, and ``baggage`` has one member of
ours, ``braintrust.parent``, which names the container. What is read here comes from outside:
anything may be in it, and nothing of it raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import Container, Relay, format_container, parse_container
from braintrust_otel._model.ids import is_span_id, is_trace_id

__all__ = [
    "MAX_BAGGAGE_BYTES",
    "MAX_BAGGAGE_MEMBERS",
    "TraceHeaders",
    "container_in",
    "join_baggage",
    "pick_headers",
    "read_headers",
    "write_headers",
]

MAX_BAGGAGE_MEMBERS: Final = 64
"""What every receiver of baggage has to hand on."""

MAX_BAGGAGE_BYTES: Final = 8_192
"""The same in bytes, for the whole header."""

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
BAGGAGE: Final = "baggage"

_NAMES: Final = (TRACEPARENT, BAGGAGE, TRACESTATE)
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]{2})")
# Other characters would break the request that they are handed on with.
_SENDABLE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]+")


class TraceHeaders(NamedTuple):
    """What the trace headers of a request say.

    Attributes:
        trace_id: The trace: 32 hex digits.
        span_id: The span above: 16 hex digits.
        container: Where spans under it go, or None when the headers do not say.
        relay: What is handed on to the next service.
    """

    trace_id: str
    span_id: str
    container: Container | None
    relay: Relay


def read_headers(carrier: object) -> TraceHeaders | None:
    """Read the trace headers among *carrier*'s.

    Returns:
        What they say, or None when there is no ``traceparent`` or an invalid one.
    """
    found = pick_headers(carrier)
    match = _TRACEPARENT.fullmatch(found.get(TRACEPARENT, ""))
    if match is None:
        return None
    trace_id, span_id, flags = match.groups()
    if not (is_trace_id(trace_id) and is_span_id(span_id)):
        return None  # all zeros
    baggage = found.get(BAGGAGE, "")
    relay = Relay(int(flags, 16), found.get(TRACESTATE, ""), baggage)
    return TraceHeaders(trace_id, span_id, container_in(baggage), relay)


def pick_headers(carrier: object) -> dict[str, str]:
    """Return the trace headers among *carrier*'s, whatever the case of their names.

    Args:
        carrier: A mapping, anything else with ``items()``, or pairs of name and value. Values are
            text, bytes, or several of them; a header that is there more than once counts as one
            with its values joined by commas, as HTTP has it.

    Returns:
        Those that are there and not empty, by lower-case name.
    """
    found: dict[str, list[str]] = {}
    try:
        for name, value in _pairs(carrier):
            key = _text(name).lower()
            if key in _NAMES:
                found.setdefault(key, []).extend(_texts(value))
    except Exception:  # noqa: BLE001  # it is somebody else's object, and came from outside
        return {}
    joined = {name: ",".join(found[name]).strip() for name in _NAMES if name in found}
    return {name: value for name, value in joined.items() if value}


def write_headers(
    carrier: MutableMapping[str, Any], traceparent: str, baggage: str, tracestate: str
) -> None:
    """Put trace headers into *carrier*, in place of those that are there under any case.

    Args:
        carrier: The headers of a request.
        traceparent: The span.
        baggage: Whole header; "" for none.
        tracestate: Whole header; "" for none.
    """
    for name in [name for name in carrier if _text(name).lower() in _NAMES]:
        del carrier[name]
    values = {TRACEPARENT: traceparent, BAGGAGE: baggage, TRACESTATE: tracestate}
    for name, value in values.items():
        if value:
            carrier[name] = value


def join_baggage(headers: Iterable[str], container: Container | None) -> str:
    """Return one baggage header that hands on *headers* and names *container*.

    Members are handed on byte for byte and in order, as many as there is room for beside ours,
    which is the last one. Of a name that several headers have, the first header counts.

    Args:
        headers: Baggage headers to hand on.
        container: Where spans below go; None, or one that no parent names, leaves ours out.
    """
    name = None if container is None else format_container(container)
    own = "" if name is None else f"{PARENT}={quote(name, safe='', errors='replace')}"
    if len(own) > MAX_BAGGAGE_BYTES:
        own = ""
    slots, room = MAX_BAGGAGE_MEMBERS, MAX_BAGGAGE_BYTES
    if own:
        slots, room = slots - 1, room - len(own) - 1
    kept: list[str] = []
    for member in _handed_on(headers):
        room -= len(member.encode("utf-8")) + (1 if kept else 0)
        if room < 0 or len(kept) == slots:
            break
        kept.append(member)
    return ",".join([*kept, own] if own else kept)


def _handed_on(headers: Iterable[str]) -> Iterator[str]:
    seen: set[str] = {PARENT}
    for header in headers:
        members = [(_name_of(member), member) for member in _members(header)]
        for name, member in members:
            if name not in seen and _SENDABLE.fullmatch(member):
                yield member
        seen.update(name for name, _ in members)


def container_in(baggage: str) -> Container | None:
    """Return the container that *baggage* names; the last of several members counts."""
    found = None
    for member in _members(_within_bytes(baggage)):
        if _name_of(member) == PARENT:
            found = parse_container(_value_of(member)) or found
    return found


def _within_bytes(baggage: str) -> str:
    """Return *baggage* without the members at its end that go beyond the limit."""
    if len(baggage) <= MAX_BAGGAGE_BYTES:
        return baggage
    return baggage[: MAX_BAGGAGE_BYTES + 1].rpartition(",")[0]


def _members(baggage: str) -> list[str]:
    stripped = [member.strip(" \t") for member in baggage.split(",")]
    return [member for member in stripped if member]


def _name_of(member: str) -> str:
    return unquote(member.partition(";")[0].partition("=")[0].strip(" \t"))


def _value_of(member: str) -> str:
    """Return a member's value, or "" when it cannot be read."""
    value = member.partition(";")[0].partition("=")[2].strip(" \t")
    if ":" not in value:
        # OpenTelemetry for Python encodes as forms do: a colon as %3A, a space as +. Who encodes
        # as the standard says and escapes the colon escapes a + too.
        value = value.replace("+", " ")
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return ""


def _pairs(carrier: Any) -> Iterable[tuple[object, object]]:
    pairs: Iterable[tuple[object, object]] = (
        carrier.items() if callable(getattr(carrier, "items", None)) else carrier
    )
    return pairs


def _texts(value: object) -> list[str]:
    """Return the value or values of one header."""
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping)):
        return [_text(one) for one in value]
    return [_text(value)]


def _text(value: object) -> str:
    """Return *value* as text; "" for what a header cannot be."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""
