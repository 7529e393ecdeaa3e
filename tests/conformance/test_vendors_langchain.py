"""A framework's instrumentor around the provider's: LangChain over openai, one row is the call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from langchain_openai import ChatOpenAI
from openinference.instrumentation.langchain import LangChainInstrumentor
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInferenceOpenAI

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_openai import OpenAIInstrumentor
from support.overlapping import MODES, Mode, check, exchange_of, switches
from support.recordings import replay_server

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # in the vendors' packages
]

OURS = (OpenAIInstrumentor, LangChainInstrumentor)
THEIRS = (OpenInferenceOpenAI, LangChainInstrumentor)


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """Provide the server that plays the recordings."""
    with replay_server() as server:
        yield server


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture
def instrument(rows: CapturedRows) -> Iterator[Callable[[Any], None]]:
    """Provide what switches an instrumentor on; all are off again after the test."""
    with switches(rows.provider) as switch_on:
        yield switch_on


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Provide one event loop for all tests: LangChain shares a client between its models."""
    running = asyncio.new_event_loop()
    yield running
    running.close()


@pytest.fixture
def play(
    replay: Any, rows: CapturedRows, loop: asyncio.AbstractEventLoop
) -> Callable[[Mode], None]:
    """Return what makes the recorded call by LangChain's chat model, and reads a stream."""

    def play(mode: Mode) -> None:
        exchange = exchange_of("openai", mode.streams)
        asked, url = exchange["request"]["body"], f"{replay.base(exchange['name'])}/v1"
        with rows.provider.get_tracer("app").start_as_current_span("app"):
            ask(chat_for(url, asked), asked["messages"], mode)

    def ask(chat: Any, sent: Any, mode: Mode) -> None:
        if mode.is_async:
            loop.run_until_complete(drained(chat, sent) if mode.streams else chat.ainvoke(sent))
        else:
            _ = list(chat.stream(sent)) if mode.streams else chat.invoke(sent)

    return play


def chat_for(url: str, asked: Mapping[str, Any]) -> Any:
    """Return the chat model that asks what *asked* asks."""
    bound = ("tools", "tool_choice")
    others = ("messages", "stream", "stream_options", *bound)
    model = ChatOpenAI(
        base_url=url,
        api_key="test",
        max_retries=0,
        stream_usage=bool(asked.get("stream")),
        **{name: value for name, value in asked.items() if name not in others},
    )
    return model.bind(**{name: asked[name] for name in bound if name in asked})


async def drained(chat: Any, sent: Any) -> None:
    _ = [part async for part in chat.astream(sent)]


@MODES
@pytest.mark.parametrize("order", [OURS, OURS[::-1]], ids=["ours first", "LangChain first"])
def test_framework_over_our_client(
    order: tuple[Any, ...],
    mode: Mode,
    play: Callable[[Mode], None],
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Our row is the call; the framework's is a task without token counts."""
    [instrument(kind) for kind in order]

    play(mode)

    llm = check(rows, "openai", mode.streams)
    # LangChain's span is never current, so both are below the program's.
    beside, above = rows.named("ChatOpenAI"), rows.named("app")
    assert llm["span_attributes"]["name"] == "Chat Completion"
    assert beside["span_attributes"]["type"] == "task"
    assert beside["span_parents"] == llm["span_parents"] == [above["span_id"]]
    assert ("time_to_first_token" in llm["metrics"]) is mode.streams


@MODES
@pytest.mark.parametrize("order", [THEIRS, THEIRS[::-1]], ids=["client first", "LangChain first"])
def test_framework_over_anothers_client(
    order: tuple[Any, ...],
    mode: Mode,
    play: Callable[[Mode], None],
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Without ours, one of their two rows is the call."""
    [instrument(kind) for kind in order]

    play(mode)

    check(rows, "openai", mode.streams)
    assert len(rows.all()) == 3
