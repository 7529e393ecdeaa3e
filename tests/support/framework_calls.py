"""Plays recorded calls under one framework, in a process of its own, and prints the rows.

Frameworks patch client libraries and set global providers, some of them as they are imported:
none of that may reach another test. Run as ``python -m support.framework_calls NAME``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

__all__ = ["ANTHROPIC", "FRAMEWORKS", "OPENAI", "recordings_of"]

Body = dict[str, Any]
Ask = Callable[[str, Body], None]

OPENAI = ("openai.jsonl", ("openai.chat", "openai.error.chat"))
ANTHROPIC = ("anthropic.jsonl", ("anthropic.messages",))
_UNKNOWN = ("temperature", "top_p", "top_k")  # to newer versions of the anthropic client


def recordings_of(name: str) -> list[dict[str, Any]]:
    """Return the recordings that are played under the framework *name*."""
    from support.recordings import load_recordings

    file, kinds = FRAMEWORKS[name][0]
    found = load_recordings(file, *kinds)
    return [recording for recording in found if _is_played(name, recording)]


def _is_played(name: str, recording: Mapping[str, Any]) -> bool:
    """Tell whether the framework can make the call: pydantic-ai writes its messages itself."""
    if name != "pydantic_ai":
        return True
    body = recording["request"]["body"]
    asked = body["messages"]
    is_plain = len(asked) == 1 and isinstance(asked[0].get("content"), str)
    is_whole = "sse" not in recording["response"] and recording["response"]["status"] == 200
    return is_plain and is_whole and not {"n", "response_format", "tools"} & body.keys()


def _ours_openai(_provider: Any) -> Ask:
    import openai

    import braintrust_otel as braintrust

    braintrust.init_logger(project="ours")
    return lambda url, body: _ask_openai(braintrust.wrap_openai(_client(openai.OpenAI, url)), body)


def _ours_anthropic(_provider: Any) -> Ask:
    import braintrust_otel as braintrust

    braintrust.init_logger(project="ours")
    return lambda url, body: _ask_anthropic(braintrust.wrap_anthropic(_anthropic(url)), body)


def _logfire(_provider: Any) -> Any:
    import logfire

    from braintrust_otel.otel import BraintrustSpanProcessor

    logfire.configure(
        send_to_logfire=False,
        console=False,
        metrics=False,
        additional_span_processors=[BraintrustSpanProcessor("project_name:theirs")],
    )
    return logfire


def _logfire_openai(provider: Any) -> Ask:
    import openai

    _logfire(provider).instrument_openai()
    return lambda url, body: _ask_openai(_client(openai.OpenAI, url), body)


def _logfire_anthropic(provider: Any) -> Ask:
    _logfire(provider).instrument_anthropic()
    return lambda url, body: _ask_anthropic(_anthropic(url, open_telemetry=False), body)


def _pydantic_ai(provider: Any) -> Ask:
    import openai
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    _logfire(provider).instrument_pydantic_ai()

    def ask(url: str, body: Body) -> None:
        client = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="test", max_retries=0)
        model = OpenAIChatModel(body["model"], provider=OpenAIProvider(openai_client=client))
        Agent(model, name="agent").run_sync(body["messages"][0]["content"])

    return ask


def _langfuse(provider: Any) -> Ask:
    from langfuse import Langfuse

    Langfuse(
        public_key="pk-lf-1",
        secret_key="sk-lf-1",  # noqa: S106  # nobody checks it
        base_url="http://127.0.0.1:9",
        tracer_provider=provider,
        media_upload_thread_count=0,
    )
    from langfuse.openai import OpenAI

    return lambda url, body: _ask_openai(_client(OpenAI, url), body)


def _mlflow(provider: Any) -> None:
    os.environ |= {
        "MLFLOW_EXPERIMENT_ID": "1",
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "MLFLOW_USE_DEFAULT_TRACER_PROVIDER": "false",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:9/v1/traces",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
    }
    from opentelemetry import trace

    trace.set_tracer_provider(provider)


def _mlflow_openai(provider: Any) -> Ask:
    _mlflow(provider)
    import mlflow
    import openai

    mlflow.openai.autolog()
    return lambda url, body: _ask_openai(_client(openai.OpenAI, url), body)


def _mlflow_anthropic(provider: Any) -> Ask:
    _mlflow(provider)
    import mlflow

    mlflow.anthropic.autolog()
    return lambda url, body: _ask_anthropic(_anthropic(url, open_telemetry=False), body)


def _own_anthropic(provider: Any) -> Ask:
    options = {"tracer_provider": provider, "traces": {"content_mode": "content"}}
    return lambda url, body: _ask_anthropic(_anthropic(url, open_telemetry=options), body)


FRAMEWORKS: dict[str, tuple[tuple[str, tuple[str, ...]], Callable[[Any], Ask]]] = {
    "ours_openai": (OPENAI, _ours_openai),
    "ours_anthropic": (ANTHROPIC, _ours_anthropic),
    "logfire_openai": (OPENAI, _logfire_openai),
    "logfire_anthropic": (ANTHROPIC, _logfire_anthropic),
    "pydantic_ai": (OPENAI, _pydantic_ai),
    "langfuse": (OPENAI, _langfuse),
    "mlflow_openai": (OPENAI, _mlflow_openai),
    "mlflow_anthropic": (ANTHROPIC, _mlflow_anthropic),
    "own_anthropic": (ANTHROPIC, _own_anthropic),
}
"""By name: which recordings are played, and what sets the framework up."""


def _client(kind: Any, url: str) -> Any:
    return kind(base_url=f"{url}/v1", api_key="test", max_retries=0)


def _anthropic(url: str, **options: Any) -> Any:
    import anthropic

    return anthropic.Anthropic(base_url=url, api_key="test", max_retries=0, **options)


def _ask_openai(client: Any, body: Body) -> None:
    import openai

    with suppress(openai.APIError):
        answer = client.chat.completions.create(**body)
        list(answer) if body.get("stream") else None


def _ask_anthropic(client: Any, body: Body) -> None:
    others = {name: body[name] for name in _UNKNOWN if name in body}
    known = {name: value for name, value in body.items() if name not in _UNKNOWN}
    answer = client.messages.create(**known, **({"extra_body": others} if others else {}))
    list(answer) if body.get("stream") else None


def _play(name: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    from opentelemetry.sdk.trace import TracerProvider

    from braintrust_otel.otel import BraintrustSpanProcessor
    from braintrust_otel.testing import capture_rows
    from support.recordings import replay_server

    with capture_rows() as captured, replay_server() as replay:
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(BraintrustSpanProcessor("project_name:theirs"))
        ask = FRAMEWORKS[name][1](provider)
        seen: set[str] = set()
        for recording in recordings_of(name):
            ask(replay.base(recording["name"]), dict(recording["request"]["body"]))
            new = [row for row in captured.all() if row["id"] not in seen]
            seen |= {row["id"] for row in new}
            yield recording["name"], new


if __name__ == "__main__":
    played = dict(_play(sys.argv[1]))
    sys.stdout.write(f"\n{json.dumps(played)}\n")
    sys.stdout.flush()
    os._exit(0)  # some frameworks try for long to reach their backend
