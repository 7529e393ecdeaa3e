"""The store stays under its size cap."""

from __future__ import annotations

from pathlib import Path

import pytest

from braintrust_otel.server.store import Store
from braintrust_otel.server.store.trimming import excess_bytes, is_full
from support.stores import Clock, Entropy, Said, file_connections, log_row, span_row

MIB = 1024 * 1024
CAP = 2 * MIB


def filled_store(path: Path, said: Said, max_bytes: int | None, traces: range) -> Store:
    """Return a store that was given traces of two 10 KB spans each."""
    store = Store(file_connections(path), max_bytes, say=said, clock=Clock(), entropy=Entropy())
    for number in traces:
        trace = f"{number:032x}"
        text = f"word{number} " * 1200
        store.write(
            [
                span_row(f"{number}-root", trace=trace, start=float(number), input=text),
                span_row(f"{number}-child", trace=trace, span_parents=["r"], input=text),
            ]
        )
    return store


def size_of(directory: Path) -> int:
    """Return the bytes of all files of a store."""
    return sum(path.stat().st_size for path in directory.iterdir())


def test_oldest_traces_go_first_and_whole(tmp_path: Path) -> None:
    """Over its cap the store loses its oldest traces with all their rows, and says so once."""
    said = Said()
    store = filled_store(tmp_path / "store.db", said, CAP, range(200))

    traces = store.recent_traces(limit=1000)
    oldest_kept = int(traces[-1].trace_id, 16)
    hits = store.search(f"word{oldest_kept - 1}"), store.search(f"word{oldest_kept}")
    store.close()

    assert [int(trace.trace_id, 16) for trace in traces] == list(range(199, oldest_kept - 1, -1))
    assert {trace.spans for trace in traces} == {2}
    assert [len(found) for found in hits] == [0, 2]
    message = (
        f"The store {tmp_path / 'store.db'} has reached its size cap of 2,097,152 bytes: its "
        "oldest traces are removed to make room. BRAINTRUST_LOCAL_MAX_BYTES raises the cap."
    )
    assert said.lines == [message]


def test_file_stays_under_the_cap(tmp_path: Path) -> None:
    """The file itself, not only what is used of it, stays under the cap."""
    store = filled_store(tmp_path / "store.db", Said(), CAP, range(200))
    store.close()

    assert CAP / 2 < size_of(tmp_path) <= CAP


def test_lowered_cap_shrinks_the_file(tmp_path: Path) -> None:
    """A store that is opened with a smaller cap gives its room back."""
    filled_store(tmp_path / "store.db", Said(), None, range(200)).close()
    before = size_of(tmp_path)

    filled_store(tmp_path / "store.db", Said(), CAP, range(200, 210)).close()

    assert before > 2 * CAP
    assert size_of(tmp_path) <= CAP


def test_rows_of_no_trace_are_never_removed(tmp_path: Path) -> None:
    """Records of datasets belong to the user: they stay, and the user is told."""
    said = Said()
    store = Store(
        file_connections(tmp_path / "store.db"), MIB, say=said, clock=Clock(), entropy=Entropy()
    )
    for number in range(150):
        store.write([log_row(f"r{number}", input="x" * 10_000)])
    with store._connections.borrow() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM rows").fetchone()
    store.close()

    assert kept == 150
    assert len(said.lines) == 1
    assert "has no more traces to remove" in said.lines[0]


def test_comments_and_notes_go_with_their_trace(tmp_path: Path) -> None:
    """What hangs on a removed row is removed with it."""
    path = tmp_path / "store.db"
    store = filled_store(path, Said(), CAP, range(1))
    store.write(
        [
            log_row("c", comment={"text": "hey"}, origin={"id": "0-root"}),
            log_row("0-root", _is_merge=True, scores={"s": 1}, _audit_source="app"),
        ]
    )
    store.close()

    store = filled_store(path, Said(), CAP, range(1, 150))
    with store._connections.borrow() as connection:
        left = connection.execute(
            "SELECT (SELECT count(*) FROM comments), (SELECT count(*) FROM audits)"
        ).fetchone()
    store.close()

    assert left == (0, 0)


def test_words_go_with_their_trace(tmp_path: Path) -> None:
    """The search index forgets removed rows: otherwise it would grow for ever."""
    store = filled_store(tmp_path / "store.db", Said(), CAP, range(150))
    with store._connections.borrow() as connection:
        count = "SELECT count(*) FROM row_words WHERE row_words MATCH ?"
        left = [connection.execute(count, (word,)).fetchone()[0] for word in ("word0", "word149")]
    store.close()

    assert left == [0, 2]


@pytest.mark.parametrize(
    ("used", "full", "excess"), [(900, False, 0), (950, False, 20), (951, True, 21)]
)
def test_trimming_begins_late_and_ends_a_little_lower(used: int, full: bool, excess: int) -> None:
    """Trimming begins at 95 % of the cap and goes on to 93 %."""
    assert is_full(used, 1000) is full
    assert excess_bytes(used, 1000) == excess
