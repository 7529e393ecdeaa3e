"""Turns log records that hold the content of model calls into events of the spans they belong to.

Some instrumentors put prompts and answers into OpenTelemetry's logs and not onto their spans. What
such a record says is what a span event of the same name would say, so the dialects of span events
read both.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from braintrust_otel._json import Encoded, decode, encode
from braintrust_otel._mapping.dialects.agent_programs import REQUEST_EVENTS
from braintrust_otel._mapping.dialects.reading import structure
from braintrust_otel._mapping.view import EventView
from braintrust_otel._model.merging import MERGE_PATHS
from braintrust_otel._model.rows import Row

__all__ = ["LogEvent", "changed_row", "event_views", "log_event"]

_PREFIX: Final = "gen_ai."
_NAME: Final = "event.name"
_MAX_DEPTH: Final = 30
_CONTENT: Final = "gen_ai.event.content"
_PLAIN_BODIES: Final = {
    "gen_ai.choice": "message",
    "gen_ai.content.prompt": "gen_ai.prompt",
    "gen_ai.content.completion": "gen_ai.completion",
}
_ABOUT_THE_LINE: Final = ("code.", "thread.", "process.", "log.")
"""What Python's logging says of the line that logged, and a span event does not."""

_INDEX: Final = "CHAT_MESSAGE_INDEX"
"""Semantic Kernel numbers its messages with it; their times tell the same."""

_MEMBERS_MERGE: Final = frozenset({"context", "metadata", "metrics", "scores", "span_attributes"})


class LogEvent(NamedTuple):
    """What a log record says of a span.

    Attributes:
        name: The event's name.
        time_ns: Nanoseconds since the epoch.
        content: Attributes and body together, encoded when it was logged.
    """

    name: str
    time_ns: int
    content: Encoded

    @property
    def size_bytes(self) -> int:
        """Roughly the memory that it takes."""
        return len(self.content.data) + 300


def log_event(
    name: object, time_ns: int, body: object, attributes: Mapping[str, Any]
) -> LogEvent | None:
    """Return what a log record says of its span; None if that is nothing about a model call.

    Args:
        name: The record's event name; where it has none, an attribute may tell.
        time_ns: When it was logged.
        body: Its body.
        attributes: Its attributes.
    """
    name = name or attributes.get(_NAME)
    if not isinstance(name, str) or not (name.startswith(_PREFIX) or name in REQUEST_EVENTS):
        return None
    content: dict[str, Any] = {
        key: value
        for key, value in attributes.items()
        if key not in {_NAME, _INDEX, _CONTENT} and not key.startswith(_ABOUT_THE_LINE)
    }
    content.update(_said(name, attributes.get(_CONTENT) if body is None else body))
    return LogEvent(name, time_ns, encode(_with_texts(content)))


def _said(name: str, body: object) -> Mapping[str, Any]:
    """Return what a *body* says as attributes: an object by its members, a text under one name."""
    if body is None or body == "":
        return {}
    opened = body if isinstance(body, Mapping) else structure(body)
    if isinstance(opened, Mapping):
        return opened
    return {} if name in REQUEST_EVENTS else {_PLAIN_BODIES.get(name, "content"): body}


def _with_texts(value: Any, depth: int = 0) -> Any:
    """Return *value* with bytes in base64, as instrumentors spell them on spans."""
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if depth >= _MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: _with_texts(member, depth + 1) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_texts(item, depth + 1) for item in value]
    return value


def event_views(events: Iterable[LogEvent]) -> tuple[EventView, ...]:
    """Return *events* as those of a span, in the order of their times."""
    ordered = sorted(events, key=lambda event: event.time_ns)
    return tuple(EventView(each.name, each.time_ns, _members(each.content)) for each in ordered)


def _members(content: Encoded) -> Mapping[str, object]:
    opened = decode(content)
    return opened if isinstance(opened, dict) else {}


def changed_row(old: Row, new: Row) -> Row | None:
    """Return what has to be merged into *old*, a span's row, to make it *new*; None for nothing.

    What others may have written to the row in between stays, unless it is a value that changes.
    """
    fields: dict[str, object] = {}
    paths: list[list[str]] = []
    for name, value in new.fields.items():
        before = old.fields.get(name)
        if value == before:
            continue
        was, now = _plain(before), _plain(value)
        if was == now:
            continue
        both_objects = isinstance(was, dict) and isinstance(now, dict)
        if both_objects and name in _MEMBERS_MERGE and was.keys() <= now.keys():
            changed = {key for key, it in now.items() if key not in was or was[key] != it}
            fields[name] = {key: now[key] for key in now if key in changed}
            paths += [[name, key] for key in was if key in changed]
        else:
            fields[name] = value
            paths += [[name]] if both_objects else []
    if not fields:
        return None
    if paths:
        fields[MERGE_PATHS] = paths
    identity = {name: new.fields[name] for name in _IDENTITY if name in new.fields}
    return Row(new.id, new.container, fields | identity, is_merge=True)


def _plain(value: object) -> Any:
    return decode(value if isinstance(value, Encoded) else encode(value))


_IDENTITY: Final = ("span_id", "root_span_id", "span_parents")
