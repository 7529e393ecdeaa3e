"""The core's names for LiteLLM find the instrumentor, or say what to install."""

from __future__ import annotations

import asyncio
import copy
import inspect
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows

MESSAGES = [{"role": "user", "content": "Is it going to rain?"}]
CHOICE = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "No."}}
ANSWER = {"model": "tiny-1", "choices": [CHOICE]}
VECTORS = {"model": "tiny-1", "data": [{"embedding": [0.5, 0.25]}]}


def completion(model: str, messages: Any, **settings: Any) -> Any:
    """Answer as LiteLLM does."""
    return ANSWER


async def acompletion(model: str, messages: Any, **settings: Any) -> Any:
    """Answer as LiteLLM does."""
    return ANSWER


def responses(input: Any, model: str) -> Any:  # noqa: A002  # LiteLLM's name
    """Answer as LiteLLM does."""
    return {"model": "tiny-1", "output": []}


async def aresponses(input: Any, model: str) -> Any:  # noqa: A002  # LiteLLM's name
    """Answer as LiteLLM does."""
    return responses(input, model)


def embedding(model: str, input: Any) -> Any:  # noqa: A002  # LiteLLM's name
    """Answer as LiteLLM does."""
    return VECTORS


async def aembedding(*args: Any, **kwargs: Any) -> Any:
    """Answer as LiteLLM does."""
    return VECTORS


def moderation(input: Any, model: str | None = None) -> Any:  # noqa: A002  # LiteLLM's name
    """Answer as LiteLLM does."""
    return {"model": "omni", "results": [{"flagged": False}]}


MODULE = SimpleNamespace(
    completion=completion,
    acompletion=acompletion,
    responses=responses,
    aresponses=aresponses,
    embedding=embedding,
    aembedding=aembedding,
    moderation=moderation,
    drop_params=True,
)


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="weather")
        yield captured


def chat(wrapped: Any) -> Any:
    return wrapped.completion("tiny", MESSAGES)


def chat_later(wrapped: Any) -> Any:
    return asyncio.run(wrapped.acompletion(model="tiny", messages=MESSAGES))


def respond(wrapped: Any) -> Any:
    return wrapped.responses("rain?", "tiny")


def respond_later(wrapped: Any) -> Any:
    return asyncio.run(wrapped.aresponses(input="rain?", model="tiny"))


def embed(wrapped: Any) -> Any:
    return wrapped.embedding("tiny", ["rain"])


def embed_later(wrapped: Any) -> Any:
    return asyncio.run(wrapped.aembedding("tiny", ["rain"]))


def moderate(wrapped: Any) -> Any:
    return wrapped.moderation("rain")


def wrapped_module() -> Any:
    return braintrust.wrap_litellm(MODULE)


def completion_wrapper() -> Any:
    return braintrust.CompletionWrapper(completion, acompletion)


def responses_wrapper() -> Any:
    return braintrust.ResponsesWrapper(responses, aresponses)


CALLS: list[tuple[Callable[[], Any], Callable[[Any], Any], str]] = [
    (wrapped_module, chat, "Chat Completion"),
    (wrapped_module, chat_later, "Chat Completion"),
    (wrapped_module, respond, "openai.responses.create"),
    (wrapped_module, respond_later, "openai.responses.create"),
    (wrapped_module, embed, "Embedding"),
    (wrapped_module, embed_later, "Embedding"),
    (wrapped_module, moderate, "Moderation"),
    (completion_wrapper, chat, "Chat Completion"),
    (completion_wrapper, chat_later, "Chat Completion"),
    (responses_wrapper, respond, "openai.responses.create"),
    (responses_wrapper, respond_later, "openai.responses.create"),
    (lambda: braintrust.EmbeddingWrapper(embedding), embed, "Embedding"),
    (lambda: braintrust.ModerationWrapper(moderation), moderate, "Moderation"),
]


@pytest.mark.parametrize(("wrap", "call", "name"), CALLS)
def test_call_through_a_wrapper_is_one_row(
    rows: CapturedRows, wrap: Callable[[], Any], call: Callable[[Any], Any], name: str
) -> None:
    """The answer is that of the function, and there is a row of it."""
    answer = call(wrap())

    row = rows.one()
    assert answer in (ANSWER, VECTORS) or answer["model"]
    assert (row["span_attributes"]["name"], row["span_attributes"]["type"]) == (name, "llm")
    assert row["input"] in (MESSAGES, "rain?", ["rain"], "rain")
    assert row["metadata"]["model"] in ("tiny-1", "omni")


def test_wrapped_module_answers_for_the_module() -> None:
    """Whatever is not traced is the module's, which stays as it is."""
    wrapped = braintrust.wrap_litellm(MODULE)

    assert isinstance(wrapped, braintrust.NamedWrapper)
    assert wrapped.drop_params is True
    assert MODULE.completion is completion
    assert inspect.signature(wrapped.aembedding) == inspect.signature(aembedding)
    assert copy.copy(wrapped).drop_params is True
    with pytest.raises(AttributeError):
        _ = wrapped.nothing


def test_wrapping_twice_is_wrapping_once() -> None:
    """A module that is wrapped comes back as it is."""
    wrapped = braintrust.wrap_litellm(MODULE)

    assert braintrust.wrap_litellm(wrapped) is wrapped


def test_module_that_lacks_functions_can_be_wrapped(rows: CapturedRows) -> None:
    """Functions are looked up when they are called."""
    wrapped = braintrust.wrap_litellm(SimpleNamespace(completion=completion))

    assert chat(wrapped) is ANSWER
    with pytest.raises(AttributeError):
        respond(wrapped)


def test_function_that_was_not_given_cannot_be_called() -> None:
    """What is missing is named."""
    with pytest.raises(TypeError, match="completion"):
        chat(braintrust.CompletionWrapper(None, None))


def test_missing_instrumentor_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the instrumentor everything works on untraced, and the extra is named once."""
    monkeypatch.setitem(sys.modules, "braintrust_otel_litellm", None)

    wrapped = braintrust.wrap_litellm(MODULE)
    answers = [chat(wrapped), chat(completion_wrapper()), chat(braintrust.LiteLLMWrapper(MODULE))]

    assert wrapped is MODULE
    assert answers == [ANSWER] * 3
    assert caplog.text.count('pip install "braintrust-otel[litellm]"') == 1


@pytest.mark.skipif(find_spec("litellm") is not None, reason="for where the library is missing")
def test_missing_library_is_not_patched() -> None:
    """There is nothing to patch, and nothing to restore."""
    assert braintrust.patch_litellm() is False
    braintrust.unpatch_litellm()
