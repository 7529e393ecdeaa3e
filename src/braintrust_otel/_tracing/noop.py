"""The span that stands in where nothing is traced: it accepts everything and does nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from typing_extensions import override

from braintrust_otel._tracing.base import Span
from braintrust_otel._tracing.values import NOOP_SPAN_PERMALINK, GivenParent

__all__ = ["NOOP_SPAN"]


class _NoopSpan(Span):
    """A span without identity. It checks nothing, so invalid fields pass too."""

    __slots__ = ()

    @property
    @override
    def id(self) -> str:
        return ""

    @property
    @override
    def name(self) -> str:
        return ""

    @override
    def log(self, **event: Any) -> None:
        return

    @override
    def log_feedback(self, **event: Any) -> None:
        return

    @override
    def start_span(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        set_current: bool | None = None,
        parent: GivenParent | None = None,
        *,
        internal: Any = None,
        **event: Any,
    ) -> Span:
        return self

    @override
    def export(self) -> str:
        return ""

    @override
    def inject(self, carrier: MutableMapping[str, Any] | None = None) -> Any:
        return {} if carrier is None else carrier

    @override
    def link(self) -> str:
        return NOOP_SPAN_PERMALINK

    @override
    def permalink(self) -> str:
        return NOOP_SPAN_PERMALINK

    @override
    def end(self, end_time: float | None = None) -> float:
        return end_time or time.time()

    @override
    def flush(self) -> None:
        return

    @override
    def set_attributes(
        self,
        name: str | None = None,
        type: str | None = None,
        span_attributes: Mapping[str, Any] | None = None,
    ) -> None:
        return

    @override
    def set_current(self) -> None:
        return

    @override
    def unset_current(self) -> None:
        return

    @override
    def record(self, **fields: Any) -> None:
        return

    @override
    def record_error(self, error: BaseException) -> None:
        return


NOOP_SPAN: Final[Span] = _NoopSpan()
"""The one no-op span."""
