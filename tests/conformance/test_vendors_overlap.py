"""Several instrumentors on one call, in every order: one row of type llm, tokens counted once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Any, NamedTuple

import anthropic
import openai
import pytest
from openinference.instrumentation.anthropic import AnthropicInstrumentor as OpenInferenceAnthropic
from openinference.instrumentation.openai import OpenAIInstrumentor as OpenInferenceOpenAI
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor as OpenLLMetryAnthropic
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor as GenAIOpenAI
from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetryOpenAI

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_anthropic import AnthropicInstrumentor
from braintrust_otel_openai import OpenAIInstrumentor
from support.recordings import answers_of, load_recordings, replay_server

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # in the vendors' packages
]

OPENAI = {
    "ours": OpenAIInstrumentor,
    "genai": GenAIOpenAI,
    "openinference": OpenInferenceOpenAI,
    "openllmetry": OpenLLMetryOpenAI,
}
ANTHROPIC = {
    "ours": AnthropicInstrumentor,
    "openinference": OpenInferenceAnthropic,
    "openllmetry": OpenLLMetryAnthropic,
}
METHODS: list[tuple[Any, str]] = [
    (openai.resources.chat.Completions, "create"),
    (openai.resources.chat.AsyncCompletions, "create"),
    (anthropic.resources.Messages, "create"),
    (anthropic.resources.AsyncMessages, "create"),
]
TOKENS = ("prompt_tokens", "completion_tokens", "tokens", "prompt_cached_tokens")


def recorded(file: str, kind: str, *, streams: bool) -> Any:
    """Return a recorded exchange whose answer says how many tokens there were."""
    found = [
        one
        for one in load_recordings(file, kind)
        if bool(one["request"]["body"].get("stream")) is streams
        and "error" not in one["kind"]
        and ("anthropic" in kind or not streams or "stream_options" in one["request"]["body"])
    ]
    return found[0]


EXCHANGES = {
    ("openai", False): recorded("openai.jsonl", "openai.chat", streams=False),
    ("openai", True): recorded("openai.jsonl", "openai.chat", streams=True),
    ("anthropic", False): recorded("anthropic.jsonl", "anthropic.messages", streams=False),
    ("anthropic", True): recorded("anthropic.jsonl", "anthropic.messages", streams=True),
}


class Mode(NamedTuple):
    """How a call is made."""

    streams: bool
    is_async: bool


PLAIN, STREAM = Mode(streams=False, is_async=False), Mode(streams=True, is_async=False)
MODES = pytest.mark.parametrize(
    "mode",
    [PLAIN, STREAM, PLAIN._replace(is_async=True), STREAM._replace(is_async=True)],
    ids=["plain", "stream", "plain async", "stream async"],
)
Ask = Callable[[str, Mapping[str, Any], bool, Any], None]


def ask_openai(url: str, asked: Mapping[str, Any], is_async: bool, _provider: Any) -> None:
    """Make the call with the openai client, and read a stream to its end."""
    kind: Any = openai.AsyncOpenAI if is_async else openai.OpenAI
    client = kind(base_url=f"{url}/v1", api_key="test", max_retries=0)
    _ask(client, lambda: client.chat.completions.create(**asked), asked, is_async)


def ask_anthropic(url: str, asked: Mapping[str, Any], is_async: bool, provider: Any) -> None:
    """Make the call with the anthropic client, whose own spans go where all others do."""
    kind: Any = anthropic.AsyncAnthropic if is_async else anthropic.Anthropic
    client = kind(
        base_url=url,
        api_key="test",
        max_retries=0,
        open_telemetry={"tracer_provider": provider},
    )
    _ask(client, lambda: client.messages.create(**asked), asked, is_async)


def _ask(client: Any, call: Callable[[], Any], asked: Mapping[str, Any], is_async: bool) -> None:
    async def ask() -> None:
        async with client:
            answer = await call()
            _ = [part async for part in answer] if asked.get("stream") else None

    if is_async:
        asyncio.run(ask())
        return
    with client:
        answer = call()
        _ = list(answer) if asked.get("stream") else None


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """Provide the server that plays the recordings."""
    with replay_server() as server:
        yield server


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedRows]:
    """Catch the rows of a logger, with the vendors told to record messages."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture
