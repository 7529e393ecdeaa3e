"""One recorded call under several instrumentors, and what has to come of it: one row of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import anthropic
import openai
import pytest

from braintrust_otel.testing import CapturedRows
from support.recordings import answers_of, load_recordings

__all__ = ["MODES", "Mode", "check", "exchange_of", "play", "switches"]

_METHODS: list[tuple[Any, str]] = [
    (openai.resources.chat.Completions, "create"),
    (openai.resources.chat.AsyncCompletions, "create"),
    (anthropic.resources.Messages, "create"),
    (anthropic.resources.AsyncMessages, "create"),
]
_TOKENS = ("prompt_tokens", "completion_tokens", "tokens", "prompt_cached_tokens")
Ask = Callable[[str, Mapping[str, Any], bool, Any], None]


def _recorded(file: str, kind: str, *, streams: bool) -> Any:
    """Return a recorded exchange whose answer says how many tokens there were."""
    found = [
        one
        for one in load_recordings(file, kind)
        if bool(one["request"]["body"].get("stream")) is streams
        and "error" not in one["kind"]
        and ("anthropic" in kind or not streams or "stream_options" in one["request"]["body"])
    ]
    return found[0]


_EXCHANGES = {
    ("openai", False): _recorded("openai.jsonl", "openai.chat", streams=False),
    ("openai", True): _recorded("openai.jsonl", "openai.chat", streams=True),
    ("anthropic", False): _recorded("anthropic.jsonl", "anthropic.messages", streams=False),
    ("anthropic", True): _recorded("anthropic.jsonl", "anthropic.messages", streams=True),
}


class Mode(NamedTuple):
    """How a call is made."""

    streams: bool
    is_async: bool


_PLAIN, _STREAM = Mode(streams=False, is_async=False), Mode(streams=True, is_async=False)
MODES = pytest.mark.parametrize(
    "mode",
    [_PLAIN, _STREAM, _PLAIN._replace(is_async=True), _STREAM._replace(is_async=True)],
    ids=["plain", "stream", "plain async", "stream async"],
)


@contextmanager
def switches(provider: Any) -> Iterator[Callable[[Any], None]]:
    """Provide what switches an instrumentor on; all are off again afterwards."""
    active: list[Any] = []

    def switch_on(kind: Any) -> None:
        active.append(kind())
        active[-1].instrument(tracer_provider=provider)

    before = {method: vars(method[0])[method[1]] for method in _METHODS}
    yield switch_on
    for one in reversed(active):
        one.uninstrument()
    # OpenLLMetry leaves its wrappers of the openai client in place.
    for method, original in before.items():
        setattr(*method, original)


def exchange_of(client: str, streams: bool) -> Any:
    """Return the recorded exchange that is played."""
    return _EXCHANGES[client, streams]


def play(replay: Any, client: str, mode: Mode, provider: Any) -> None:
    """Make a recorded call, under a span that others' code has open at the time."""
    exchange = _EXCHANGES[client, mode.streams]
    ask: Ask = _ask_openai if client == "openai" else _ask_anthropic
    url, asked = replay.base(exchange["name"]), exchange["request"]["body"]
    with provider.get_tracer("app").start_as_current_span("app"):
        ask(url, asked, mode.is_async, provider)


def check(rows: CapturedRows, client: str, streams: bool) -> dict[str, Any]:
    """Check that one row is the call, and return it."""
    found = rows.all()
    (llm,) = [row for row in found if row["span_attributes"].get("type") == "llm"]
    wanted = _expected(client, streams)
    said = str(_EXCHANGES[client, streams]["request"]["body"]["messages"][-1]["content"])[:20]
    assert {name: llm["metrics"].get(name) for name in wanted} == wanted
    assert said in str(llm["input"])
    assert llm["output"]
    others = [row for row in found if row is not llm]
    assert [name for row in others for name in row["metrics"] if name in _TOKENS] == []
    return llm


def _ask_openai(url: str, asked: Mapping[str, Any], is_async: bool, _provider: Any) -> None:
    """Make the call with the openai client, and read a stream to its end."""
    kind: Any = openai.AsyncOpenAI if is_async else openai.OpenAI
    client = kind(base_url=f"{url}/v1", api_key="test", max_retries=0)
    _ask(client, lambda: client.chat.completions.create(**asked), asked, is_async)


def _ask_anthropic(url: str, asked: Mapping[str, Any], is_async: bool, provider: Any) -> None:
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


def _expected(client: str, streams: bool) -> dict[str, int]:
    """Return the tokens that the provider reported, as they have to be counted."""
    usage: dict[str, Any] = {}
    for answer in answers_of(_EXCHANGES[client, streams]):
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
