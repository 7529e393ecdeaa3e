"""Values that other threads change while they are logged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from braintrust_otel._json import encode, loads

ROUNDS = 300


@contextmanager
def changing(change: Callable[[int], None]) -> Iterator[None]:
    """Run *change* over and over in a thread while the block runs."""
    stop = threading.Event()

    def run() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % 50
            change(number)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("odd", [None, frozenset()], ids=["plain", "odd"])
def test_dict_that_another_thread_changes(odd: object) -> None:
    """A dict that grows and shrinks meanwhile is encoded in one of its states."""
    value: dict[object, object] = {"odd": odd, "inner": {}}

    def change(number: int) -> None:
        value[str(number)] = [number] * number
        value.pop(str(50 - number), None)
        value["inner"] = {str(number): number}

    with changing(change):
        texts = [encode(value).data for _ in range(ROUNDS)]

    assert all(isinstance(loads(text), dict) for text in texts)


def test_set_that_another_thread_changes() -> None:
    """A set that grows and shrinks meanwhile is encoded in one of its states."""
    value: set[int] = set()

    with changing(lambda number: value.symmetric_difference_update({number})):
        texts = [encode(value).data for _ in range(ROUNDS)]

    assert all(isinstance(loads(text), list) for text in texts)