def instrument(rows: CapturedRows) -> Iterator[Callable[[Any], None]]:
    """Provide what switches an instrumentor on; all are off again after the test."""
    active: list[Any] = []

    def switch_on(kind: Any) -> None:
        active.append(kind())
        active[-1].instrument(tracer_provider=rows.provider)

    before = {method: vars(method[0])[method[1]] for method in METHODS}
    yield switch_on
    [one.uninstrument() for one in reversed(active)]
    # OpenLLMetry leaves its wrappers of the openai client in place.
    [setattr(*method, original) for method, original in before.items()]


def play(replay: Any, client: str, mode: Mode, provider: Any) -> None:
    """Make a recorded call, under a span that others' code has open at the time."""
    exchange = EXCHANGES[client, mode.streams]
    ask: Ask = ask_openai if client == "openai" else ask_anthropic
    url, asked = replay.base(exchange["name"]), exchange["request"]["body"]
    with provider.get_tracer("app").start_as_current_span("app"):
        ask(url, asked, mode.is_async, provider)


def expected(client: str, streams: bool) -> dict[str, int]:
    """Return the tokens that the provider reported, as they have to be counted."""
    usage: dict[str, Any] = {}
    for answer in answers_of(EXCHANGES[client, streams]):
        usage |= answer.get("usage") or answer.get("message", {}).get("usage") or {}
    if client == "openai":
        return {
            "prompt_tokens": usage["prompt_tokens"],
            "completion_tokens": usage["completion_tokens"],
        }
    cached = usage.get("cache_read_input_tokens", 0) + usage.get("cache_creation_input_tokens", 0)
    return {
        "prompt_tokens": usage["input_tokens"] + cached,
        "completion_tokens": usage["output_tokens"],
    }


def check(rows: CapturedRows, client: str, streams: bool) -> dict[str, Any]:
    """Check that one row is the call, and return it."""
    found = rows.all()
    (llm,) = [row for row in found if row["span_attributes"].get("type") == "llm"]
    wanted = expected(client, streams)
    said = str(EXCHANGES[client, streams]["request"]["body"]["messages"][-1]["content"])[:20]
    assert {name: llm["metrics"].get(name) for name in wanted} == wanted
    assert said in str(llm["input"])
    assert llm["output"]
    others = [row for row in found if row is not llm]
    assert [name for row in others for name in row["metrics"] if name in TOKENS] == []
    return llm


@MODES
@pytest.mark.parametrize("order", list(permutations(OPENAI, 2)), ids=" ".join)
def test_openai_call_is_one_llm_row(
    order: tuple[str, ...],
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Two instrumentors of the openai client: the one with ours on it is ours."""
    [instrument(OPENAI[name]) for name in order]

    play(replay, "openai", mode, rows.provider)

    llm = check(rows, "openai", mode.streams)
    assert (llm["span_attributes"]["name"] == "Chat Completion") is ("ours" in order)


@MODES
@pytest.mark.parametrize("order", list(permutations(ANTHROPIC, 2)), ids=" ".join)
def test_anthropic_call_is_one_llm_row(
    order: tuple[str, ...],
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Two instrumentors of the anthropic client, which makes a span of its own besides."""
    [instrument(ANTHROPIC[name]) for name in order]

    play(replay, "anthropic", mode, rows.provider)

    llm = check(rows, "anthropic", mode.streams)
    assert (
        llm["context"]["span_origin"]["instrumentation"]["name"] == "braintrust-otel-anthropic"
    ) is ("ours" in order)


@MODES
@pytest.mark.parametrize("client", ["openai", "anthropic"])
def test_all_instrumentors_at_once_are_one_llm_row(
    client: str,
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """However many instrumentors there are, tokens count once."""
    kinds: dict[str, Any] = {"openai": OPENAI, "anthropic": ANTHROPIC}[client]
    [instrument(kind) for kind in kinds.values()]

    play(replay, client, mode, rows.provider)

    check(rows, client, mode.streams)
