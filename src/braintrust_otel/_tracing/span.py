"""The recording span: a thin wrapper of one OpenTelemetry span and its Braintrust record."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.trace import StatusCode
from typing_extensions import override

from braintrust_otel._diagnostics import guard
from braintrust_otel._json import encode
from braintrust_otel._model.containers import Parent
from braintrust_otel._model.ids import format_span_id, format_trace_id, row_id
from braintrust_otel._model.scores import validate_event
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel._otel.content import say_late, show_content
from braintrust_otel._otel.lean import LeanSpan
from braintrust_otel._otel.propagation import (
    SPAN_KEY,
    attach,
    detach_quietly,
    get_current,
    with_current,
    with_relay,
)
from braintrust_otel._otel.sources import queue_ended, queue_news, queue_open_spans
from braintrust_otel._runtime import root
from braintrust_otel._tracing.base import Span
from braintrust_otel._tracing.components import SpanObjectTypeV3
from braintrust_otel._tracing.failures import stringify_exception
from braintrust_otel._tracing.values import GivenParent
from braintrust_otel.errors import FlushError

if TYPE_CHECKING:
    from contextvars import Token

    from braintrust_otel._model.records import SpanRecord
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._tracing.state import BraintrustState

__all__ = ["SpanImpl"]


class SpanImpl(Span):
    """A span that is recorded.

    Args:
        otel_span: The OpenTelemetry span behind it.
        record: Where the row goes and what was logged.
        name: The span's name.
        can_set_current: Whether the span may become current.
        flushes: Whether ``end`` waits until everything is delivered.
    """

    __slots__ = (
        "_ended_at",
        "_flushes",
        "_name",
        "_tokens",
        "braintrust_record",
        "can_set_current",
        "otel_span",
        "outer_context",
    )

    def __init__(
        self,
        otel_span: Any,
        record: SpanRecord,
        name: str,
        can_set_current: bool = True,
        flushes: bool = False,
    ) -> None:
        self.otel_span = otel_span
        self.braintrust_record = record
        self.can_set_current = can_set_current
        self.outer_context: Context | None = None
        self._name = name
        self._flushes = flushes
        self._ended_at: float | None = None
        self._tokens: tuple[Token[Context], ...] = ()

    @property
    @override
    def id(self) -> str:
        chosen = self.braintrust_record.row_id
        if chosen is not None:
            return chosen
        context = self.otel_span.get_span_context()
        return row_id(format_trace_id(context.trace_id), format_span_id(context.span_id))

    @property
    @override
    def name(self) -> str:
        return self._name

    @property
    def span_id(self) -> str:
        """Id of the span: 16 hex digits, unless another one was asked for."""
        chosen = self.braintrust_record.span_id
        return chosen or format_span_id(self.otel_span.get_span_context().span_id)

    @property
    def root_span_id(self) -> str:
        """Id of the trace: 32 hex digits, or what an exported parent of another format gave."""
        given = self.braintrust_record.root_span_id
        return given or format_trace_id(self.otel_span.get_span_context().trace_id)

    @property
    def span_parents(self) -> list[str] | None:
        """Ids of the parent spans, or None for a root."""
        given = self.braintrust_record.span_parents
        if given is not None:
            return list(given) or None
        parent = getattr(self.braintrust_record.stand_in or self.otel_span, "parent", None)
        return None if parent is None else [format_span_id(parent.span_id)]

    @property
    def parent_object_type(self) -> SpanObjectTypeV3:
        """What the span's row belongs to: a project's logs, an experiment or a playground."""
        return SpanObjectTypeV3(int(self.braintrust_record.container.kind))

    @property
    def state(self) -> BraintrustState:
        """The account that the span's row goes to."""
        from braintrust_otel._tracing.state import BraintrustState

        return BraintrustState.at(self._pipeline.place)

    @property
    def has_ended(self) -> bool:
        """Whether an end was set, by ``end`` or by logging ``metrics.end``."""
        readable = self.braintrust_record.stand_in or self.otel_span
        return self._ended_at is not None or not readable.is_recording()

    @override
    def log(self, **event: Any) -> None:
        self._add(validate_event(event))

    def log_internal(
        self,
        event: Mapping[str, Any] | None = None,
        internal_data: Mapping[str, Any] | None = None,
    ) -> None:
        """Add fields as ``log`` does, over others that nobody checks; for integrations.

        Args:
            event: Fields, checked as ``log`` checks them.
            internal_data: Further fields; None in them, at any depth, means "not given".

        Raises:
            ValueError: A field of *event* has the wrong shape.
        """
        checked = validate_event(event or {})
        if internal_data:
            self._add(without_nones(internal_data))
        self._add(checked)

    @override
    def log_feedback(self, **event: Any) -> None:
        from braintrust_otel._tracing.feedback import Feedback
        from braintrust_otel._tracing.updates import give_feedback

        if "id" in event:
            raise ValueError("Span.log_feedback() takes no id: the feedback is for this span.")
        container = self.braintrust_record.container
        give_feedback(container, self.id, Feedback(**event), self._pipeline)

    @override
    def record(self, **fields: Any) -> None:
        with guard("recording a span", root.notices):
            self._add(fields)

    @override
    def record_error(self, error: BaseException) -> None:
        with guard("recording an error", root.notices):
            text = stringify_exception(type(error), error, error.__traceback__)
            self._add({"error": text})
            if self.otel_span.is_recording():
                self.otel_span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")

    @property
    def is_watched(self) -> bool:
        """Whether anybody besides us sees the OpenTelemetry span, as far as can be told."""
        watched: bool = getattr(self.otel_span, "is_watched", True)
        return watched

    def show(self, attributes: Mapping[str, Any]) -> None:
        """Set OpenTelemetry attributes for other vendors to see; the row does not get them."""
        with guard("setting attributes", root.notices):
            record = self.braintrust_record
            record.shown = (record.shown or frozenset()) | attributes.keys()
            self.otel_span.set_attributes(attributes)

    def _add(self, fields: Mapping[str, Any]) -> None:
        record = self.braintrust_record
        parts = record.parts
        for key, value in fields.items():
            parts.append((key, encode(value)))  # cheaper than a list in between
        if "metrics" in fields:
            self._note_end(fields["metrics"])
        if record.is_queued:
            queue_news(self.otel_span, record)
        if root.shows_content is not False:
            self._show()

    def _show(self) -> None:
        """Let exporters see what was logged, if they are to: a lean span sees to it at its end."""
        if not self.otel_span.is_recording():
            say_late()
        elif not isinstance(self.otel_span, LeanSpan):
            show_content(self.otel_span, self.braintrust_record)

    def _note_end(self, metrics: object) -> None:
        """Take ``metrics.end`` for the span's end: a span that names it counts as ended."""
        end = metrics.get("end") if isinstance(metrics, Mapping) else None
        if self._ended_at is None and isinstance(end, (int, float)):
            self._ended_at = float(end)

    @override
    def set_attributes(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
    ) -> None:
        changed = dict(span_attributes or {})
        if name is not None:
            self._name = changed["name"] = name
            if self.otel_span.is_recording():
                self.otel_span.update_name(name)
        if type is not None:
            changed["type"] = type
        changed = {key: value for key, value in changed.items() if value is not None}
        if changed:
            self._add(validate_event({"span_attributes": changed}))

    @override
    def start_span(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        set_current: bool | None = None,
        parent: GivenParent | None = None,
        propagated_event: Mapping[str, Any] | None = None,
        *,
        internal: Any = None,
        **event: Any,
    ) -> Span:
        # Starting needs spans and spans can start: the other direction is imported at the top.
        from braintrust_otel._tracing.request import request_of
        from braintrust_otel._tracing.start import under_span

        request = request_of(
            name, type, span_attributes, start_time, set_current, parent, propagated_event, event
        )
        return under_span(request, self)

    @override
    def end(self, end_time: float | None = None) -> float:
        otel_span, record, ended_at = self.otel_span, self.braintrust_record, self._ended_at
        readable = record.stand_in or otel_span
        if not readable.is_recording():
            if ended_at is None:
                ended_at = (getattr(readable, "end_time", None) or time.time_ns()) / 1e9
                self._ended_at = ended_at
            if not record.is_queued:
                # Somebody else ended the OTel span, where no processor of ours was told.
                queue_ended(otel_span, record)
            return ended_at
        given = ended_at or end_time
        end_ns = time.time_ns() if given is None else int(given * 1e9)
        self._ended_at = given or end_ns / 1e9
        if root.shows_content is not False and not isinstance(otel_span, LeanSpan):
            show_content(otel_span, record)
        try:
            otel_span.end(end_ns)
        except Exception as error:  # noqa: BLE001  # a processor's, and what is left to do is ours
            root.notices.bug("telling processors that a span has ended", error)
        if not record.is_queued or record.stand_in is not None:
            # No processor of ours saw it: the provider in use is not one that we could join.
            queue_ended(otel_span, record, end_ns=end_ns)
        if self._flushes:
            root.flush()
        return self._ended_at

    @override
    def flush(self) -> None:
        queue_open_spans()
        root.flush()

    @override
    def export(self) -> str:
        record = self.braintrust_record
        return encode_slug(
            Parent(
                self._pipeline.resolved(record.container),
                row_id=self.id,
                span_id=self.span_id,
                root_span_id=self.root_span_id,
                propagated_event=record.propagated,
            )
        )

    @override
    def inject(self, carrier: MutableMapping[str, Any] | None = None) -> Any:
        from braintrust_otel._tracing.headers import inject_span

        return inject_span(self, carrier)

    @override
    def link(self) -> str:
        from braintrust_otel._tracing.permalink import known_link

        return known_link(self.braintrust_record.container, self.id, self._pipeline)

    @override
    def permalink(self) -> str:
        from braintrust_otel._tracing.permalink import permalink_from

        return permalink_from(self.export(), self._pipeline)

    @override
    def set_current(self) -> None:
        if not self.can_set_current:
            return
        context = get_current()
        self.outer_context = context
        relay = self.braintrust_record.relay
        if relay is not None:
            context = with_relay(context, relay)
        token = attach(with_current(context, self, self.otel_span))
        self._tokens = (*self._tokens, token)

    @override
    def unset_current(self) -> None:
        if not self._tokens:
            return
        token, self._tokens = self._tokens[-1], self._tokens[:-1]
        if not detach_quietly(token):
            # Closed in another task than it was opened in: leave nothing of ours current there.
            context = get_current()
            if context.get(SPAN_KEY) is self:
                attach(self.outer_context or Context())

    @override
    def __enter__(self) -> Span:
        self.set_current()
        return self

    @override
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if exc_value is not None:
            self.record_error(exc_value)
        try:
            self.unset_current()
            self.end()
        except FlushError:
            raise
        except Exception as error:  # noqa: BLE001  # our own bug must not reach the traced program
            root.notices.bug("ending a span", error)

    @property
    def _pipeline(self) -> Pipeline:
        """What ships this span's row."""
        pipeline: Pipeline = self.braintrust_record.account or root.pipeline()
        return pipeline


def without_nones(value: Any) -> Any:
    """Return *value* without the members of its dicts, at any depth, that are None."""
    if isinstance(value, Mapping):
        return {name: without_nones(member) for name, member in value.items() if member is not None}
    return value
