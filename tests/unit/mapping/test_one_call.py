"""One call of a model is one row of type llm, whatever the spans around it say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import encode
from braintrust_otel._mapping.one_call import CALL_METRICS, CallFacts, facts_of, settle
from braintrust_otel._model.rows import Row, apply_merge
from support.views import LOGS

TIMES = {"start": 1.0, "end": 2.0}
TOKENS = {"prompt_tokens": 3, "completion_tokens": 2, "tokens": 5}


def call(row_id: str, /, **changes: Any) -> CallFacts:
    """Return what a row tells of a call; by default it holds all messages and no tokens."""
    told: dict[str, Any] = {"is_llm": True, "messages": 2, "model": "gpt-4o", "metrics": {**TIMES}}
    return CallFacts(row_id, LOGS, {"span_id": row_id}, **{**told, **changes})


def stored(rows: list[Row], *calls: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return type and metrics of the calls' rows after *rows* were merged into them."""
    found: dict[str, Any] = {
        name: {"span_attributes": {"type": "llm"}, "metrics": {**TIMES, **metrics}}
        for name, metrics in calls
    }
    for row in rows:
        found[row.id] = apply_merge(found[row.id], {**row.fields, "_is_merge": True})
    return {
        name: (
            row["span_attributes"]["type"],
            {key: value for key, value in row["metrics"].items() if key not in TIMES},
        )
        for name, row in found.items()
    }


def test_the_row_with_the_messages_takes_over_the_tokens() -> None:
    """The client's own span inside of an instrumentor's has the tokens, and gives them away."""
    outer, inner = call("outer"), call("inner", messages=0, metrics=TIMES | TOKENS)

    rows = settle(outer, [inner])

    assert stored(rows, ("outer", {}), ("inner", TOKENS)) == {
        "outer": ("llm", TOKENS),
        "inner": ("task", {}),
    }
    assert (outer.is_llm, inner.is_llm) == (True, False)


@pytest.mark.parametrize(
    ("prefer", "own", "winner"),
    [
        ("own", "outer", "outer"),
        ("own", "inner", "inner"),
        ("own", "", "inner"),
        ("inner", "outer", "inner"),
        ("outer", "inner", "outer"),
    ],
)
def test_the_preference_decides_between_equals(prefer: str, own: str, winner: str) -> None:
    """Where both rows hold all messages the setting says which one stays."""
    outer, inner = call("outer", is_own=own == "outer"), call("inner", is_own=own == "inner")

    settle(outer, [inner], prefer)

    assert {"outer": outer.is_llm, "inner": inner.is_llm} == {
        "outer": winner == "outer",
        "inner": winner == "inner",
    }


@pytest.mark.parametrize("prefer", ["own", "inner", "outer"])
def test_messages_win_over_any_preference(prefer: str) -> None:
    """A row without messages never stays where another one has them."""
    outer, inner = call("outer", messages=1, is_own=True), call("inner")

    settle(outer, [inner], prefer)

    assert (outer.is_llm, inner.is_llm) == (False, True)


def test_both_may_stay() -> None:
    """The setting can leave all rows as they are."""
    assert settle(call("outer"), [call("inner")], "both") == []


def test_several_tries_inside_of_one_call_all_stay() -> None:
    """A framework's retry: each try has its own tokens, and the framework's span gives way."""
    outer = call("outer", metrics=TIMES | TOKENS)

    rows = settle(outer, [call("a"), call("b", metrics=TIMES | {"tokens": 1})])

    assert stored(rows, ("outer", TOKENS), ("a", {}), ("b", {"tokens": 1})) == {
        "outer": ("task", {}),
        "a": ("llm", {}),
        "b": ("llm", {"tokens": 1}),
    }


def test_tokens_of_several_tries_add_up() -> None:
    """Where only the outer row holds messages, it gets the tokens of all tries."""
    tries = [call(name, messages=0, metrics=TIMES | TOKENS) for name in "ab"]
    outer = call("outer")

    settle(outer, tries)

    assert outer.metrics == TIMES | {"prompt_tokens": 6, "completion_tokens": 4, "tokens": 10}


def test_of_several_tries_the_first_token_is_the_first_ones() -> None:
    """Times are not added up, and what is no number is left where it was."""
    first = call("a", messages=0, metrics=TIMES | {"time_to_first_token": 0.5, "tokens": 2})
    second = call("b", messages=0, metrics=TIMES | {"time_to_first_token": 0.9, "tokens": "many"})
    outer = call("outer")

    settle(outer, [first, second])

    assert outer.metrics == TIMES | {"time_to_first_token": 0.5, "tokens": 2}


