"""What is captured: how each function's span is named, and how its call and answer are read."""

from __future__ import annotations

from dataclasses import replace

from braintrust_otel.instrument import Reading
from braintrust_otel.instrument.openai_shapes.accumulators import ChatAccumulator
from braintrust_otel.instrument.openai_shapes.completions import (
    CompletionAccumulator,
    read_completion,
    read_prompt,
)
from braintrust_otel.instrument.openai_shapes.embeddings import read_embedded, read_embeddings
from braintrust_otel.instrument.openai_shapes.moderations import read_moderated, read_moderations
from braintrust_otel.instrument.openai_shapes.request import read_request
from braintrust_otel.instrument.openai_shapes.response import read_response
from braintrust_otel.instrument.openai_shapes.responses_accumulator import ResponsesAccumulator
from braintrust_otel.instrument.openai_shapes.responses_answer import read_answer
from braintrust_otel.instrument.openai_shapes.responses_request import read_responses_request
from braintrust_otel_litellm import answer, request, streams

__all__ = ["AEMBEDDING", "ATEXT", "CHAT", "EMBEDDING", "MODERATION", "RESPONSES", "TEXT"]

CHAT = Reading(
    "Chat Completion",
    request.reader(read_request),
    answer.choices_reader(read_response),
    accumulate_of=streams.choices_accumulator(ChatAccumulator),
    failure=answer.read_failure,
    listed=("messages", "tools", "functions"),
)
"""``completion`` and ``acompletion``."""

RESPONSES = Reading(
    "openai.responses.create",
    request.reader(read_responses_request),
    answer.reader(read_answer),
    accumulate_of=streams.events_accumulator(ResponsesAccumulator),
    failure=answer.read_failure,
    listed=("input", "tools"),
)
"""``responses`` and ``aresponses``."""

TEXT = Reading(
    "litellm.text_completion",
    request.reader(read_prompt),
    answer.choices_reader(read_completion),
    accumulate_of=streams.choices_accumulator(CompletionAccumulator),
    failure=answer.read_failure,
    listed=("prompt",),
    operation="text_completion",
)
"""``text_completion``, and that of routers."""

ATEXT = replace(TEXT, positional=("prompt", "model"))
"""``atext_completion``, whose signature does not name its arguments."""

EMBEDDING = Reading(
    "Embedding",
    request.reader(read_embedded),
    answer.vectors_reader(read_embeddings),
    failure=answer.read_failure,
    listed=("input",),
    operation="embeddings",
)
"""``embedding``, and that of routers."""

AEMBEDDING = replace(EMBEDDING, positional=("model", "input"))
"""``aembedding``, whose signature does not name its arguments."""

MODERATION = Reading(
    "Moderation",
    request.reader(read_moderated, provider="openai"),
    answer.reader(read_moderations),
    failure=answer.read_failure,
    listed=("input",),
    operation="moderation",
)
"""``moderation`` and ``amoderation``, which ask OpenAI where nothing else is said."""
