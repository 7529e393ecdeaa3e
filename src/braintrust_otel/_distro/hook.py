"""What runs in every process of a zero-code start, once its instrumentors are loaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.instrumentation import auto_instrumentation
from opentelemetry.sdk.trace import TracerProvider

from braintrust_otel._diagnostics import guard
from braintrust_otel._distro.entry_points import OUR_NAME, exporter_names
from braintrust_otel._otel.exporter import BraintrustSpanExporter
from braintrust_otel._otel.log_records import join_logs
from braintrust_otel._otel.processor import BraintrustSpanProcessor
from braintrust_otel._otel.provider import join
from braintrust_otel._runtime import root
from braintrust_otel._runtime.endings import flush_on_termination

if TYPE_CHECKING:
    from braintrust_otel._settings import Settings

__all__ = ["is_wanted", "post_instrument"]


def post_instrument() -> None:
    """Let this process log to Braintrust, if its environment says so.

    Runs whichever distribution and configurator were chosen, so that it works beside another
    vendor's. It acts with an API key, with ``BRAINTRUST_LOCAL=always``, with
    ``BRAINTRUST_OTEL_CONTENT`` and where ``OTEL_TRACES_EXPORTER`` names ``braintrust``.
    """
    with guard("starting without code", root.notices):
        if is_wanted(root.settings(), os.environ):
            _attach()
            join_logs()
            flush_on_termination(root)
            _let_children_start_alike()


def is_wanted(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Tell whether a process shall log to Braintrust without a word in its code."""
    return bool(
        settings.api_key
        or settings.local == "always"
        or settings.otel_content != "false"
        or OUR_NAME in exporter_names(environ)
    )


def _attach() -> None:
    """Join the provider that was set up, unless something of ours is there already."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider) or not _has_exporter(provider):
        join(None, root.place())
    elif root.processor is None:
        # Spans of other libraries take that exporter; our own need no more than to be active.
        BraintrustSpanProcessor()


def _let_children_start_alike() -> None:
    """Let Python processes that this one starts find what started us, as new versions do.

    Old ones take it out of the path for good, so that workers that are spawned are not traced.
    """
    path = str(Path(auto_instrumentation.__file__).parent)
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if path in sys.path and path not in known:
        os.environ["PYTHONPATH"] = os.pathsep.join([path, *filter(None, known)])


def _has_exporter(provider: TracerProvider) -> bool:
    """Tell whether one of *provider*'s processors feeds an exporter of ours."""
    active = provider._active_span_processor  # noqa: SLF001  # the SDK offers no public way to them
    return any(
        isinstance(getattr(processor, "span_exporter", None), BraintrustSpanExporter)
        for processor in getattr(active, "_span_processors", ())
    )
