"""Shows what was logged on spans to every exporter, where the user asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from braintrust_otel._diagnostics import guard
from braintrust_otel._mapping.carried import content_attributes
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._model.records import SpanRecord

__all__ = ["say_late", "show_content"]

_LATE: Final = (
    "Something was logged on a span after its end, which cannot be shown in its attributes. Over "
    "OTLP it does not arrive: log before the span ends."
)
_BYTES: Final = (
    "An attachment was logged. Its bytes do not travel over OTLP, so what is shown of it has no "
    "content. BRAINTRUST_OTEL_CONTENT=true, without 'only', uploads them beside the rows."
)


def show_content(span: Any, record: SpanRecord) -> None:
    """Set attributes of *span*, which is open, that say what was logged on it so far.

    Nothing is set unless ``BRAINTRUST_OTEL_CONTENT`` asks for it, nor while a masking function is
    set: it masks rows, and nothing that it has not seen is to leave.

    Args:
        span: The OpenTelemetry span.
        record: What our API keeps with it.
    """
    with guard("showing what was logged", root.notices):
        if not _is_asked_for() or root.masker is not None:
            return
        content = content_attributes(record, root.provenance)
        # The row has it from the record.
        record.shown = (record.shown or frozenset()) | content.keys()
        set_all = getattr(span, "set_past_limits", None) or span.set_attributes
        set_all(content)
        if root.settings().otel_content == "only" and any(part.markers for _, part in record.parts):
            root.notices.say_once("content of attachments", _BYTES)


def say_late() -> None:
    """Say once that something came too late to be shown."""
    if _is_asked_for() and root.masker is None:
        root.notices.say_once("late content", _LATE)


def _is_asked_for() -> bool:
    if root.shows_content is None:
        root.shows_content = root.settings().otel_content != "false"
    return root.shows_content
