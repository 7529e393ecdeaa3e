"""A log event is in the row of its span, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

from braintrust_otel._json import encode
from braintrust_otel._mapping.log_events import LogEvent, log_event
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.records import SpanRecord
from braintrust_otel._model.rows import Row
from braintrust_otel._otel.foreign import ForeignSpan
from braintrust_otel._otel.log_events import log_events
from braintrust_otel._otel.sources import OwnSpan
from braintrust_otel._runtime import root
from support.log_records import stored

KEY = (7, 9)
OTHERS = [(7, 8), (6, 9), None]
END, SHIP = "end", "ship"


@dataclass
class Line:
    """Stands in for a pipeline: what is put waits until the test makes its rows."""

    waiting: list[Any] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def put(self, source: Any) -> None:
        self.waiting.append(source)

    def ship(self) -> None:
        taken, self.waiting = self.waiting, []
        self.rows += [row for source in taken for row in source.rows()]


def span(attributes: dict[str, Any]) -> ReadableSpan:
    return ReadableSpan(
        "chat",
        SpanContext(*KEY, is_remote=False),
        attributes=attributes,
        resource=Resource({}),
        start_time=1_000,
        end_time=2_000,
    )


def foreign(attributes: dict[str, Any]) -> ForeignSpan:
    return ForeignSpan(span(attributes), project_logs("demo"))


def own(attributes: dict[str, Any]) -> OwnSpan:
    record = SpanRecord(project_logs("demo"), 1)
    record.parts.append(("metadata", encode({"user": "u1"})))
    return OwnSpan(span(attributes), record)


def told(time_ns: int, name: str, body: Any, attributes: dict[str, Any]) -> LogEvent:
    event = log_event(name, time_ns, body, {"gen_ai.system": "openai", **attributes})
    assert event is not None
    return event


TEXTS = st.sampled_from(["why?", "because", '{"a": 1}', "[1]", ""])
MESSAGES = st.sampled_from(
    ["gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message"]
)
BODIES = st.one_of(
    st.tuples(MESSAGES, TEXTS.map(lambda text: {"content": text}), st.just({})),
    st.tuples(
        st.just("gen_ai.choice"),
        TEXTS.map(lambda text: {"index": 0, "message": {"content": text}, "finish_reason": "stop"}),
        st.just({}),
    ),
    st.tuples(
        st.just("gen_ai.client.inference.operation.details"),
        st.none(),
        st.fixed_dictionaries(
            {},
            optional={
                "gen_ai.input.messages": st.just('[{"role": "user", "parts": []}]'),
                "gen_ai.response.model": st.sampled_from(["gpt-4o", "o3"]),
                "gen_ai.usage.input_tokens": st.integers(0, 9),
                "unknown": TEXTS,
            },
        ),
    ),
    st.tuples(
        st.just("claude_code.api_request"),
        st.none(),
        st.fixed_dictionaries({"input_tokens": st.integers(0, 9), "model": st.just("haiku")}),
    ),
    st.tuples(st.sampled_from(["gen_ai.unknown", "gen_ai.content.prompt"]), TEXTS, st.just({})),
)
EVENTS = st.lists(BODIES, max_size=5).map(
    lambda bodies: [told(at, *body) for at, body in enumerate(bodies, 1)]
)
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "gen_ai.operation.name": st.just("chat"),
        "gen_ai.input.messages": st.just('[{"role": "user", "parts": []}]'),
        "input.value": st.sampled_from(["plain", '{"a": 2, "b": 3}']),
        "gen_ai.prompt.0.content": st.just("flat"),
        "gen_ai.prompt.0.role": st.just("user"),
        "unknown": TEXTS,
    },
)
MAKERS = [pytest.param(foreign, id="foreign"), pytest.param(own, id="own")]


def row_after(source: Any, steps: Iterable[Any]) -> dict[str, Any]:
    """Return the row that is stored once *steps* were gone through in their order."""
    line: Any = Line()
    with root.set_aside():
        logs = log_events()
        for step in [*steps, SHIP]:
            if isinstance(step, LogEvent):
                logs.add(KEY, step)
            elif step == END:
                source.join_logs(line)
                line.put(source)
            elif step == SHIP:
                line.ship()
            else:
                logs.add(*step)
    (row,) = stored(line.rows).values()
    return row


@pytest.mark.parametrize("make", MAKERS)
@given(data=st.data(), attributes=ATTRIBUTES, events=EVENTS)
def test_order_of_logs_and_span_does_not_matter(
    make: Callable[[dict[str, Any]], Any],
    data: st.DataObject,
    attributes: dict[str, Any],
    events: list[LogEvent],
) -> None:
    """Records before, during and after their span, and of others, come to one row."""
    noise = [(key, told(50, "gen_ai.user.message", {"content": "x"}, {})) for key in OTHERS]
    steps = data.draw(st.permutations([*events, *noise, END, SHIP, SHIP, SHIP]))

    row = row_after(make(attributes), steps)

    assert row == row_after(make(attributes), [*events, END])


@pytest.mark.parametrize("make", MAKERS)
@given(attributes=ATTRIBUTES)
def test_without_events_rows_stay_as_they_are(
    make: Callable[[dict[str, Any]], Any], attributes: dict[str, Any]
) -> None:
    """Hearing logs changes nothing in the row of a span that nothing is logged about."""
    with root.set_aside():
        plain = stored(make(attributes).rows())

    assert [row_after(make(attributes), [END])] == list(plain.values())
