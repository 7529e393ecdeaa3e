"""The public shape of a span, which the recording and the no-op span share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from typing_extensions import override

from braintrust_otel._tracing.values import GivenParent

__all__ = ["Exportable", "Span"]


class Exportable(ABC):
    """Something whose place in a trace can be handed to another process."""

    @abstractmethod
    def export(self) -> str:
        """Return the place as an opaque string, to be given as ``parent=`` elsewhere."""


class Span(Exportable, AbstractContextManager["Span"], ABC):
    """One timed operation of a trace.

    Used as a context manager a span is current inside the block, ends with it, and records an
    exception that leaves it. All methods may be called from any thread.
    """

    __braintrust_placeholder__ = "<span>"

    @property
    @abstractmethod
    def id(self) -> str:
        """Id of the span's row: the one to give to ``update_span`` and ``log_feedback``."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The span's name, as last set."""

    @abstractmethod
    def log(self, **event: Any) -> None:
        """Add fields to the span's row; may be called often, and also after the end.

        Dictionaries merge with what was logged before, ``tags`` are united, everything else
        replaces. Values are copied at once, so later changes to them do not show.

        Args:
            **event: ``input``, ``output``, ``expected``, ``error``, ``tags``, ``scores``,
                ``metadata``, ``metrics``, ``span_attributes``, or any other field.

        Raises:
            ValueError: A field has the wrong shape, such as a score outside 0 to 1.
        """

    @abstractmethod
    def log_feedback(self, **event: Any) -> None:
        """Say something about the span's row, beside what the span logs; also after the end.

        Scores, expected and tags are added to the row; a comment is kept beside it. The audit log
        of the row shows who said it.

        Args:
            **event: At least one of ``scores``, ``expected``, ``tags`` and ``comment``; and
                ``metadata`` about the feedback itself, and ``source``: ``external`` (the default),
                ``app`` or ``api``.

        Raises:
            ValueError: There is nothing in it, a field has the wrong shape, or an ``id`` is given.
            TypeError: There is no such field.
        """

    @abstractmethod
    def start_span(  # noqa: PLR0913, PLR0917  # the public signature
        self,
        name: str | None = None,
        type: str | None = None,  # noqa: A002  # the public name
        span_attributes: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        set_current: bool | None = None,
        parent: GivenParent | None = None,
        *,
        internal: Any = None,
        **event: Any,
    ) -> Span:
        """Start a span under this one; the arguments are those of ``braintrust.start_span``."""

    @abstractmethod
    def inject(self, carrier: MutableMapping[str, Any] | None = None) -> Any:
        """Put the span into the headers of a request, so that the receiver's spans go under it.

        The receiver may be any program that traces with OpenTelemetry, or one that gives the
        headers as ``parent=``.

        Args:
            carrier: Headers, which are changed; None for new ones.

        Returns:
            *carrier*, or the new headers. W3C ``traceparent`` and ``baggage``, whose last member
            names the project, are added; other members of baggage stay. It never raises.
        """

    @abstractmethod
    def link(self) -> str:
        """Return the link to the span in the Braintrust app, at once and without any request.

        Until the project's id is known the link names the project. Where the organisation is not
        known either (log in, or give ``org_name`` to ``init_logger``) it leads to a page that
        says so.
        """

    @abstractmethod
    def permalink(self) -> str:
        """Return the link to the span in the Braintrust app, as ``braintrust.permalink`` does.

        It may log in and look up the project, so it may take as long as a request does. It never
        raises.
        """

    @abstractmethod
    def end(self, end_time: float | None = None) -> float:
        """End the span and return its end time.

        Args:
            end_time: Seconds since the epoch; default now. Only the first end counts.
        """

    @abstractmethod
    def flush(self) -> None:
        """Block until everything logged so far, by any span, is delivered or given up for now."""

    def close(self, end_time: float | None = None) -> float:
        """End the span; the same as ``end``."""
        return self.end(end_time)

    @abstractmethod
    def set_attributes(
        self,
        name: str | None = None,
        type: str | None = None,  # noqa: A002  # the public name
        span_attributes: Mapping[str, Any] | None = None,
    ) -> None:
        """Change the span's name, type or other attributes; None leaves them as they are."""

    @abstractmethod
    def set_current(self) -> None:
        """Make this the current span of this thread or task, until ``unset_current``."""

    @abstractmethod
    def unset_current(self) -> None:
        """Make current again what was current before ``set_current``."""

    @abstractmethod
    def record(self, **fields: Any) -> None:
        """Add fields as ``log`` does, for automatic capture: unchecked, and never raising."""

    @abstractmethod
    def record_error(self, error: BaseException) -> None:
        """Put *error* on the span: its type, message and traceback. Never raises."""

    @override
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        return None
