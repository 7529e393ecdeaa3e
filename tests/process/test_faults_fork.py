"""Forks and process pools: every process delivers its own rows, once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from support.backend import Backend
from support.pipeline_programs import run

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
]


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve on loopback until the test has ended."""
    with Backend() as running:
        yield running


@pytest.mark.parametrize(
    ("program", "processes"),
    [
        (("fork-after-logging", 5), 6),
        (("fork-in-span",), 2),
        (("use-multiprocessing", "fork"), 4),
        (("use-multiprocessing", "spawn"), 4),
        (("use-multiprocessing", "forkserver"), 4),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_every_process_delivers_its_rows(
    backend: Backend, program: tuple[object, ...], processes: int
) -> None:
    """With rows pending at a fork, nothing is lost, nothing is sent by both sides."""
    ended = run(*program, environ=backend.environment())

    assert ended.status == 0
    assert len(ended.told) == processes
    assert sorted(row["id"] for row in backend.stored()) == ended.ids
    assert ended.total("sent") == ended.total("logged")
    assert ended.said == []


def test_hundred_forks_under_load(backend: Backend) -> None:
    """While four threads log, a hundred children are forked: each comes up and delivers."""
    ended = run("fork-under-load", 100, environ=backend.environment())

    writes = Counter(row["id"] for row in backend.written() if not row.get("_is_merge"))
    assert ended.status == 0
    assert len(ended.told) == 101
    assert sorted(row["id"] for row in backend.stored()) == ended.ids
    assert ended.total("lost") == ended.total("held") == 0
    assert max(writes.values()) == 1
    assert ended.said == []


def test_span_around_a_fork_is_the_parents(backend: Backend) -> None:
    """The child's spans are under the parent's span, whose own row the parent alone writes."""
    run("fork-in-span", environ=backend.environment())

    outer, inner = sorted(backend.stored(), key=lambda row: row["span_parents"] or [])
    assert inner["span_parents"] == [outer["span_id"]]
    assert outer["input"] == "outer"
    assert outer["metrics"]["end"] >= inner["metrics"]["end"]
