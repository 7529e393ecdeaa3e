"""A store in memory and a client of it, for every test of the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.store import Store
from support.stores import Client, cleanly, store_in_memory


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    yield from cleanly(store_in_memory())


@pytest.fixture
def client(store: Store) -> Client:
    """A client of a server over that store."""
    return Client(LocalServer(store))
