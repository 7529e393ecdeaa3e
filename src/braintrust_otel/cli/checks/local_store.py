"""The store on this machine: where it is, how large, and whether it can be used."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from braintrust_otel.cli.checks.findings import Finding, State
from braintrust_otel.cli.figures import as_size, counted
from braintrust_otel.cli.stores import BUSY_TIMEOUT
from braintrust_otel.errors import StoreError
from braintrust_otel.server.store import open_store
from braintrust_otel.server.store.opening import FILE_NAME

__all__ = ["check_store"]

_PART = "Store on this machine"
# SQLite's log of recent writes and its index are part of what the store takes.
_SUFFIXES = ("", "-wal", "-shm")


def check_store(directory: Path, max_bytes: int, *, is_used: bool) -> list[Finding]:
    """Report the store in *directory*; a store that is not there is not made.

    Args:
        directory: Where it is.
        max_bytes: The size that it is kept under.
        is_used: Whether rows go there; else its troubles are only warnings.
    """
    path = directory / FILE_NAME
    trouble: State = "wrong" if is_used else "warning"
    size = _size(path)
    if size is None:
        return [Finding(_PART, "ok", "path", str(path)), _unmade(directory, trouble)]
    limit = f"{as_size(size)} of at most {as_size(max_bytes)}"
    found = [Finding(_PART, "ok", "path", str(path)), Finding(_PART, "ok", "size", limit)]
    try:
        store, notice = open_store(directory, busy_timeout=BUSY_TIMEOUT, say=_say_nothing)
        try:
            traces = counted(store.count_traces(), "trace")
        finally:
            store.close()
    except StoreError as error:
        return [*found, Finding(_PART, trouble, "content", str(error))]
    if notice is not None:
        return [*found, Finding(_PART, trouble, "content", notice)]
    return [*found, Finding(_PART, "ok", "content", traces)]


def _unmade(directory: Path, trouble: State) -> Finding:
    if _can_be_made(directory):
        return Finding(_PART, "note", "content", "no traces yet; the first one makes the store")
    text = (
        f"The directory {directory} cannot be made or written, so rows would be kept in memory and "
        "end with their process. Make it writable, or set BRAINTRUST_LOCAL_DIR to one that is."
    )
    return Finding(_PART, trouble, "content", text)


def _can_be_made(directory: Path) -> bool:
    for candidate in (directory, *directory.absolute().parents):
        with suppress(OSError):
            if candidate.exists():
                return candidate.is_dir() and os.access(candidate, os.W_OK | os.X_OK)
    return False


def _size(path: Path) -> int | None:
    """Return the bytes that the store takes; None when there is none."""
    try:
        size = path.stat().st_size
    except OSError:
        return None
    for suffix in _SUFFIXES[1:]:
        with suppress(OSError):  # it comes and goes
            size += path.with_name(path.name + suffix).stat().st_size
    return size


def _say_nothing(text: str) -> None:
    """Leave unsaid what reading the store has to tell: the findings say it."""
