"""Log events: rows that say one thing at one time, with a level."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Final, Literal, NamedTuple

from braintrust_otel._json import decode, encode
from braintrust_otel._model.containers import Container
from braintrust_otel._model.records import INSTRUMENTATION, Caller
from braintrust_otel._model.rows import Row
from braintrust_otel._model.scores import validate_event
from braintrust_otel._runtime import root
from braintrust_otel._tracing.templates import render

__all__ = ["Event", "EventPlace", "LeveledLog", "LogLevel", "event_row"]

LogLevel = Literal["trace", "debug", "info", "warn", "error", "fatal"]

_LEVELS: Final = ("trace", "debug", "info", "warn", "error", "fatal")
_TEMPLATE: Final = "braintrust.template"


class Event(NamedTuple):
    """What a log event says.

    Attributes:
        body: A text, in which ``{name}`` stands for a parameter, or any other value.
        level: How much it matters.
        metadata: Anything else, by name.
        parameters: Values for the text.
    """

    body: Any
    level: str
    metadata: Mapping[str, Any] | None
    parameters: Mapping[str, Any]


class EventPlace(NamedTuple):
    """Where a log event stands.

    Attributes:
        span_id: The enclosing span, or an id of its own.
        root_span_id: Its trace.
        caller: The line that logged it, if known.
    """

    span_id: str
    root_span_id: str
    caller: Caller | None


class LeveledLog(ABC):
    """The methods that log events, one for each level."""

    @abstractmethod
    def emit_log(
        self,
        body: Any,
        level: LogLevel,
        metadata: Mapping[str, Any] | None = None,
        **parameters: object,
    ) -> str:
        """Log an event: a row of type ``log`` with a level, at the current span if there is one.

        ``logger.info("found {count} documents", count=3)`` renders the text and keeps the template
        and its parameters in the metadata, so that equal events can be found. Without parameters
        the text stays as it is. The row appears in the project at once, beside the span's own.

        Args:
            body: A text, in which ``{name}`` stands for a parameter, or any other value.
            level: ``trace``, ``debug``, ``info``, ``warn``, ``error`` or ``fatal``.
            metadata: Anything else, by name.
            **parameters: Values for the text; they become metadata as well.

        Returns:
            The row's id.

        Raises:
            ValueError: There is no such level, or the metadata has the wrong shape.
        """

    def trace(
        self, body: Any, metadata: Mapping[str, Any] | None = None, **parameters: object
    ) -> str:
        """Log an event of the level ``trace``, as ``emit_log`` does."""
        return self.emit_log(body, "trace", metadata, **parameters)

    def debug(
        self, body: Any, metadata: Mapping[str, Any] | None = None, **parameters: object
    ) -> str:
        """Log an event of the level ``debug``, as ``emit_log`` does."""
        return self.emit_log(body, "debug", metadata, **parameters)

    def info(
        self, body: Any, metadata: Mapping[str, Any] | None = None, **parameters: object
    ) -> str:
        """Log an event of the level ``info``, as ``emit_log`` does."""
        return self.emit_log(body, "info", metadata, **parameters)

    def warn(
        self, body: Any, metadata: Mapping[str, Any] | None = None, **parameters: object
    ) -> str:
        """Log an event of the level ``warn``, as ``emit_log`` does."""
        return self.emit_log(body, "warn", metadata, **parameters)

    def error(
        self, body: Any, metadata: Mapping[str, Any] | None = None, **parameters: object
    ) -> str:
        """Log an event of the level ``error``, as ``emit_log`` does."""
        return self.emit_log(body, "error", metadata, **parameters)

    def fatal(
        self, body: Any, metadata: Mapping[str, Any] | None = None, **parameters: object
    ) -> str:
        """Log an event of the level ``fatal``, as ``emit_log`` does."""
        return self.emit_log(body, "fatal", metadata, **parameters)


def event_row(container: Container, event: Event, place: EventPlace) -> Row:
    """Return the row of a log event that happens now.

    Raises:
        ValueError: The level is unknown, or the metadata has the wrong shape.
    """
    if event.level not in _LEVELS:
        raise ValueError(f"level must be one of {', '.join(_LEVELS)}, not {event.level!r}.")
    now = time.time()
    fields: dict[str, object] = {
        "span_id": place.span_id,
        "root_span_id": place.root_span_id,
        "span_parents": None,
        "created": datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="microseconds"),
        "metrics": {"start": now, "end": now},
        "span_attributes": {
            "type": "log",
            "log_level": event.level,
            "exec_counter": root.next_counter(),
        },
        "context": _context(place.caller),
        **{name: encode(value) for name, value in _content(event).items()},
    }
    return Row(str(uuid.uuid4()), container, fields)


def _content(event: Event) -> dict[str, object]:
    """Return what the event says: the output, and the metadata if there is any."""
    output, metadata = event.body, event.metadata
    if event.parameters and isinstance(event.body, str):
        output = render(event.body, event.parameters)
    checked = validate_event({"output": output, "metadata": metadata})
    if event.parameters:
        template = {_TEMPLATE: event.body} | {
            f"{_TEMPLATE}.parameter.{name}": value for name, value in event.parameters.items()
        }
        checked["metadata"] = {**_members(checked.get("metadata")), **template}
    return checked


def _members(metadata: object) -> Mapping[str, Any]:
    """Return the members of what was checked to be an object, or a model that becomes one."""
    if metadata is None:
        return {}
    if isinstance(metadata, Mapping):
        return metadata
    return decode(encode(metadata))  # type: ignore[return-value]  # it was checked to be an object


def _context(caller: Caller | None) -> dict[str, object]:
    origin: dict[str, object] = {"span_origin": root.provenance.origin({"name": INSTRUMENTATION})}
    if caller is None:
        return origin
    return {
        "caller_functionname": caller.function,
        "caller_filename": caller.filename,
        "caller_lineno": caller.line,
        **origin,
    }
