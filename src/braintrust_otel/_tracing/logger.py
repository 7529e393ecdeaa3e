"""Loggers: where the traces of a running program go."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self, override

from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel._otel.propagation import LOGGER_KEY, attach_value
from braintrust_otel._otel.provider import join
from braintrust_otel._otel.sources import queue_open_spans
from braintrust_otel._runtime import root
from braintrust_otel._tracing.base import Exportable
from braintrust_otel._tracing.start import request_of, under_logger

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._tracing.base import Span

__all__ = ["Logger", "init_logger"]

_DEFAULT_PROJECT = "Global"


def init_logger(  # noqa: PLR0913, PLR0917  # the public signature
    project: str | None = None,
    project_id: str | None = None,
    async_flush: bool = True,
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    force_login: bool = False,
    set_current: bool = True,
    state: Any = None,
    *,
    environment: Mapping[str, str | None] | None = None,
    tracer_provider: TracerProvider | None = None,
    _create_in_project_group: str | None = None,
) -> Logger:
    """Send the traces of this program to a project's logs.

    Returns at once: logging in and looking up the project happen in the background, with the
    first rows. Without an API key anywhere the rows go to the embedded store on this machine.

    Args:
        project: Name of the project, created if it does not exist. Default ``BRAINTRUST_PROJECT``,
            else ``Global``.
        project_id: Id of the project; wins over *project*.
        async_flush: False makes the end of each root span wait until its rows are delivered.
        app_url: Base URL of the app; default ``BRAINTRUST_APP_URL``.
        api_key: API key; default ``BRAINTRUST_API_KEY``, else the nearest ``.env.braintrust``.
        org_name: Organisation; default ``BRAINTRUST_ORG_NAME``, else the key's first one.
        force_login: Log in again even if this process already is.
        set_current: Whether the logger becomes current, here and as the fallback everywhere.
        state: Accepted for compatibility with the official SDK; must be None.
        environment: ``type`` and ``name`` of the environment that spans are said to come from.
        tracer_provider: OpenTelemetry provider to use; default the global one, made if missing.

    Returns:
        The logger; usable as a context manager, which flushes at its end.
    """
    place = root.place(api_key=api_key, app_url=app_url, org_name=org_name)
    if force_login:
        root.pipeline(place).log_in()
    if environment is not None:
        root.set_environment(environment.get("type"), environment.get("name"))
    container = _project_of(project, project_id, _create_in_project_group)
    logger = Logger(container, place, async_flush=async_flush)
    join(tracer_provider, place)
    if set_current:
        attach_value(LOGGER_KEY, logger)
        root.activate(logger=logger)
    return logger


def _project_of(project: str | None, project_id: str | None, group: str | None) -> Container:
    if project is None and project_id is None:
        settings = root.settings()
        project, project_id = settings.project, settings.project_id
        if project is None and project_id is None:
            project = _DEFAULT_PROJECT
    return Container(ContainerKind.PROJECT_LOGS, id=project_id, name=project, group=group)


class Logger(Exportable):
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
        parent: str | None = None,
        propagated_event: Mapping[str, Any] | None = None,
        **event: Any,
    ) -> Span:
        """Start a span in this project, under the current span if that is in it too.

        The arguments are those of ``braintrust.start_span``.
        """
        self._has_spans = True
        request = request_of(
            name, type, span_attributes, start_time, set_current, parent, propagated_event, event
        )
        return under_logger(request, self)

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
