"""What a Braintrust backend stores: rows under (container, id), written by replacing or merging."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

_CONTAINER_KEYS = ("experiment_id", "dataset_id", "prompt_session_id", "project_id")
_CONTROL_KEYS = ("_is_merge", "_object_delete")

Key = tuple[str, str]


@dataclass
class RowStore:
    """Rows in memory. Safe to use from several threads.

    Attributes:
        writes: Every row that was written, as it came, in order: repeats are seen here.
        rows: What the writes come to, by (container id, row id).
    """

    writes: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, rows: list[dict[str, Any]]) -> list[str]:
        """Apply *rows* in order and return their ids."""
        with self._lock:
            for row in rows:
                self.writes.append(row)
                self._apply(row)
        return [row["id"] for row in rows]

    def stored(self) -> list[dict[str, Any]]:
        """Return the rows as they stand now, in the order in which they first came."""
        with self._lock:
            return [dict(row) for row in self.rows.values()]

    def written(self) -> list[dict[str, Any]]:
        """Return every write so far."""
        with self._lock:
            return list(self.writes)

    def _apply(self, row: dict[str, Any]) -> None:
        key = (next(row[name] for name in _CONTAINER_KEYS if name in row), row["id"])
        content = {name: value for name, value in row.items() if name not in _CONTROL_KEYS}
        if row.get("_object_delete"):
            self.rows.pop(key, None)
        elif row.get("_is_merge") and key in self.rows:
            self.rows[key] = _merged(self.rows[key], content, is_row=True)
        else:
            self.rows[key] = content


def _merged(old: Any, new: Any, *, is_row: bool = False) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    result = dict(old)
    for name, value in new.items():
        if is_row and name == "tags":
            result[name] = list(dict.fromkeys([*(old.get(name) or []), *(value or [])]))
        else:
            result[name] = _merged(old[name], value) if name in old else value
    return result
