"""However a program ends, what it logged is delivered, or counted and said."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest

from support import backend_faults as faults
from support.backend import Backend
from support.pipeline_here import MAX_LINES
from support.pipeline_programs import Ended, run, start

pytestmark = pytest.mark.process

# Far more than a test may take: a program that waited for all of it would fail its test.
ENDLESS = {"BRAINTRUST_EXIT_TIMEOUT": "1000", "BRAINTRUST_HTTP_TIMEOUT": "1000"}
OPEN_SPAN = (
    "braintrust-otel: 1 span had not ended when the program did, so its row has no end. Use spans "
    "as context managers, or call end()."
)


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve on loopback until the test has ended."""
    with Backend() as running:
        yield running


def stored_ids(backend: Backend) -> list[str]:
    """Return the ids of the rows that the backend holds."""
    return sorted(row["id"] for row in backend.stored())


def shipping_lines(ended: Ended) -> list[str]:
    """Return what we said, without what Python says of the program's own errors."""
    return [line for line in ended.said if line.startswith("braintrust-otel: ")]


@pytest.mark.parametrize(
    ("program", "status"),
    [
        (("end-at-once", 3), 0),
        (("end-at-once", 3000), 0),
        (("end-with-error",), 1),
        (("end-hard", 50), 3),
        (("end-before-threads", 50), 0),
        (("log-at-exit-only",), 0),
        (("log-at-exit-too",), 0),
        (("run-tasks", 300), 0),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_end_delivers_everything(
    backend: Backend, program: tuple[object, ...], status: int
) -> None:
    """A program that ends, whenever and how, has delivered every row, without a word."""
    ended = run(*program, environ=backend.environment())

    assert ended.status == status
    assert stored_ids(backend) == ended.ids
    assert ended.ids
    assert ended.total("sent") == ended.total("logged")
    assert shipping_lines(ended) == []


def test_open_span_is_shipped_at_the_end(backend: Backend) -> None:
    """The row of a span that never ended arrives without an end, and this is said."""
    ended = run("end-with-open-span", environ=backend.environment())

    (row,) = backend.stored()
    assert [row["id"]] == ended.ids
    assert row["input"] == "row 0"
    assert "end" not in row["metrics"]
    assert ended.said == [OPEN_SPAN]


@pytest.mark.parametrize(
    ("program", "sent", "status"),
    [
        ("end-on-signal", signal.SIGTERM, 7),
        ("end-in-handler", signal.SIGTERM, 8),
        ("end-on-interrupt", signal.SIGINT, -signal.SIGINT),
    ],
)
def test_signal_in_the_middle_of_logging_loses_nothing(
    backend: Backend, program: str, sent: int, status: int
) -> None:
    """A signal whose handler exits, wherever it strikes, leaves every logged row delivered."""
    # A thread that waits for room in a full buffer cannot be flushed by its own signal handler.
    endless = {"BRAINTRUST_QUEUE_SIZE": "0"}
    with start(program, 20, environ={**backend.environment(), **endless}) as running:
        running.wait_until_ready()
        backend.wait_for_rows(20, timeout=30.0)
        running.process.send_signal(sent)
        ended = running.end()

    # The row that the signal struck may have arrived without its id, or without an end.
    assert ended.status == status
    assert set(ended.ids) <= set(stored_ids(backend))
    assert len(stored_ids(backend)) <= len(ended.ids) + 1
    assert ended.total("lost") == ended.total("held") == 0
    assert [line for line in shipping_lines(ended) if line != OPEN_SPAN] == []


def test_daemon_threads_are_counted_to_the_end(backend: Backend) -> None:
    """What daemon threads log while the program ends is delivered, or counted as lost."""
    ended = run("end-beside-daemons", 20, environ=backend.environment())

    (told,) = ended.told
    stats = told["stats"]
    assert ended.status == 0
    assert stats["sent"] + stats["lost"] == stats["logged"]
    assert len(stored_ids(backend)) == stats["sent"] >= 23
    assert set(stored_ids(backend)) <= set(ended.ids) | {row["id"] for row in backend.stored()}
    assert len(ended.said) <= MAX_LINES


def test_row_that_comes_after_the_end_is_lost_aloud(backend: Backend) -> None:
    """What a handler logs that runs after our own is not delivered, and this is said."""
    ended = run("log-after-the-end", environ=backend.environment())

    assert (ended.total("sent"), ended.total("lost")) == (1, 1)
    assert ended.said == [
        "braintrust-otel: Logged after shutdown, and so not delivered (1 row lost in all)."
    ]


def test_dead_backend_is_not_waited_for(backend: Backend) -> None:
    """A program whose backend is gone ends soon, and says what it could not deliver, and why."""
    backend.refuse()
    ended = run("end-at-once", 50, environ={**backend.environment(), **ENDLESS})

    assert ended.status == 0
    assert (ended.total("logged"), ended.total("lost")) == (50, 50)
    assert "50 rows undelivered and lost." in ended.said[-1]
    assert "the connection was refused" in "".join(ended.said)
    assert len(ended.said) <= 2
    assert backend.stored() == []


@pytest.mark.parametrize("endpoint", ["login", "project", "logs3"])
def test_hanging_backend_is_not_waited_for(backend: Backend, endpoint: str) -> None:
    """A backend that takes requests and says nothing is given up soon, wherever it hangs."""
    backend.fail_always(endpoint, faults.hang())
    ended = run("end-at-once", 50, environ={**backend.environment(), **ENDLESS})

    assert ended.status == 0
    assert (ended.total("logged"), ended.total("lost")) == (50, 50)
    assert "50 rows undelivered and lost" in ended.said[-1]
    assert re.search(r"did not answer in time|got no complete answer within", ended.said[-1])
    assert len(ended.said) <= 2


def test_version_that_hangs_does_not_cost_the_rows(backend: Backend) -> None:
    """At the end, too, a server that does not tell its limits gets the rows."""
    backend.fail_always("version", faults.hang())
    quick = {"BRAINTRUST_HTTP_TIMEOUT": "1"}
    ended = run("end-at-once", 5, environ={**backend.environment(), **quick})

    assert ended.total("sent") == 5
    assert stored_ids(backend) == ended.ids


def test_end_can_be_told_to_send_nothing(backend: Backend) -> None:
    """BRAINTRUST_DISABLE_ATEXIT_FLUSH leaves what is waiting, and says so."""
    held_back = {"BRAINTRUST_DISABLE_ATEXIT_FLUSH": "1", "BRAINTRUST_SYNC_FLUSH": "1"}
    ended = run("end-at-once", 3, environ={**backend.environment(), **held_back})

    assert ended.total("lost") == 3
    assert backend.stored() == []
    assert ended.said == [
        "braintrust-otel: Shipping ended after 0.0 s: 3 rows undelivered and lost."
    ]


@pytest.mark.parametrize("seconds", [-86_400, 86_400])
def test_wall_clock_that_jumps_costs_nothing(backend: Backend, seconds: int) -> None:
    """A wall clock that is set back or forward by a day neither stops nor bends deliveries."""
    ended = run("jump", seconds, environ=backend.environment())

    assert stored_ids(backend) == ended.ids
    assert ended.total("sent") == len(ended.ids) == 11
    assert ended.said == []
