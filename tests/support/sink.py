"""A sender and a router that keep what they get, and fail when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from braintrust_otel import _json
from braintrust_otel._model.containers import Container, project_logs, routing_fields
from braintrust_otel._model.rows import Row, apply_merge
from braintrust_otel._shipping.senders import Batch, RowSource
from braintrust_otel.errors import HoldError, IsolateError, RetryError, SplitError

__all__ = [
    "DEMO",
    "Rows",
    "Sink",
    "Switchboard",
    "down",
    "ids",
    "refused",
    "row",
    "source",
    "too_large",
    "unwanted",
]

DEMO = project_logs("demo", "p1")


def row(
    row_id: str, *, container: Container = DEMO, is_merge: bool = False, **fields: object
) -> Row:
    """Return a row."""
    return Row(row_id, container, fields, is_merge=is_merge)


class Rows:
    """A row source over given rows; an exception among them is raised in its place."""

    def __init__(self, *rows: Row | BaseException, size_bytes: int = 100) -> None:
        self._rows = rows
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """What the test said."""
        return self._size_bytes

    def rows(self) -> Iterable[Row]:
        """Yield the rows."""
        for each in self._rows:
            if isinstance(each, BaseException):
                raise each
            yield each


def source(row_id: str, **fields: object) -> RowSource:
    """Return a source of one row."""
    return Rows(Row(row_id, DEMO, fields))


def ids(batch: Batch) -> list[str]:
    """Return the row ids of *batch*."""
    return [each.key[-1] for each in batch.rows]


def down(status: int | None = 503, retry_after: float | None = None) -> RetryError:
    """Return a passing failure."""
    return RetryError("Delivering rows failed.", status=status, retry_after=retry_after)


def refused(status: int = 401) -> HoldError:
    """Return a failure that holds deliveries."""
    return HoldError("The key was refused.", status=status)


def unwanted(status: int = 400) -> IsolateError:
    """Return a refusal of a row's content."""
    return IsolateError("A row was refused.", status=status, body="bad row")


def too_large() -> SplitError:
    """Return a refusal of a request's size."""
    return SplitError("The request was too large.", status=413)


class Sink:
    """A sender that stores rows as a server does, in memory.

    Attributes:
        offered: Every batch that it was given.
        taken: The batches that it acknowledged.
        stored: What it holds, by key.
        answers: What the next batches are answered with, oldest first: None takes the batch, an
            exception is raised.
        judge: Looks at each batch when *answers* is empty; the same values.
        max_request_bytes: What it says about itself.
    """

    def __init__(self) -> None:
        self.offered: list[Batch] = []
        self.taken: list[Batch] = []
        self.stored: dict[tuple[str, ...], dict[str, object]] = {}
        self.answers: list[BaseException | None] = []
        self.judge: Callable[[Batch], BaseException | None] = lambda batch: None
        self.max_request_bytes = 6 * 1024 * 1024

    def send(self, batch: Batch) -> None:
        """Take *batch*, or raise what the test wants."""
        self.offered.append(batch)
        answer = self.answers.pop(0) if self.answers else self.judge(batch)
        if answer is not None:
            raise answer
        self.taken.append(batch)
        for each in batch.rows:
            value = _json.loads(each.data)
            assert isinstance(value, dict)
            stored = self.stored.get(each.key)
            self.stored[each.key] = apply_merge(stored, value)

    @property
    def taken_ids(self) -> list[list[str]]:
        """The row ids of each batch that was acknowledged."""
        return [ids(batch) for batch in self.taken]

    @property
    def offered_ids(self) -> list[list[str]]:
        """The row ids of each batch that was offered."""
        return [ids(batch) for batch in self.offered]


class Switchboard:
    """A router that knows containers with an id, and names that it was told.

    Attributes:
        asked: Every container that it was asked for.
        names: Project ids by name.
        answers: What the next questions are answered with, oldest first: None answers them, an
            exception is raised.
        judge: Looks at each question when *answers* is empty; the same values.
    """

    def __init__(self, **names: str) -> None:
        self.asked: list[Container] = []
        self.names = {"demo": "p1", **names}
        self.answers: list[BaseException | None] = []
        self.judge: Callable[[Container], BaseException | None] = lambda container: None

    def route(self, container: Container) -> Mapping[str, str]:
        """Answer, or raise what the test wants."""
        self.asked.append(container)
        answer = self.answers.pop(0) if self.answers else self.judge(container)
        if answer is not None:
            raise answer
        if container.id is None:
            container = project_logs(container.name, self.names[container.name or ""])
        return routing_fields(container)
