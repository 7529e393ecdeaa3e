"""Routes spans when they start and hands them to shipping when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.context import Context, get_current
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import get_current_span
from typing_extensions import override

from braintrust_otel._diagnostics import guard
from braintrust_otel._model.attributes import PARENT
from braintrust_otel._model.containers import Container, format_container, parse_container
from braintrust_otel._otel.propagation import container_of, logger_container
from braintrust_otel._otel.sources import (
    ForeignSpan,
    queue_ended,
    queue_open_spans,
    record_of,
    was_queued,
)
from braintrust_otel._runtime import root
from braintrust_otel._runtime.settling import settle

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Span

    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place

__all__ = ["BraintrustSpanProcessor", "parse_parent"]


class BraintrustSpanProcessor(SpanProcessor):
    """Ships every span of a provider to Braintrust.

    Add it to the OpenTelemetry SDK provider that a program already has::

        provider.add_span_processor(BraintrustSpanProcessor(parent="project_name:my-project"))

    A span goes where it says itself, with an attribute ``braintrust.parent`` that it starts with;
    else where its context says (a Braintrust span above it, ``parent_context``, baggage
    ``braintrust.parent``); else to *parent*.

    Args:
        parent: Where spans go that nothing else routes: ``project_name:<name>``,
            ``project_id:<id>``, ``experiment_id:<id>`` or ``playground_id:<id>``. Default: the
            current logger's project, else ``BRAINTRUST_PARENT``, else ``BRAINTRUST_PROJECT_ID`` or
            ``BRAINTRUST_PROJECT``, else ``project_name:default-otel-project``.
        api_key: Key of the account; default ``BRAINTRUST_API_KEY``. With no key anywhere spans go
            to the embedded store.
        api_url: Base URL of the API; default ``BRAINTRUST_API_URL``, else the one login returns.
        app_url: Base URL of the app; default ``BRAINTRUST_APP_URL``.
        org_name: Organisation to use; default ``BRAINTRUST_ORG_NAME``, else the key's first one.

    Raises:
        ValueError: *parent* has none of the forms above.
    """

    routes_own_spans = False
    """Spans of our API know where they go: ``on_start`` has nothing to do for them."""

    def __init__(
        self,
        parent: str | None = None,
        *,
        api_key: str | None = None,
        api_url: str | None = None,
        app_url: str | None = None,
        org_name: str | None = None,
    ) -> None:
        self._given = None if parent is None else parse_parent(parent)
        self._options = {
            "api_key": api_key,
            "api_url": api_url,
            "app_url": app_url,
            "org_name": org_name,
        }
        self._place: Place | None = None
        root.activate(processor=self)

    @classmethod
    def to_place(cls, place: Place) -> BraintrustSpanProcessor:
        """Return a processor whose account or store is chosen already."""
        processor = cls()
        processor._place = place
        return processor

    @override
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        if getattr(span, "braintrust_record", None) is not None:
            return  # routed by our API already
        with guard("routing a span", root.notices):
            if PARENT in (span.attributes or ()):
                return  # it says so itself, or another processor of ours was faster
            context = get_current() if parent_context is None else parent_context
            container = container_of(context, get_current_span(context))
            if container is None and self._given is None:
                container = logger_container(context, besides=root.logger)
            if container is not None:
                name = format_container(container)
                if name is not None:
                    span.set_attribute(PARENT, name)

    @override
    def on_end(self, span: ReadableSpan) -> None:
        try:
            record = record_of(span)
            if record is not None:
                queue_ended(span, record)
                return
            context = span.get_span_context()
            if context is not None and context.trace_flags.sampled and not was_queued(span):
                self.pipeline().put(ForeignSpan(span, self.default_container()))
        except Exception as error:  # noqa: BLE001  # our own bug must not reach the traced program
            root.notices.bug("keeping a span", error)

    def pipeline(self) -> Pipeline:
        """Return the pipeline to this processor's account, opened at the first span."""
        return root.pipeline(self.place)

    @property
    def place(self) -> Place:
        """The account or store that takes the spans, chosen when first asked for."""
        if self._place is None:
            self._place = root.place(**self._options)
        return self._place

    def default_container(self) -> Container:
        """Return where spans go that nothing routes."""
        return self._given or root.fallback_container()

    @override
    def shutdown(self) -> None:
        # Not the end of everything: the program may go on with another provider, and loggers with
        # the same account.
        queue_open_spans()
        for pipeline in root.flushed_pipelines():
            settle(pipeline.shipper, root.settings().exit_timeout)

    @override
    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        queue_open_spans()
        return root.flush(timeout_millis / 1_000)


def parse_parent(parent: str) -> Container:
    """Read the *parent* argument of a processor or exporter.

    Raises:
        ValueError: It is not one that spans can be sent to.
    """
    container = parse_container(parent)
    if container is None:
        raise ValueError(
            f"The parent {parent!r} is not one that spans can be sent to. Use "
            "'project_name:<name>', 'project_id:<id>', 'experiment_id:<id>' or "
            "'playground_id:<id>'."
        )
    return container
