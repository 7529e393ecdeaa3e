"""Makes every recorded call under one instrumentor, and prints the rows as JSON.

Run as ``vendor_calls.py <instrumentor>``, each in a process of its own: not all of them can be
taken off again.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, NamedTuple

import openai
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.trace import TracerProvider

import braintrust_otel as braintrust
from braintrust_otel.otel import BraintrustLogRecordProcessor, BraintrustSpanProcessor
from braintrust_otel.testing import capture_rows
from support.openai_calls import client_of as openai_client
from support.recordings import load_recordings, replay_server

Body = Mapping[str, Any]
Ask = Callable[[str, Body], None]


class Instrumentor(NamedTuple):
    """Where an instrumentor is, and which calls are made under it."""

    home: str
    name: str
    ask: Ask
    file: str
    kinds: tuple[str, ...]


def ask_openai(url: str, asked: Body) -> None:
    """Make a call of the openai client, and read a stream to its end."""
    with openai_client(f"{url}/v1", asynchronous=False) as client, suppress(openai.APIError):
        _read(client.chat.completions.create(**asked), asked)


def ask_anthropic(url: str, asked: Body) -> None:
    """Make a call of the anthropic client, and read a stream to its end."""
    from support.anthropic_calls import client_of

    with client_of(url, asynchronous=False) as client:
        _read(client.messages.create(**_accepted(client.messages.create, asked)), asked)


def ask_langchain(url: str, asked: Body) -> None:
    """Make a call of LangChain's chat model, and read a stream to its end."""
    from langchain_openai import ChatOpenAI

    named = ("messages", "model", "stream", "stream_options", "tools")
    chat = ChatOpenAI(
        model=asked["model"],
        base_url=f"{url}/v1",
        api_key="test",
        max_retries=0,
        stream_usage="stream_options" in asked,
        model_kwargs={name: value for name, value in asked.items() if name not in named},
    )
    bound = chat.bind(tools=asked["tools"]) if "tools" in asked else chat
    sent = [{"content": None, **message} for message in asked["messages"]]
    with suppress(openai.APIError):
        _read((bound.stream if asked.get("stream") else bound.invoke)(sent), asked)


def _read(answer: Any, asked: Body) -> None:
    if asked.get("stream"):
        list(answer)


def _accepted(method: Callable[..., Any], asked: Body) -> dict[str, Any]:
    """Return *asked* with what this version of *method* does not know in ``extra_body``."""
    known = inspect.signature(method).parameters
    accepted = {name: value for name, value in asked.items() if name in known}
    others = {name: value for name, value in asked.items() if name not in known}
    return {**accepted, "extra_body": others} if others else accepted


CHATS = (ask_openai, "openai.jsonl", ("openai.chat", "openai.error.chat"))
MESSAGES = (ask_anthropic, "anthropic.jsonl", ("anthropic.messages",))
_OPENAI, _ANTHROPIC = "OpenAIInstrumentor", "AnthropicInstrumentor"
INSTRUMENTORS = {
    "our own openai": Instrumentor("braintrust_otel_openai", _OPENAI, *CHATS),
    "our own anthropic": Instrumentor("braintrust_otel_anthropic", _ANTHROPIC, *MESSAGES),
    "OpenTelemetry openai": Instrumentor(
        "opentelemetry.instrumentation.genai.openai", _OPENAI, *CHATS
    ),
    "OpenTelemetry openai-v2": Instrumentor(
        "opentelemetry.instrumentation.openai_v2", _OPENAI, *CHATS
    ),
    "OpenInference openai": Instrumentor("openinference.instrumentation.openai", _OPENAI, *CHATS),
    "OpenInference langchain": Instrumentor(
        "openinference.instrumentation.langchain",
        "LangChainInstrumentor",
        ask_langchain,
        *CHATS[1:],
    ),
    "OpenInference anthropic": Instrumentor(
        "openinference.instrumentation.anthropic", _ANTHROPIC, *MESSAGES
    ),
    "OpenLLMetry openai": Instrumentor("opentelemetry.instrumentation.openai", _OPENAI, *CHATS),
    "OpenLLMetry anthropic": Instrumentor(
        "opentelemetry.instrumentation.anthropic", _ANTHROPIC, *MESSAGES
    ),
}


def rows_of(used: Instrumentor, url: str, asked: Body) -> list[dict[str, Any]]:
    """Return the rows that one call comes to."""
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        used.ask(url, asked)
        return captured.all()


def instrument(used: Instrumentor) -> None:
    """Have every client of this process traced."""
    instrumentor = getattr(import_module(used.home), used.name)()
    if used.home.startswith("braintrust_otel"):
        instrumentor.instrument()
        return
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BraintrustSpanProcessor())
    logs = LoggerProvider(shutdown_on_exit=False)
    logs.add_log_record_processor(BraintrustLogRecordProcessor())
    instrumentor.instrument(tracer_provider=provider, logger_provider=logs)


def main() -> None:
    """Print, for each recording, the rows that its call comes to."""
    used = INSTRUMENTORS[sys.argv[1]]
    instrument(used)
    with replay_server() as server:
        told = {
            recording["name"]: rows_of(
                used, server.base(recording["name"]), recording["request"]["body"]
            )
            for recording in load_recordings(used.file, *used.kinds)
        }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
