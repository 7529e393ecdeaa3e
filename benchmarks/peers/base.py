"""What every measured library has to do, so that one program measures all of them alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol, cast

__all__ = ["Peer", "as_text", "load_peer"]


class Peer(Protocol):
    """One library in its default configuration; the environment says where spans go."""

    def start(self) -> None:
        """Set the library up as its documentation says."""
        ...

    def log(self, name: str, given: object, made: object) -> None:
        """Make one span with input and output, current while it is open."""
        ...

    def open(self, name: str, given: object) -> AbstractContextManager[Any]:
        """Start a span with input under the current one; it is current in the block."""
        ...

    def traced(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function so that each call is a span."""
        ...

    def flush(self) -> None:
        """Wait until everything is delivered, or given up."""
        ...


def load_peer(name: str) -> Peer:
    """Return the peer called *name*; only its own library is imported."""
    return cast("Peer", import_module(f"benchmarks.peers.{name}").PEER)


def as_text(value: object) -> str:
    """Return *value* as an OpenTelemetry attribute, JSON where it is no text."""
    return value if isinstance(value, str) else json.dumps(value)
