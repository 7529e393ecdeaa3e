"""Loggers: where the traces of a running program go."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current
from typing_extensions import Self, override

from braintrust_otel._model.containers import Container, Parent
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel._otel.sources import queue_open_spans
from braintrust_otel._runtime import root
from braintrust_otel._tracing.base import Exportable
from braintrust_otel._tracing.callers import find_caller
from braintrust_otel._tracing.events import Event, EventPlace, LeveledLog, LogLevel, event_row
from braintrust_otel._tracing.feedback import Feedback, FeedbackSource
from braintrust_otel._tracing.homes import enclosing_ids
from braintrust_otel._tracing.request import request_of
from braintrust_otel._tracing.start import under_logger
from braintrust_otel._tracing.state import BraintrustState
from braintrust_otel._tracing.updates import give_feedback, put_rows, put_update
from braintrust_otel._tracing.values import GivenParent, ObjectMetadata

if TYPE_CHECKING:
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._tracing.base import Span

__all__ = ["Logger"]


class Logger(LeveledLog, Exportable):
    """A project's logs, as a place for spans and one-shot rows.

    Args:
        container: The project.
        place: The account or store that takes the rows.
        async_flush: False makes the end of each root span wait for delivery.
    """

    __braintrust_placeholder__ = "<logger>"

    def __init__(self, container: Container, place: Place, *, async_flush: bool = True) -> None:
        self.container = container
        self.place = place
        self.async_flush = async_flush
        self._lock = threading.Lock()
        self._last_end = time.time()
        self._has_spans = False
        self._pipeline: Pipeline | None = None
        self._events_trace_id: str | None = None

    @property
    def pipeline(self) -> Pipeline:
        """What ships this logger's rows."""
        if self._pipeline is None:
            self._pipeline = root.pipeline(self.place)
        return self._pipeline

    @property
    def id(self) -> str:
        """The project's id; looks it up at the server if it is not known yet."""
        return self.pipeline.wire.registrar.project(self.container).id

    @property
    def org_id(self) -> str:
        """Id of the organisation; logs in if that has not happened yet."""
        return self.pipeline.wire.account.get().org_id

    @property
    def project(self) -> ObjectMetadata:
        """The project; looks it up at the server if it is not known yet."""
        found = self.pipeline.wire.registrar.project(self.container)
        return ObjectMetadata(found.id, found.name, {"id": found.id, "name": found.name})

    @property
    def logging_state(self) -> BraintrustState:
        """The account that this logger ships to."""
        return BraintrustState.at(self.place, self)

    def log(  # noqa: PLR0913, PLR0917  # the public signature
        self,
        input: Any = None,  # noqa: A002  # the public name
        output: Any = None,
        expected: Any = None,
        error: Any = None,
        tags: Sequence[str] | None = None,
        scores: Mapping[str, float | None] | None = None,
        metadata: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
        id: str | None = None,  # noqa: A002  # the public name
        allow_concurrent_with_spans: bool = False,
    ) -> str:
        """Log one row: a root span that starts where the last one ended and ends now.

        Args:
            input: What went in.
            output: What came out.
            expected: What should have come out.
            error: What went wrong.
            tags: Labels, without duplicates.
            scores: Numbers from 0 to 1 by name.
            metadata: Anything else, by name.
            metrics: Numbers by name.
            id: Row id; default a new one.
            allow_concurrent_with_spans: Allow this after ``start_span`` on the same logger.

        Returns:
            The row's id.

        Raises:
            ValueError: A field has the wrong shape.
            Exception: The logger has started spans, and *allow_concurrent_with_spans* is False.
        """
        if self._has_spans and not allow_concurrent_with_spans:
            raise Exception(  # noqa: TRY002  # the type that programs written for the official SDK catch
                "Logger.log() was called after start_span() on the same logger, so the two would "
                "mix in time. Log on the span instead, or pass allow_concurrent_with_spans=True."
            )
        event = {
            "input": input,
            "output": output,
            "expected": expected,
            "error": error,
            "tags": tags,
            "scores": scores,
            "metadata": metadata,
            "metrics": metrics,
        }
        if id is not None:
            event["id"] = id
        with self._lock:
            start_time, self._last_end = self._last_end, time.time()
            end_time = self._last_end
        request = request_of(event=event, start_time=start_time, set_current=False)
        span = under_logger(request, self, nested=False)
        span.end(end_time)
        return span.id

    def start_span(  # noqa: PLR0913, PLR0917  # the public signature
        self,
        name: str | None = None,
        type: str | None = None,  # noqa: A002  # the public name
        span_attributes: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        set_current: bool | None = None,
        parent: GivenParent | None = None,
        propagated_event: Mapping[str, Any] | None = None,
        *,
        span_id: str | None = None,
        root_span_id: str | None = None,
        internal: Any = None,
        **event: Any,
    ) -> Span:
        """Start a span in this project, under the current span if that is in it too.

        The arguments are those of ``braintrust.start_span``, and two ids: *span_id*, which the
        row gets and its children name as their parent, and *root_span_id*, which the row and its
        descendants get as their trace.
        """
        self._has_spans = True
        request = request_of(
            name, type, span_attributes, start_time, set_current, parent, propagated_event, event
        )
        if span_id or root_span_id:
            request = request._replace(own_ids=(span_id, root_span_id))
        return under_logger(request, self)

    def update_span(self, id: str, **event: Any) -> None:  # noqa: A002  # the public name
        """Add fields to a row of this project, as ``braintrust.update_span`` does.

        Args:
            id: The row's id: what the span's ``id`` was.
            **event: Fields as ``Span.log`` takes them; ``span_id`` and ``root_span_id`` together
                or not at all.

        Raises:
            ValueError: A field has the wrong shape, or one of the span ids is missing.
        """
        put_update(self.container, id, event, self.pipeline)

    def log_feedback(  # noqa: PLR0913, PLR0917  # the public signature
        self,
        id: str,  # noqa: A002  # the public name
        scores: Mapping[str, float | None] | None = None,
        expected: Any = None,
        tags: Sequence[str] | None = None,
        comment: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        source: FeedbackSource | None = None,
    ) -> None:
        """Say something about a row of this project.

        Scores, expected and tags are added to the row; a comment is kept beside it.

        Args:
            id: The row's id: what the span's ``id`` was.
            scores: Numbers from 0 to 1 by name.
            expected: What should have come out.
            tags: Labels, without duplicates.
            comment: A text.
            metadata: About the feedback itself, such as who gave it; for the audit log.
            source: ``external`` (the default), ``app`` or ``api``.

        Raises:
            ValueError: None of scores, expected, tags and comment is given, a field has the wrong
                shape, or the source is unknown.
        """
        feedback = Feedback(scores, expected, tags, comment, metadata, source)
        give_feedback(self.container, id, feedback, self.pipeline)

    @override
    def emit_log(
        self,
        body: Any,
        level: LogLevel,
        metadata: Mapping[str, Any] | None = None,
        **parameters: object,
    ) -> str:
        ids = enclosing_ids(get_current(), self)
        span_id, trace_id = ids or (uuid.uuid4().hex[:16], self._trace_of_events())
        place = EventPlace(span_id, trace_id, find_caller())
        row = event_row(self.container, Event(body, level, metadata, parameters), place)
        put_rows([row], self.pipeline)
        return row.id

    def _trace_of_events(self) -> str:
        """Return the trace of the events that no span encloses: one for each logger."""
        with self._lock:
            if self._events_trace_id is None:
                self._events_trace_id = uuid.uuid4().hex
            return self._events_trace_id

    @override
    def export(self) -> str:
        return encode_slug(Parent(self.pipeline.resolved(self.container)))

    def flush(self) -> None:
        """Block until everything logged so far is delivered or given up for now."""
        queue_open_spans()
        root.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.flush()
