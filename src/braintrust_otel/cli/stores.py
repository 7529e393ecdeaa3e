"""The store that a command reads, and how its projects and traces are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from braintrust_otel.cli.surroundings import CommandError, Surroundings
from braintrust_otel.cli.texts import clean
from braintrust_otel.server.store import Project, Store, open_store
from braintrust_otel.server.store.opening import FILE_NAME

if TYPE_CHECKING:
    from braintrust_otel._settings import Settings

__all__ = ["find_project", "find_trace", "reading", "store_option", "where_to_look"]

BUSY_TIMEOUT = 2.0
"""Seconds to wait for a program that keeps even readers out; one that writes does not."""

_MAX_SHOWN = 10

_Command = TypeVar("_Command", bound=Callable[..., Any])


def store_option(command: _Command) -> _Command:
    """Give *command* the option that chooses another store."""
    option = click.option(
        "--dir",
        "directory",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Directory of the store; the default is what BRAINTRUST_LOCAL_DIR says.",
    )
    return option(command)


@contextmanager
def reading(directory: Path, surroundings: Surroundings) -> Iterator[Store | None]:
    """Open the store in *directory* for reading; None when there is none, and none is made.

    Raises:
        StoreError: The file is damaged, locked, or of a newer version.
        CommandError: The file cannot be opened with the rights that there are.
    """
    path = directory / FILE_NAME
    if not _exists(path):
        yield None
        return
    store, notice = open_store(directory, busy_timeout=BUSY_TIMEOUT, say=surroundings.say)
    try:
        if notice is not None:  # what was opened is an empty store in memory
            raise CommandError(
                f"The store {path} cannot be written, and reading it needs that, too: SQLite keeps "
                f"its log beside it. Make the file and its directory writable, or copy them and "
                f"pass the copy with --dir."
            )
        yield store
    finally:
        store.close()


def where_to_look(settings: Settings, path: Path) -> str:
    """Return what to do when there are no traces in the store *path*."""
    empty = f"There are no traces in {path} yet."
    if settings.api_key and settings.local == "auto":
        return (
            f"{empty} Programs with these settings send theirs to {_shown_url(settings.app_url)}, "
            f"because BRAINTRUST_API_KEY is set. BRAINTRUST_LOCAL=always keeps them here."
        )
    return (
        f"{empty} A program that calls init_logger() writes its traces there while no API key is "
        f"set; so does everything that is sent to braintrust-otel serve."
    )


def find_project(store: Store, wanted: str) -> Project:
    """Return the project whose name, or else whose id, is *wanted*.

    Raises:
        CommandError: There is none.
    """
    named = store.projects(wanted)
    found = named[0] if named else store.project(wanted)
    if found is None:
        names = [clean(project.name) for project in store.projects()]
        raise CommandError(
            f"There is no project {clean(wanted)!r} in {store.place}. "
            + (f"There are: {_listed(names)}." if names else "There are none at all.")
        )
    return found


def find_trace(store: Store, wanted: str) -> str:
    """Return the id of the trace that is called *wanted*, or whose id alone begins so.

    Raises:
        CommandError: There is none, or there are several.
    """
    if store.trace_summaries(wanted):
        return wanted
    shown = clean(wanted)
    try:
        found = store.match_traces(wanted, _MAX_SHOWN + 1)
    except ValueError as error:
        raise CommandError(f"{error} braintrust-otel traces lists them.") from error
    if not found:
        raise CommandError(
            f"There is no trace whose id begins with {shown!r} in {store.place}. "
            f"braintrust-otel traces lists them."
        )
    if len(found) > 1:
        raise CommandError(
            f"Several traces have ids that begin with {shown!r}: "
            f"{_listed([clean(trace_id) for trace_id in found])}. Give more of the id."
        )
    return found[0]


def _listed(names: list[str]) -> str:
    more = ", …" if len(names) > _MAX_SHOWN else ""
    return ", ".join(names[:_MAX_SHOWN]) + more


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise CommandError(f"The store {path} cannot be looked at ({error.strerror}).") from error


def _shown_url(url: str) -> str:
    from braintrust_otel._wire.urls import shown_url

    return shown_url(url)
