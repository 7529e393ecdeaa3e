"""A program that knows nothing of Braintrust and writes down what it did, as JSON lines.

It could be written in any language. Each line is a span with its children in it; see
``examples/import_spans.py`` for what becomes of them:

    python examples/loopback/generate_spans.py > spans.jsonl
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

from openai import OpenAI

try:
    from loopback.provider import MODEL, start_provider
except ModuleNotFoundError:  # run as a program of its own
    from provider import MODEL, start_provider  # type: ignore[import-not-found,no-redef]  # its own directory

PROMPT_TEMPLATE = "Answer the following question: %s"
QUESTIONS = [("What is the capital in Austria?", "Austria"), ("Is it far to Lisbon?", "Lisbon")]


def run_llm(client: OpenAI, model: str, text: str, **params: Any) -> dict[str, Any]:
    """Ask the model, and return the call as a span."""
    messages: Any = [{"role": "user", "content": text}]
    start = time.time()
    result = client.chat.completions.create(model=model, messages=messages, **params)
    end = time.time()
    usage = result.usage
    return {
        "input": messages,
        "output": result.choices[0].message.model_dump(),
        "metadata": {"model": model, "params": params},
        "metrics": {
            "start": start,
            "end": end,
            "tokens": usage and usage.total_tokens,
            "prompt_tokens": usage and usage.prompt_tokens,
            "completion_tokens": usage and usage.completion_tokens,
        },
        "name": "OpenAI Chat Completion",
    }


def run_input(client: OpenAI, model: str, question: str, expected: str) -> dict[str, Any]:
    """Answer a question, and return what was done as a span with the model's call in it."""
    result = run_llm(client, model, PROMPT_TEMPLATE % question, max_tokens=32)
    return {
        "input": question,
        "output": result["output"]["content"],
        "expected": expected,
        "metadata": {"template": PROMPT_TEMPLATE},
        "children": [result],
        "name": "run_input",
    }


def generate() -> Iterator[str]:
    """Yield one line for each question."""
    if os.environ.get("OPENAI_API_KEY"):
        client, model = OpenAI(), "gpt-4o-mini"
    else:
        client, model = OpenAI(base_url=start_provider(), api_key="not needed"), MODEL
    for question, expected in QUESTIONS:
        yield json.dumps(run_input(client, model, question, expected))


if __name__ == "__main__":
    for line in generate():
        print(line)
