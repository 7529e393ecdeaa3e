"""Connects a command with the place where rows are: the store on this machine, or a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from braintrust_otel._diagnostics import Notices
from braintrust_otel._settings import Settings, store_directory
from braintrust_otel.cli.surroundings import CommandError, Surroundings

if TYPE_CHECKING:
    from braintrust_otel._runtime.environment import Environment
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._runtime.places import Place
    from braintrust_otel._shipping.senders import Batch
    from braintrust_otel.errors import SendError

__all__ = ["connected", "place_for", "refuse_nothing"]


def refuse_nothing(batch: Batch, error: SendError) -> None:
    """Keep no row that was refused: for commands that write none."""


def place_for(settings: Settings, directory: Path | None) -> Place:
    """Return where programs with these settings write, or the store in *directory*."""
    from braintrust_otel._runtime.places import EMBEDDED, choose_place

    return EMBEDDED if directory is not None else choose_place(settings)


@contextmanager
def connected(
    settings: Settings,
    directory: Path | None,
    surroundings: Surroundings,
    refused: Callable[[Batch, SendError], None] = refuse_nothing,
) -> Iterator[Pipeline]:
    """Open the pipeline to the place of *settings*, or to the store in *directory*.

    It delivers while it is flushed, in the calling thread, and drops nothing for want of room.

    Raises:
        CommandError: The store cannot be written.
        StoreError: The store is damaged, locked, or of a newer version.
    """
    from braintrust_otel._runtime.environment import Environment
    from braintrust_otel._runtime.gate import ForkGate

    careful = replace(settings, sync_flush=True, queue_size=0, queue_drop_when_full=False)
    notices = Notices(lambda text: surroundings.say(f"braintrust-otel: {text}"))
    environment = Environment(careful, notices, ForkGate(), refused=refused)
    place = place_for(settings, directory)
    if place.is_embedded:
        home = directory or store_directory(settings)
        with _to_store(home, environment, surroundings) as pipeline:
            yield pipeline
    else:
        with _to_server(place, environment) as pipeline:
            yield pipeline


@contextmanager
def _to_store(
    directory: Path, environment: Environment, surroundings: Surroundings
) -> Iterator[Pipeline]:
    from braintrust_otel._runtime.pipeline import embedded_pipeline
    from braintrust_otel.server.store import open_store

    max_bytes = environment.settings.local_max_bytes
    store, notice = open_store(directory, max_bytes, say=surroundings.say)
    try:
        if notice is not None:  # what was opened is a store in memory, gone with this process
            raise CommandError(
                f"The store in {directory} cannot be written. Make the directory writable, or pass "
                f"another one with --dir."
            )
        yield embedded_pipeline(environment, lambda: (store, None))
    finally:
        store.close()


@contextmanager
def _to_server(place: Place, environment: Environment) -> Iterator[Pipeline]:
    from braintrust_otel._runtime.pipeline import Pipeline
    from braintrust_otel._wire.requests_transport import RequestsTransport

    transport = RequestsTransport()
    try:
        yield Pipeline(place, environment, lambda: transport)
    finally:
        transport.close()
