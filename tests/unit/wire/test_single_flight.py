from __future__ import annotations

import pytest

from braintrust_otel._wire.single_flight import SingleFlight
from braintrust_otel.errors import RetryError


class Work:
    def __init__(self, *outcomes: str | Exception) -> None:
        self._outcomes = list(outcomes)
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_a_result_is_remembered() -> None:
    """The work for one key runs once."""
    flights: SingleFlight[str, str] = SingleFlight()
    work = Work("first", "second")

    results = [flights.get("a", work), flights.get("a", work)]

    assert (results, work.runs) == (["first", "first"], 1)


def test_keys_are_apart() -> None:
    """Each key has its own result."""
    flights: SingleFlight[str, str] = SingleFlight()

    results = [flights.get("a", Work("x")), flights.get("b", Work("y"))]

    assert results == ["x", "y"]


def test_a_failure_is_not_remembered() -> None:
    """After a failure the next one who asks runs the work again."""
    flights: SingleFlight[str, str] = SingleFlight()
    work = Work(KeyError("first"), "second")

    with pytest.raises(KeyError):
        flights.get("a", work)

    assert flights.get("a", work) == "second"


def test_the_least_recently_used_result_goes_first() -> None:
    """Past its capacity a result that was not asked for lately is forgotten."""
    flights: SingleFlight[str, str] = SingleFlight(capacity=2)
    flights.put("a", "1")
    flights.put("b", "2")
    flights.get("a", Work())

    flights.put("c", "3")

    assert [flights.peek(key) for key in "abc"] == ["1", None, "3"]


def test_a_child_keeps_what_is_known() -> None:
    """After a fork the child knows the results and can run work of its own."""
    flights: SingleFlight[str, str] = SingleFlight()
    flights.put("a", "known")

    flights.after_fork_in_child()

    assert [flights.get("a", Work()), flights.get("b", Work("new"))] == ["known", "new"]


def test_those_who_wait_get_the_result() -> None:
    """Whoever joins an attempt that is under way gets what it comes to."""
    flights: SingleFlight[str, str] = SingleFlight()
    under_way = []

    def work() -> str:
        under_way.append(flights._flights["a"])
        return "shared"

    flights.get("a", work)

    assert under_way[0].wait() == "shared"


def test_those_who_wait_see_the_failure() -> None:
    """Whoever joins an attempt that fails gets its very error."""
    flights: SingleFlight[str, str] = SingleFlight()
    under_way = []

    def work() -> str:
        under_way.append(flights._flights["a"])
        raise KeyError("why")

    with pytest.raises(KeyError):
        flights.get("a", work)

    with pytest.raises(KeyError, match="why"):
        under_way[0].wait()


def test_those_who_wait_survive_an_interrupted_leader() -> None:
    """Ctrl-C in the leading thread is that thread's own; the others get an error of ours."""
    flights: SingleFlight[str, str] = SingleFlight()
    under_way = []

    def work() -> str:
        under_way.append(flights._flights["a"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flights.get("a", work)

    with pytest.raises(RetryError, match="interrupted"):
        under_way[0].wait()
