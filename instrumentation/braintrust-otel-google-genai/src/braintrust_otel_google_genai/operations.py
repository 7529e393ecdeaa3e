"""What is captured: how each method's span is named, and how its call and answer are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel.instrument import Reading
from braintrust_otel_google_genai.accumulators import AnswerAccumulator
from braintrust_otel_google_genai.config import runs_functions
from braintrust_otel_google_genai.providers import provider_of
from braintrust_otel_google_genai.request import read_chat_message, read_request
from braintrust_otel_google_genai.response import read_answer

__all__ = ["GENERATE", "STREAM", "chat_runs", "model_runs", "run_of_chat", "run_of_models"]

_AGENT = "invoke_agent"

GENERATE = Reading("generate_content", read_request, read_answer)
"""One call of a model."""

STREAM = Reading("generate_content_stream", read_request, read_answer, AnswerAccumulator)
"""One call of a model whose answer is streamed."""


def run_of_models(name: str) -> Reading:
    """Return how a run is read that starts in the method *name* of ``models``."""
    return Reading(name, read_request, read_answer, type="task", operation=_AGENT)


def run_of_chat(name: str) -> Reading:
    """Return how a run is read that starts in the method *name* of a chat."""
    return Reading(name, read_chat_message, read_answer, type="task", operation=_AGENT)


def model_runs(asked: Mapping[str, Any], models: Any) -> bool:
    """Whether the library may call functions in a call of ``models``."""
    config = asked.get("config")
    return config is not None and runs_functions(config, provider_of(models))


def chat_runs(asked: Mapping[str, Any], chat: Any) -> bool:
    """Whether the library may call functions for a message to *chat*."""
    config = asked.get("config") or getattr(chat, "_config", None)
    return bool(config) and runs_functions(config, provider_of(getattr(chat, "_modules", None)))
