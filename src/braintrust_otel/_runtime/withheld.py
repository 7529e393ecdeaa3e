"""Takes the place of shipping where the exporters of the program deliver its spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from braintrust_otel._runtime.ready import ReadyRows

if TYPE_CHECKING:
    from braintrust_otel._diagnostics import Notices
    from braintrust_otel._shipping.senders import RowSource

__all__ = ["Withheld"]

_NOT_SENT = (
    "Feedback, updates and other rows that are no spans cannot travel over OTLP, so they are lost. "
    "BRAINTRUST_OTEL_CONTENT=true, without 'only', sends them."
)


class Withheld:
    """Takes rows and ships none: their spans reach Braintrust another way.

    Args:
        notices: Told of what has no span, and is lost.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def put(self, source: RowSource) -> None:
        """Leave *source* to the exporters."""
        if isinstance(source, ReadyRows):
            self._notices.say_once("withheld", _NOT_SENT)
