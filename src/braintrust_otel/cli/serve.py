"""`braintrust-otel serve`: the local server in the foreground, over the store on this machine."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from braintrust_otel._settings import store_directory
from braintrust_otel._version import __version__
from braintrust_otel.cli.stores import store_option
from braintrust_otel.cli.surroundings import CommandError, Surroundings, pass_surroundings

if TYPE_CHECKING:
    from braintrust_otel.server.running import Listening
    from braintrust_otel.server.store import Store

__all__ = ["serve"]

DEFAULT_PORT = 8377


class _Stopped(BaseException):
    """The process was told to end."""


@click.command()
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port; 0 takes any free one.",
)
@click.option(
    "--host",
    metavar="NAME",
    default="127.0.0.1",
    show_default=True,
    help="A loopback name: 127.0.0.1, ::1 or localhost.",
)
@store_option
@pass_surroundings
def serve(surroundings: Surroundings, *, port: int, host: str, directory: Path | None) -> None:
    """Run a Braintrust server on this machine.

    It takes what programs send, with any API key, and keeps it in the store that traces and trace
    show. The variables that send a program's traces there are printed, ready for a shell. Only
    programs on this machine can reach it.
    """
    settings = surroundings.settings()
    with _until_stopped():
        store = _open(
            directory or store_directory(settings), settings.local_max_bytes, surroundings
        )
        try:
            listening = _listen(store, port, host)
            _announce(listening, store, surroundings)
            listening.serve()
        finally:
            store.close()
    surroundings.say("Stopped.")


def _open(directory: Path, max_bytes: int, surroundings: Surroundings) -> Store:
    from braintrust_otel.server.store import open_store

    store, notice = open_store(directory, max_bytes, say=surroundings.say)
    if notice is not None:
        surroundings.say(f"braintrust-otel: {notice}")
    return store


def _listen(store: Store, port: int, host: str) -> Listening:
    try:
        from braintrust_otel.server.running import listen
    except ModuleNotFoundError as error:
        raise CommandError(
            f'Serving needs the extra "server" ({error.name} is not installed): '
            f"pip install 'braintrust-otel[server]'"
        ) from error
    from braintrust_otel.server.app import LocalServer
    from braintrust_otel.server.settings import ServerSettings

    return listen(LocalServer(store, ServerSettings(version=__version__)), port, host)


def _announce(listening: Listening, store: Store, surroundings: Surroundings) -> None:
    """Print the variables on the output, so that a shell can read them, and the rest beside it."""
    surroundings.say(
        f"Braintrust's local server answers at {listening.url}. Traces are kept in {store.place}. "
        f"Ctrl-C stops it.\nOpenTelemetry SDKs of any language send spans to "
        f"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={listening.url}/otel/v1/traces\n"
        f"To send a program's traces here:\n"
    )
    for name, value in listening.environment.items():
        surroundings.line(f"export {name}={shlex.quote(value)}")
    surroundings.out.flush()


@contextmanager
def _until_stopped() -> Iterator[None]:
    """Take Ctrl-C and SIGTERM for the proper end that they are here.

    The server handles them while it runs, by answering what has begun, and passes them on to us.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise _Stopped

    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Stopped:
        pass
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
