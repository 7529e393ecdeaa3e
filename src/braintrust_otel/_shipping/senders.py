"""The seams of shipping: what yields rows, what delivers them, what uploads attachments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from braintrust_otel._model.attachments import AttachmentStatus, Uploadable
from braintrust_otel._model.containers import Container
from braintrust_otel._model.rows import Row

__all__ = ["Batch", "NoUploader", "Router", "RowSource", "Sender", "Uploader", "WireRow"]


class RowSource(Protocol):
    """Something that was logged: it is turned into rows by the worker, not by the caller."""

    @property
    def size_bytes(self) -> int:
        """Roughly how much memory the source holds; counted against the buffer's byte bound."""
        ...

    def rows(self) -> Iterable[Row]:
        """Return the rows to write. Runs in the worker thread, once."""
        ...


class WireRow(NamedTuple):
    """A row as it goes over the wire.

    Attributes:
        key: Identity of the row: its routing fields and its id. Rows of one key keep their order.
        data: The row's JSON text, routing fields included.
        is_merge: Whether the row merges into what is stored under its id.
    """

    key: tuple[str, ...]
    data: bytes
    is_merge: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of one request, in order, no two with the same key."""

    rows: Sequence[WireRow]

    @property
    def size_bytes(self) -> int:
        """Bytes of the rows' JSON text, each with its separator."""
        return sum(len(row.data) + 1 for row in self.rows)


class Router(Protocol):
    """Finds out where a container's rows go."""

    def route(self, container: Container) -> Mapping[str, str]:
        """Return the routing fields of *container*, logging in and registering as needed.

        Raises:
            SendError: The container cannot be resolved now; the type says what happens next.
        """
        ...


class Sender(Protocol):
    """Delivers one batch, or raises the error that says what to do with it."""

    @property
    def max_request_bytes(self) -> int:
        """The largest request body that the receiver takes."""
        ...

    def send(self, batch: Batch) -> None:
        """Deliver *batch*; returning means that it was acknowledged.

        Raises:
            SendError: The batch was not acknowledged; the type says what happens next.
        """
        ...


class Uploader(Protocol):
    """Moves the bytes of attachments, or raises the error that says what to do."""

    def store(self, attachment: Uploadable, progressed: Callable[[], None]) -> None:
        """Upload the bytes; returning means that they were taken.

        Args:
            attachment: What to upload.
            progressed: Called for each piece; may raise OSError to end the upload.

        Raises:
            IsolateError: The bytes cannot be read, or were refused for what they are.
            SendError: They were not taken; the type says what happens next.
        """
        ...

    def report(self, attachment: Uploadable, status: AttachmentStatus) -> None:
        """Tell the receiver how the upload went.

        Raises:
            SendError: The report was not taken.
        """
        ...


class NoUploader:
    """Uploads nothing: the attachments of rows that go nowhere."""

    __slots__ = ()

    def store(self, attachment: Uploadable, progressed: Callable[[], None]) -> None:
        """Do nothing."""

    def report(self, attachment: Uploadable, status: AttachmentStatus) -> None:
        """Do nothing."""
