"""Rows, stores and requests for tests of the local server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from braintrust_otel._model.http import HttpRequest
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.store.files import FileConnections
from braintrust_otel.server.store.memory import MemoryConnections
from braintrust_otel.server.store.migrations import migrate
from braintrust_otel.server.store.schema import MIGRATIONS
from braintrust_otel.server.store.store import Store

NOW = 1_795_317_219.0
PROJECT = "11111111-1111-4111-8111-111111111111"
TRACE = "7c8aea90d2d80b2d076226163be82ae4"


def log_row(row_id: str, **fields: object) -> dict[str, object]:
    """Return a row of the project's logs."""
    return {"id": row_id, "project_id": PROJECT, "log_id": "g", **fields}


def merge_row(row_id: str, **fields: object) -> dict[str, object]:
    """Return a row that merges into the project's logs."""
    return log_row(row_id, _is_merge=True, **fields)


def span_row(row_id: str, *, trace: str = TRACE, start: float = NOW, **fields: object) -> dict:
    """Return the row of a span that took one second; a root unless ``span_parents`` is given."""
    return log_row(
        row_id,
        **{
            "span_id": row_id,
            "root_span_id": trace,
            "span_parents": None,
            "created": "2026-11-22T03:13:39+00:00",
            "span_attributes": {"name": row_id, "type": "task"},
            "metrics": {"start": start, "end": start + 1},
            **fields,
        },
    )


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: float = NOW

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass(slots=True)
class Entropy:
    """Bytes that count instead of being random."""

    count: int = 0

    def __call__(self, size: int) -> bytes:
        """Return *size* bytes, different from the last ones."""
        self.count += 1
        return self.count.to_bytes(size, "big")


@dataclass(slots=True)
class Said:
    """Collects what the user is told."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        """Take one line."""
        self.lines.append(line)


def store_in_memory(max_bytes: int | None = None, **options: object) -> Store:
    """Return an empty store in memory with a fixed clock and fixed ids."""
    connections = MemoryConnections(lambda connection: migrate(connection, MIGRATIONS, "test"))
    return Store(
        connections, max_bytes, **{"clock": Clock(), "entropy": Entropy(), "say": Said(), **options}
    )


def file_connections(path: Path, busy_timeout: float = 0.0) -> FileConnections:
    """Return connections to the store file *path* that do not wait for locks."""
    return FileConnections(
        path, lambda connection: migrate(connection, MIGRATIONS, str(path)), busy_timeout
    )


def stored_rows(store: Store, container: str = PROJECT) -> dict[str, dict[str, object]]:
    """Return the rows of a project's logs by id, without what the store adds to them."""
    from braintrust_otel._model.containers import project_logs

    added = ("_xact_id", "is_root", "created", "span_id", "root_span_id")
    page = store.fetch(project_logs(project_id=container), None, 10_000)
    return {
        row["id"]: {key: value for key, value in row.items() if key not in added}
        for row in page.rows
    }


@dataclass(slots=True)
class Client:
    """Sends JSON to a local server and reads JSON answers, without a socket."""

    server: LocalServer
    base: str = "http://127.0.0.1:8000"

    def send(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, object]:
        """Return the status and the decoded body of the answer."""
        data = body if isinstance(body, bytes) else b"" if body is None else _json(body)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.server.handle(HttpRequest(method, self.base + path, names, data))
        return answer.status, json.loads(answer.body)


def cleanly(store: Store) -> Iterator[Store]:
    """Yield *store* and close it; for fixtures."""
    yield store
    store.close()


def _json(body: object) -> bytes:
    return json.dumps(body).encode()
