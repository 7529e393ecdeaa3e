"""Calls that are made on the module itself are traced, in whatever form the module has."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import openai
import pytest

from braintrust_otel_openai.clients import wrap_client
from support.openai_calls import completion
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}
ANSWER = completion({"content": "a"})


@pytest.fixture
def module(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Provide the library's module, set up for the provider, as it was again afterwards."""
    loading: Any = importlib.import_module("openai._module_client")
    monkeypatch.setattr(loading, "_load_client", loading._load_client)
    monkeypatch.setattr(openai, "_client", None)
    monkeypatch.setattr(openai, "api_key", "test")
    monkeypatch.setattr(openai, "base_url", provider.url)
    provider.will(Reply(ANSWER), Reply(ANSWER))
    return openai


def test_calls_on_the_module_are_traced(module: Any, tracer: FakeTracer) -> None:
    """The module's own client is traced as soon as the module makes it."""
    assert wrap_client(module, tracer.calls()) is module

    answer = module.chat.completions.create(**ASKED)

    assert answer.choices[0].message.content == "a"
    assert tracer.span.fields["output"] == ANSWER["choices"]


def test_wrapping_the_module_twice_is_one_span(module: Any, tracer: FakeTracer) -> None:
    """Wrapped twice, and its client as well, the module makes one span for a call."""
    wrap_client(wrap_client(module, tracer.calls()), tracer.calls())
    wrap_client(module.chat._client, tracer.calls())

    module.chat.completions.create(**ASKED)

    assert len(tracer.spans) == 1


def test_client_that_is_made_anew_is_traced_too(module: Any, tracer: FakeTracer) -> None:
    """Other settings make another client, which is traced like the one before."""
    wrap_client(module, tracer.calls())
    module.chat.completions.create(**ASKED)

    module._reset_client()
    module.chat.completions.create(**ASKED)

    assert len(tracer.spans) == 2


class Answer(dict[str, Any]):
    """An answer as the library gave it before version 1: a dictionary with attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def old_module(api_base: str = "https://api.openai.com/v1") -> Any:
    """Return a module in the form from before version 1."""

    class ChatCompletion:
        @classmethod
        def create(cls, *args: Any, **kwargs: Any) -> Any:
            if kwargs.get("stream"):
                return (Answer(chunk) for chunk in PIECES)
            return Answer(ANSWER)

        @classmethod
        async def acreate(cls, *args: Any, **kwargs: Any) -> Any:
            return Answer(ANSWER)

    class Embedding:
        @classmethod
        def create(cls, *args: Any, **kwargs: Any) -> Any:
            return Answer({"model": "tiny-2", "data": [{"embedding": [0.5, 0.25]}]})

    module = ModuleType("openai")
    vars(module).update(ChatCompletion=ChatCompletion, Embedding=Embedding, api_base=api_base)
    return module


def spoken(text: str | None, finish_reason: str | None = None) -> dict[str, Any]:
    """Return a chunk of a streamed answer."""
    delta = {} if text is None else {"content": text}
    return {
        "model": "tiny-2",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }


PIECES = [spoken("a"), spoken("b"), spoken(None, "stop")]


def test_old_module_is_traced(tracer: FakeTracer) -> None:
    """The class methods of the module are traced, and give what they always gave."""
    module = wrap_client(old_module(), tracer.calls())

    answer = module.ChatCompletion.create(**ASKED)

    assert type(answer) is Answer
    assert (tracer.span.name, tracer.span.fields["input"]) == ("Chat Completion", ASKED["messages"])
    assert tracer.span.fields["output"] == ANSWER["choices"]
    assert tracer.span.fields["metadata"]["provider"] == "openai"


async def test_old_asynchronous_method_is_traced(tracer: FakeTracer) -> None:
    """So are the asynchronous ones."""
    module = wrap_client(old_module(), tracer.calls())

    await module.ChatCompletion.acreate(**ASKED)

    assert tracer.span.fields["output"] == ANSWER["choices"]


def test_old_stream_is_traced(tracer: FakeTracer) -> None:
    """And the streams, which were plain generators."""
    module = wrap_client(old_module(), tracer.calls())

    chunks = list(module.ChatCompletion.create(**ASKED, stream=True))

    assert chunks == PIECES
    assert tracer.span.fields["output"][0]["message"]["content"] == "ab"


def test_old_embeddings_are_traced(tracer: FakeTracer) -> None:
    """Classes that a version has not are passed over; the others are traced."""
    module = wrap_client(old_module(), tracer.calls())

    module.Embedding.create(model="tiny", input="hi")

    assert tracer.span.fields["output"] == {"embedding_length": 2}


@pytest.mark.parametrize(
    ("base", "given"),
    [
        ("https://my.openai.azure.com", {}),
        ("https://api.openai.com/v1", {"api_base": "https://my.openai.azure.com"}),
    ],
)
def test_provider_of_an_old_module_is_told_by_its_address(
    tracer: FakeTracer, base: str, given: dict[str, str]
) -> None:
    """The address that is set on the module, or given with the call, tells who answers."""
    module = wrap_client(old_module(base), tracer.calls())

    module.ChatCompletion.create(**ASKED, **given)

    assert tracer.span.fields["metadata"]["provider"] == "azure"


def test_wrapping_an_old_module_twice_is_one_span(tracer: FakeTracer) -> None:
    """The same holds for the old form."""
    module = wrap_client(wrap_client(old_module(), tracer.calls()), tracer.calls())

    module.ChatCompletion.create(**ASKED)

    assert len(tracer.spans) == 1
