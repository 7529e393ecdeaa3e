"""The local server inside a program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from braintrust_otel.server.embedded import EmbeddedServer
from braintrust_otel.server.store import Store, StoreDamagedError
from support.stores import Client, Said, log_row, store_in_memory, stored_rows

ROWS = {"rows": [log_row("a")]}


@dataclass(slots=True)
class Opener:
    """Opens stores in memory, or fails as long as it is told to."""

    notice: str | None = None
    error: Exception | None = None
    opened: list[Store] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def __call__(self) -> tuple[Store, str | None]:
        """Open one."""
        if self.error is not None:
            raise self.error
        store = store_in_memory()
        self.opened.append(store)
        self.meanwhile()
        return store, self.notice

    def close(self) -> None:
        """Close all of them."""
        for store in self.opened:
            store.close()


def test_store_is_opened_by_the_first_request() -> None:
    """Nothing is opened before the first request, and only one store is."""
    opener, said = Opener(), Said()
    client = Client(EmbeddedServer(opener, said))
    before = len(opener.opened)

    statuses = [client.send("POST", "/logs3", ROWS)[0] for _ in range(2)]

    assert (before, len(opener.opened)) == (0, 1)
    assert statuses == [200, 200]
    assert said.lines == []
    opener.close()


def test_notice_is_said_once() -> None:
    """What there is to say about the store is said when it is opened."""
    opener, said = Opener(notice="rows are kept in memory"), Said()
    client = Client(EmbeddedServer(opener, said))

    client.send("POST", "/logs3", ROWS)
    client.send("POST", "/logs3", ROWS)

    assert said.lines == ["rows are kept in memory"]
    opener.close()


def test_store_that_cannot_be_opened_keeps_the_sender_waiting() -> None:
    """While the store cannot be opened requests fail with the reason; then they succeed."""
    opener = Opener(error=StoreDamagedError("The store is damaged."))
    client = Client(EmbeddedServer(opener, Said()))

    with pytest.raises(StoreDamagedError, match="The store is damaged"):
        client.send("POST", "/logs3", ROWS)
    opener.error = None
    taken, _ = client.send("POST", "/logs3", ROWS)

    assert taken == 200
    opener.close()


def test_two_threads_that_open_share_one_store() -> None:
    """When two first requests meet, the store that was there first is used, and said once."""
    opener, said = Opener(notice="notice"), Said()
    server = EmbeddedServer(opener, said)
    client = Client(server)

    def second_request() -> None:
        opener.meanwhile = lambda: None
        client.send("POST", "/logs3", ROWS)

    opener.meanwhile = second_request
    client.send("POST", "/logs3", {"rows": [log_row("b")]})

    assert sorted(stored_rows(opener.opened[1])) == ["a", "b"]
    assert said.lines == ["notice"]
    opener.close()


def test_closed_store_is_opened_again() -> None:
    """Closing is no end: the next request opens the store anew."""
    opener = Opener()
    server = EmbeddedServer(opener, Said())
    client = Client(server)
    server.close()
    client.send("POST", "/logs3", ROWS)
    server.close()

    assert client.send("POST", "/logs3", ROWS)[0] == 200
    assert len(opener.opened) == 2
    opener.close()
