"""Projects: a name and the id that rows carry."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from braintrust_otel.server.store.connections import transaction

__all__ = ["Project", "ensure_project", "find_project", "list_projects"]

_SELECT = "SELECT id, name, created FROM projects "


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    Attributes:
        id: UUID text.
        name: Unique in the store.
        created: ISO 8601.
    """

    id: str
    name: str
    created: str


def ensure_project(connection: sqlite3.Connection, wanted: Project) -> Project:
    """Return the project of *wanted*'s name as it is stored, storing *wanted* if there is none."""
    found = _named(connection, wanted.name)
    if found is not None:
        return found
    with transaction(connection):
        connection.execute(
            "INSERT OR IGNORE INTO projects (id, name, created) VALUES (?, ?, ?)",
            (wanted.id, wanted.name, wanted.created),
        )
    return _named(connection, wanted.name) or wanted


def find_project(connection: sqlite3.Connection, project_id: str) -> Project | None:
    """Return the project with that id, or None."""
    row = connection.execute(_SELECT + "WHERE id = ?", (project_id,)).fetchone()
    return None if row is None else Project(*row)


def list_projects(connection: sqlite3.Connection, name: str | None = None) -> list[Project]:
    """Return all projects by name, or the one that is called *name*."""
    found = connection.execute(_SELECT + "WHERE ?1 IS NULL OR name = ?1 ORDER BY name", (name,))
    return [Project(*row) for row in found]


def _named(connection: sqlite3.Connection, name: str) -> Project | None:
    row = connection.execute(_SELECT + "WHERE name = ?", (name,)).fetchone()
    return None if row is None else Project(*row)
