"""Notices do not repeat, and our own bugs never reach the user."""

from __future__ import annotations

import logging

import pytest

from braintrust_otel._diagnostics import Notices, guard, log


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notices(said: list[str], clock: Clock) -> Notices:
    return Notices(said.append, clock)


def test_say_says_every_time(notices: Notices, said: list[str]) -> None:
    """A plain notice is said as often as it is asked for."""
    notices.say("hello")
    notices.say("hello")

    assert said == ["hello", "hello"]


def test_say_once_is_silent_forever(notices: Notices, said: list[str], clock: Clock) -> None:
    """Under one key something is said once, however long the process lives."""
    notices.say_once("key", "first")
    clock.now += 1e9
    notices.say_once("key", "second")
    notices.say_once("other", "third")

    assert said == ["first", "third"]


def test_say_at_most_once_a_period(notices: Notices, said: list[str], clock: Clock) -> None:
    """A repeated notice waits until its period is over."""
    notices.say_at_most("key", "at 0 s")
    clock.now += 59.9
    notices.say_at_most("key", "at 59.9 s")
    clock.now += 0.1
    notices.say_at_most("key", "at 60 s")

    assert said == ["at 0 s", "at 60 s"]


def test_own_period(notices: Notices, said: list[str], clock: Clock) -> None:
    """The period is the caller's to choose."""
    notices.say_at_most("key", "first", every=5.0)
    clock.now += 5.0
    notices.say_at_most("key", "second", every=5.0)

    assert said == ["first", "second"]


def test_many_keys_are_forgotten(notices: Notices, said: list[str]) -> None:
    """Endless different keys cost a bounded amount of memory: the oldest is forgotten."""
    keys = [f"key {number}" for number in range(1_001)]

    list(map(notices.say_once, keys, keys))
    notices.say_once("key 0", "again")
    notices.say_once("key 1000", "not again")

    assert said == [*keys, "again"]
    assert len(notices._said_at) == 1_000


def test_emitting_may_speak_itself(clock: Clock) -> None:
    """What takes a message may use the notices too, because no lock is held meanwhile."""
    said: list[str] = []

    def emit(message: str) -> None:
        said.append(message)
        notices.say_once("inner", "inner")

    notices = Notices(emit, clock)
    notices.say_once("outer", "outer")

    assert said == ["outer", "inner"]


def test_broken_emit_costs_nothing() -> None:
    """A handler that raises does not reach the program."""

    def emit(message: str) -> None:
        raise OSError(message)

    Notices(emit).say("hello")


def test_after_fork_a_held_lock_does_not_matter(notices: Notices, said: list[str]) -> None:
    """The child of a fork speaks even if the parent was interrupted while it held the lock."""
    held = notices._lock
    held.acquire()

    notices.after_fork_in_child()
    notices.say_once("key", "hello")

    assert said == ["hello"]
    assert notices._lock is not held


def test_guard_keeps_an_error(notices: Notices, said: list[str]) -> None:
    """An error of ours is said in one line with its place, and the program goes on."""
    with guard("ending a span", notices):
        raise KeyError("lost")

    assert len(said) == 1
    assert said[0].startswith("A bug of braintrust-otel while ending a span (KeyError: 'lost', ")
    assert "test_diagnostics.py:" in said[0]
    assert "\n" not in said[0]
    assert "/" not in said[0]


def test_bug_names_the_line_that_raised(notices: Notices, said: list[str]) -> None:
    """The place of a bug is where it happened, not where it was kept."""

    def fail() -> None:
        raise KeyError("lost")

    with guard("ending a span", notices):
        fail()

    assert f"test_diagnostics.py:{fail.__code__.co_firstlineno + 1})" in said[0]


def test_guard_says_a_bug_once_a_minute(notices: Notices, said: list[str]) -> None:
    """A bug on every span does not flood the log."""
    with guard("ending a span", notices):
        raise KeyError("first")
    with guard("ending a span", notices):
        raise KeyError("second")

    assert len(said) == 1


def test_guard_is_silent_about_success(notices: Notices, said: list[str]) -> None:
    """Without an error nothing is said."""
    with guard("ending a span", notices):
        pass

    assert said == []


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_guard_lets_the_program_stop(
    notices: Notices, said: list[str], kind: type[BaseException]
) -> None:
    """Ctrl-C, exit and cancellation pass through the guard."""
    with pytest.raises(kind), guard("ending a span", notices):
        raise kind

    assert said == []


def test_bug_without_traceback(notices: Notices, said: list[str]) -> None:
    """An error that was never raised is described without a place."""
    notices.bug("reading", ValueError("bad"))

    assert said[0].startswith("A bug of braintrust-otel while reading (ValueError: bad).")


def test_bug_with_unreadable_message(notices: Notices, said: list[str]) -> None:
    """An error whose own text fails is still reported."""
    notices.bug("reading", UnprintableError())

    assert "(UnprintableError: without a readable message)" in said[0]


def test_notices_go_to_the_packages_log(caplog: pytest.LogCaptureFixture) -> None:
    """Notices are warnings of the logger "braintrust_otel", with percent signs left alone."""
    with caplog.at_level(logging.DEBUG, "braintrust_otel"):
        Notices().say("100 % sent")

    assert [(r.name, r.levelno, r.getMessage()) for r in caplog.records] == [
        ("braintrust_otel", logging.WARNING, "braintrust-otel: 100 % sent")
    ]


def test_traceback_is_in_the_debug_log(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever turns the logger to DEBUG gets the whole traceback of a bug."""
    with caplog.at_level(logging.DEBUG, "braintrust_otel"), guard("reading", Notices(str)):
        raise KeyError("lost")

    assert "Traceback" in caplog.text


def test_log_brings_no_handler() -> None:
    """Where the lines go is the program's decision."""
    assert log.handlers == []
