"""The dialect that every OpenTelemetry span speaks: status, exceptions, source location."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native, text
from braintrust_otel._mapping.view import EventView, SpanView
from braintrust_otel._model import attributes as names

__all__ = ["is_told", "plain_dialect"]

_CALLER: Final = (
    ("caller_functionname", names.CODE_FUNCTION_NAME),
    ("caller_filename", names.CODE_FILE_PATH),
    ("caller_lineno", names.CODE_LINE_NUMBER),
)
_TOLD: Final = frozenset(
    {
        names.EXCEPTION_TYPE,
        names.EXCEPTION_MESSAGE,
        names.EXCEPTION_STACKTRACE,
        names.EXCEPTION_ESCAPED,
    }
)
_NO_REASON: Final = "The span ended with an error status and gave no reason."


def plain_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what *view* says about its error and about where it was started."""
    error = _error(view)
    if error:
        yield Finding("error", error)
    yield from _caller(view)


def is_told(event: EventView, error: str) -> bool:
    """Tell whether *error* already says what the span event *event* does."""
    if event.name != names.EXCEPTION_EVENT or not _TOLD.issuperset(event.attributes):
        return False
    kind, message, trace = _exception(event)
    # Python's own tracebacks leave out the module of a built-in type.
    return kind.rpartition(".")[2] in error and (message or trace) in error and bool(error)


def _error(view: SpanView) -> str:
    exceptions = (event for event in view.events if event.name == names.EXCEPTION_EVENT)
    texts = dict.fromkeys(filter(None, map(_exception_text, exceptions)))
    if texts:
        return "\n\n".join(texts)
    if not view.is_error:
        return ""
    return view.status_description or text(view.attributes.get(names.ERROR_TYPE)) or _NO_REASON


def _exception_text(event: EventView) -> str:
    kind, message, trace = _exception(event)
    if trace and kind.rpartition(".")[2] in trace and message in trace:
        return trace
    headline = ": ".join(filter(None, (kind, message)))
    return "\n".join(filter(None, (headline, trace)))


def _exception(event: EventView) -> tuple[str, str, str]:
    attributes = event.attributes
    return (
        text(attributes.get(names.EXCEPTION_TYPE)),
        text(attributes.get(names.EXCEPTION_MESSAGE)),
        text(attributes.get(names.EXCEPTION_STACKTRACE)),
    )


def _caller(view: SpanView) -> Iterator[Finding]:
    if view.record is not None and view.record.caller is not None:
        return
    for member, sources in _CALLER:
        for source in sources:
            value = view.attributes.get(source)
            if value is not None:
                yield Finding("context", native(value), (source,), member)
