"""The store: projects, rows and traces in one SQLite database that several processes share."""

from __future__ import annotations

import secrets
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from braintrust_otel._diagnostics import log
from braintrust_otel._model.containers import Container
from braintrust_otel.server.store import reading, trimming, uploads
from braintrust_otel.server.store.arrivals import fold_spans
from braintrust_otel.server.store.attachments import Attachments
from braintrust_otel.server.store.changes import Change, fold_rows
from braintrust_otel.server.store.connections import Connections, transaction
from braintrust_otel.server.store.projects import (
    Project,
    ensure_project,
    find_project,
    list_projects,
)
from braintrust_otel.server.store.searching import Hit, SearchIndex, search_rows
from braintrust_otel.server.store.writing import RowWriter
from braintrust_otel.server.store.xacts import allocate_xact

__all__ = ["Store", "Written"]

MIN_PREFIX_CHARS = 6
"""A shorter beginning of a trace id names too many traces."""

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one write.

    Attributes:
        xact_id: The transaction's id, 19 decimal digits.
        ids: The rows' ids, in the order in which they came.
    """

    xact_id: str
    ids: Sequence[str]


class Store:
    """Keeps rows and gives them back. Every method may be called from any thread.

    A write is durable when the method returns: it survives the death of the process. Methods raise

    Args:
        connections: Lends connections to the database.
        max_bytes: The size that the database is kept under, or None for no limit.
        say: Tells the user something in one line.
        clock: Seconds since the epoch.
        entropy: Returns that many random bytes.

    Attributes:
        attachments: The attachments that rows refer to.
    """

    def __init__(
        self,
        connections: Connections,
        max_bytes: int | None = None,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._connections = connections
        self._max_bytes = max_bytes
        self._say = say
        self._clock = clock
        self._entropy = entropy
        self._unchecked_bytes = 0
        self._said: set[str] = set()
        self.attachments = Attachments(connections, clock, self._keep_under_cap)

    @property
    def place(self) -> str:
        """Where the rows are: a path, or ``in memory``."""
        return self._connections.place

    @property
    def max_attachment_bytes(self) -> int | None:
        """The largest attachment that leaves room for anything else; None for no limit."""
        return None if self._max_bytes is None else self._max_bytes // 2

    def check(self) -> None:
        """Open the database and bring its schema up to date.

        Raises:
            StoreError: It cannot be used; the type and the text say why.
        """
        with self._connections.borrow():
            pass

    def write(self, rows: Sequence[object]) -> Written:
        """Store the rows of one request, in order, all or none of them.

        Args:
            rows: JSON objects as ``/logs3`` takes them.

        Raises:
            RowError: A row cannot be stored; nothing was.
        """
        xact = self._write(fold_rows(rows))
        return Written(str(xact), [row["id"] for row in rows if isinstance(row, dict)])

    def write_spans(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Store the rows of spans that may have been delivered before, all or none of them.

        What is stored of a span stays, feedback above all; only a span that has gone on since, from
        open to ended, say, has its newer values stored over the older ones.

        Args:
            rows: Whole rows of spans, routed.

        Returns:
            The transaction's id.

        Raises:
            RowError: A row cannot be stored; nothing was.
        """
        return str(self._write(fold_spans(rows)))

    def ensure_project(self, name: str) -> Project:
        """Return the project called *name*, which is made if there is none."""
        created = datetime.fromtimestamp(self._clock(), timezone.utc).isoformat()
        project_id = str(uuid.UUID(bytes=self._entropy(16), version=4))
        with self._connections.borrow() as connection:
            return ensure_project(connection, Project(project_id, name, created))

    def project(self, project_id: str) -> Project | None:
        """Return the project with that id, or None."""
        with self._connections.borrow() as connection:
            return find_project(connection, project_id)

    def projects(self, name: str | None = None) -> list[Project]:
        """Return all projects by name, or the one that is called *name*."""
        with self._connections.borrow() as connection:
            return list_projects(connection, name)

    def recent_traces(
        self, project_id: str | None = None, limit: int = 50
    ) -> list[reading.TraceSummary]:
        """Return the traces that started last, newest first; of one project's logs, or of all."""
        with self._connections.borrow() as connection:
            return reading.recent_traces(connection, project_id=project_id, limit=limit)

    def trace_summaries(self, trace_id: str) -> list[reading.TraceSummary]:
        """Return one summary for each container that holds rows of the trace."""
        with self._connections.borrow() as connection:
            return reading.recent_traces(connection, trace_id=trace_id)

    def count_traces(self) -> int:
        """Return how many traces there are."""
        with self._connections.borrow() as connection:
            return reading.count_traces(connection)

    def match_traces(self, prefix: str, limit: int = 10) -> list[str]:
        """Return the ids of the traces whose id begins with *prefix*, at most *limit* of them.

        Raises:
            ValueError: The prefix has fewer than six characters.
        """
        if len(prefix) < MIN_PREFIX_CHARS:
            raise ValueError(
                f"{prefix!r} is too short for a trace id: give at least {MIN_PREFIX_CHARS} "
                "characters."
            )
        with self._connections.borrow() as connection:
            return reading.match_traces(connection, prefix.lower(), limit)

    def trace_rows(self, trace_id: str) -> list[reading.Fields]:
        """Return all rows of a trace in the order of their starts, comments included."""
        with self._connections.borrow() as connection:
            return reading.trace_rows(connection, trace_id)

    def trace_outline(self, trace_id: str) -> list[reading.SpanOutline]:
        """Return the spans of a trace without their content, in the order of their starts."""
        with self._connections.borrow() as connection:
            return reading.trace_outline(connection, trace_id)

    def fetch(
        self,
        container: Container,
        cursor: int | None,
        limit: int,
        equal: tuple[str, str] | None = None,
    ) -> reading.Page:
        """Return a page of the rows of *container*, newest first.

        With *equal*, those whose ``id`` or ``root_span_id`` (its first item) is its second item.
        """
        with self._connections.borrow() as connection:
            return reading.fetch_page(
                connection, container, cursor=cursor, limit=limit, equal=equal
            )

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Return the newest rows whose name, error, input or output hold the words of *text*."""
        with self._connections.borrow() as connection:
            return search_rows(connection, text, limit)

    def save_upload(self, key: str, body: bytes) -> None:
        """Keep the body of a request that was too large to send at once, for an hour."""
        now = self._clock()
        with self._connections.borrow() as connection, transaction(connection):
            uploads.save_upload(connection, key, body, now)

    def upload(self, key: str) -> bytes | None:
        """Return the body kept under *key*, or None."""
        with self._connections.borrow() as connection:
            return uploads.find_upload(connection, key)

    def signing_secret(self) -> bytes:
        """Return the secret that signs this store's upload addresses, the same in every process."""
        query = "SELECT value FROM meta WHERE name = 'secret'"
        with self._connections.borrow() as connection:
            found = connection.execute(query).fetchone()
            if found is None:
                connection.execute(
                    "INSERT OR IGNORE INTO meta VALUES ('secret', ?)",
                    (self._entropy(_SECRET_BYTES),),
                )
                found = connection.execute(query).fetchone()
        return bytes(found[0])

    def before_fork(self) -> None:
        """Close every connection; to be called in the thread that is about to fork."""
        self._connections.before_fork()

    def after_fork_in_parent(self) -> None:
        """Go on after a fork."""
        self._connections.after_fork_in_parent()

    def after_fork_in_child(self) -> None:
        """Go on in a forked child: a file is opened anew, a store in memory begins empty."""
        self._connections.after_fork_in_child()

    def close(self) -> None:
        """Close all idle connections; the store opens new ones if it is used again."""
        self._connections.close()

    def _write(self, changes: Sequence[Change]) -> int:
        now = self._clock()
        with self._connections.borrow() as connection:
            with transaction(connection):
                xact = allocate_xact(connection, now)
                size = RowWriter(connection, xact, now).write(changes, SearchIndex(connection))
            self._keep_under_cap(connection, size)
        return xact

    def _keep_under_cap(self, connection: sqlite3.Connection, written: int) -> None:
        self._unchecked_bytes += written
        if self._max_bytes is None or self._unchecked_bytes < trimming.check_interval(
            self._max_bytes
        ):
            return
        self._unchecked_bytes = 0
        if trimming.is_full(trimming.used_bytes(connection), self._max_bytes):
            try:
                self._trim(connection, self._max_bytes)
            except sqlite3.OperationalError as error:  # the rows are stored; there is a next time
                log.debug("trimming the store %s was put off: %s", self.place, error)

    def _trim(self, connection: sqlite3.Connection, max_bytes: int) -> None:
        removed = 1
        while removed and (
            excess := trimming.excess_bytes(trimming.used_bytes(connection), max_bytes)
        ):
            with transaction(connection):
                removed = trimming.drop_oldest(connection, excess, SearchIndex(connection))
        trimming.shrink_file(connection, max_bytes)
        self._say_once(
            f"The store {self.place} has reached its size cap of {max_bytes:,} bytes: its oldest "
            "traces are removed to make room. BRAINTRUST_LOCAL_MAX_BYTES raises the cap."
            if removed
            else f"The store {self.place} is over its size cap of {max_bytes:,} bytes and has no "
            "more traces to remove. BRAINTRUST_LOCAL_MAX_BYTES raises the cap."
        )

    def _say_once(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._say(message)
