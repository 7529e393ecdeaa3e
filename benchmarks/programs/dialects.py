"""Spans of other libraries to rows: how many of each dialect one thread maps in a second."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

from benchmarks.programs.gauges import finish, options

from braintrust_otel._json import dumps
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.view import EventView, SpanView
from braintrust_otel._model.containers import project_logs

ANSWER = "The capital of France is Paris. " * 16
QUESTION = "What is the capital of France, and why? " * 12
CALL = {"city": "Paris", "unit": "celsius"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TURNS = 4
"""Turns of the conversation that a call sends: a question, a tool's call, its result."""


def main() -> None:
    """Map the same span again and again, and say how often that went in a second."""
    _, chosen = options()
    finish({name: _rate(view, chosen["rows"]) for name, view in views().items()})


def views() -> Mapping[str, SpanView]:
    """Return a model call of each dialect, all with the same content, and a plain span."""
    return {
        "genai": _view(_genai()),
        "genai_events": _view({"gen_ai.operation.name": "chat"}, _events()),
        "openinference": _view(_openinference()),
        "openllmetry": _view(_openllmetry()),
        "other": _view({"http.request.method": "GET", "url.full": "https://example.com/a"}),
    }


def _rate(view: SpanView, rows: int) -> float:
    container = project_logs("benchmark")
    before = time.thread_time()
    for _ in range(rows):
        dumps(dict(span_row(view, None, None, container).fields))
    return rows / (time.thread_time() - before)


def _view(attributes: dict[str, object], events: tuple[EventView, ...] = ()) -> SpanView:
    return SpanView(
        name="chat",
        trace_id="a" * 32,
        span_id="b" * 16,
        start_ns=1_790_000_000_000_000_000,
        end_ns=1_790_000_001_000_000_000,
        attributes=attributes,
        events=events,
        kind="client",
        scope_name="benchmark",
    )


def _genai() -> dict[str, object]:
    sent: list[object] = []
    for turn in range(TURNS):
        call = {"type": "tool_call", "id": f"c{turn}", "name": "weather", "arguments": CALL}
        answer = {"type": "tool_call_response", "id": f"c{turn}", "response": ANSWER}
        sent += [
            {"role": "user", "parts": [{"type": "text", "content": QUESTION}]},
            {"role": "assistant", "parts": [call]},
            {"role": "tool", "parts": [answer]},
        ]
    said = [{"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}]
    tool = {"type": "function", "name": "weather", "parameters": SCHEMA}
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 90,
        "gen_ai.input.messages": json.dumps(sent),
        "gen_ai.output.messages": json.dumps(said),
        "gen_ai.tool.definitions": json.dumps([tool]),
    }


def _events() -> tuple[EventView, ...]:
    call = {"function": {"name": "weather", "arguments": json.dumps(CALL)}, "type": "function"}
    told: list[tuple[str, dict[str, object]]] = []
    for turn in range(TURNS):
        calls = json.dumps([{"id": f"c{turn}", **call}])
        told += [
            ("gen_ai.user.message", {"content": QUESTION}),
            ("gen_ai.assistant.message", {"tool_calls": calls}),
            ("gen_ai.tool.message", {"content": ANSWER, "id": f"c{turn}"}),
        ]
    told.append(("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": ANSWER}))
    return tuple(EventView(name, 1_790_000_000_500_000_000, held) for name, held in told)


def _openinference() -> dict[str, object]:
    found: dict[str, object] = {
        "openinference.span.kind": "LLM",
        "llm.system": "openai",
        "llm.model_name": "gpt-4o-mini-2024-07-18",
        "llm.invocation_parameters": json.dumps({"model": "gpt-4o-mini", "temperature": 0.5}),
        "llm.finish_reason": "stop",
        "llm.token_count.prompt": 900,
        "llm.token_count.completion": 90,
        "llm.token_count.total": 990,
        "llm.tools.0.tool.json_schema": json.dumps({"name": "weather", "parameters": SCHEMA}),
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": ANSWER,
        "output.value": json.dumps({"choices": [{"message": {"content": ANSWER}}]}),
        "output.mime_type": "application/json",
    }
    for turn in range(TURNS):
        asked, called, told = (f"llm.input_messages.{3 * turn + at}.message" for at in range(3))
        call = f"{called}.tool_calls.0.tool_call"
        found |= {
            f"{asked}.role": "user",
            f"{asked}.content": QUESTION,
            f"{called}.role": "assistant",
            f"{call}.id": f"c{turn}",
            f"{call}.function.name": "weather",
            f"{call}.function.arguments": json.dumps(CALL),
            f"{told}.role": "tool",
            f"{told}.tool_call_id": f"c{turn}",
            f"{told}.content": ANSWER,
        }
    return found


def _openllmetry() -> dict[str, object]:
    found: dict[str, object] = {
        "llm.request.type": "chat",
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.prompt_tokens": 900,
        "gen_ai.usage.completion_tokens": 90,
        "llm.usage.total_tokens": 990,
        "llm.request.functions.0.name": "weather",
        "llm.request.functions.0.parameters": json.dumps(SCHEMA),
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": ANSWER,
        "gen_ai.completion.0.finish_reason": "stop",
    }
    for turn in range(TURNS):
        asked, called, told = (f"gen_ai.prompt.{3 * turn + at}" for at in range(3))
        found |= {
            f"{asked}.role": "user",
            f"{asked}.content": QUESTION,
            f"{called}.role": "assistant",
            f"{called}.tool_calls.0.id": f"c{turn}",
            f"{called}.tool_calls.0.name": "weather",
            f"{called}.tool_calls.0.arguments": json.dumps(CALL),
            f"{told}.role": "tool",
            f"{told}.tool_call_id": f"c{turn}",
            f"{told}.content": ANSWER,
        }
    return found


if __name__ == "__main__":
    main()