def test_what_is_nearer_to_the_provider_counts_better() -> None:
    """A span that adds up the tokens of a stream itself yields to one that has them as reported."""
    outer = call("outer", metrics=TIMES | {"completion_tokens": 7, "estimated_cost": 0.5})
    inner = call("inner", messages=1, metrics=TIMES | {"completion_tokens": 5})

    settle(outer, [inner])

    assert outer.metrics == TIMES | {"completion_tokens": 5, "estimated_cost": 0.5}


def test_what_our_own_row_counts_stays() -> None:
    """Our own row has the provider's numbers; another span adds only what it lacks."""
    outer = call("outer", is_own=True, metrics=TIMES | {"completion_tokens": 5})
    inner = call("inner", metrics=TIMES | {"completion_tokens": 7, "prompt_cached_tokens": 1})

    settle(outer, [inner])

    assert outer.metrics == TIMES | {"completion_tokens": 5, "prompt_cached_tokens": 1}


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("gpt-4o", "gpt-4o", True),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("openai/gpt-4o", "gpt-4o", True),
        ("models/gemini-2.0-flash", "gemini-2.0-flash-001", True),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku", True),
        ("GPT-4o", "gpt-4o", True),
        ("", "gpt-4o", True),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4o", "gpt-4.1", False),
        ("text-embedding-3-small", "gpt-4o", False),
    ],
)
def test_only_the_same_model_is_the_same_call(one: str, other: str, is_same: bool) -> None:
    """A call of one model inside that of another is a call of its own; dates do not matter."""
    outer, inner = call("outer", model=one), call("inner", model=other)

    rows = settle(outer, [inner])

    assert bool(rows) is is_same
    assert outer.is_llm + inner.is_llm == 2 - is_same


def test_what_is_no_call_stays_as_it_is() -> None:
    """Spans of other types are neither winners nor losers."""
    assert settle(call("outer", is_llm=False), [call("inner")]) == []
    assert settle(call("outer"), [call("inner", is_llm=False)]) == []


def test_facts_are_read_from_the_row() -> None:
    """Type, model, metrics and messages count, encoded or not."""
    row = Row(
        "r",
        LOGS,
        {
            "span_id": "s",
            "span_attributes": {"type": "llm"},
            "metadata": encode({"model": "gpt-4o"}),
            "metrics": {"tokens": 1},
            "input": encode([{"role": "user"}]),
            "output": encode([]),
        },
    )

    facts = facts_of(row, is_own=True)

    assert facts == CallFacts("r", LOGS, {"span_id": "s"}, True, True, 1, "gpt-4o", {"tokens": 1})


def test_facts_of_another_span_say_only_which_it_is() -> None:
    """Of a row of another type nothing is read but who it is."""
    row = Row("r", LOGS, {"span_id": "s", "span_attributes": {"type": "tool"}, "input": "q"})

    assert facts_of(row, is_own=False) == CallFacts("r", LOGS, {"span_id": "s"}, is_llm=False)


@pytest.mark.parametrize(("value", "messages"), [("q", 1), ("", 0), ([], 0), (None, 0)])
def test_plain_messages_count_unless_they_are_empty(value: object, messages: int) -> None:
    """Input that nobody encoded counts, too, if there is any."""
    row = Row("r", LOGS, {"span_attributes": {"type": "llm"}, "input": value})

    assert facts_of(row, is_own=False).messages == messages


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.integers(0, 2),
            st.dictionaries(st.sampled_from(sorted(CALL_METRICS)), st.integers(0, 9)),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_nest_of_any_depth_ends_up_as_one_call(
    nest: list[tuple[bool, int, dict[str, int]]],
) -> None:
    """However many spans of one call are inside each other: one stays, and no metric is lost."""
    calls = [
        call(str(at), is_own=is_own, messages=messages, metrics={**TIMES, **metrics})
        for at, (is_own, messages, metrics) in enumerate(nest)
    ]

    [settle(one, calls[:at]) for at, one in enumerate(calls)]

    (winner,) = [one for one in calls if one.is_llm]
    assert winner.metrics.keys() == TIMES.keys() | {
        name for *_, metrics in nest for name in metrics
    }
    assert all(one.metrics == TIMES for one in calls if one is not winner)
    assert winner.messages == max(messages for _, messages, _ in nest)
