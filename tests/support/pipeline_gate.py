"""A fault that holds one request at the backend until the test lets it go."""

from __future__ import annotations

import threading

from support.backend_faults import Exchange

__all__ = ["Gate"]


class Gate:
    """Holds a request, then answers it properly. Use as a fault."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        _ = exchange.body
        self._reached.set()
        self._opened.wait(30.0)
        exchange.proceed()

    def wait(self) -> None:
        """Wait until a request is held."""
        assert self._reached.wait(5.0)

    def open(self) -> None:
        """Let it go."""
        self._opened.set()
