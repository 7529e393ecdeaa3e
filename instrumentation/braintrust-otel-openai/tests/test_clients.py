"""One client or all of them can be traced, and each call is one span."""

from __future__ import annotations

import asyncio
import importlib
import inspect
from typing import Any

import openai
import pytest
from openai.resources.chat.completions import AsyncCompletions, Completions

import braintrust_otel_openai.clients
from braintrust_otel.instrument import PatchTable
from braintrust_otel_openai import OpenAIInstrumentor, wrap_openai
from braintrust_otel_openai.clients import wrap_client
from support.openai_calls import client_of, completion
from support.provider import Provider, Reply
from support.spans import FakeTracer

ASKED: dict[str, Any] = {"model": "tiny", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def answering(provider: Provider) -> Provider:
    """Provide a provider with answers enough."""
    provider.will(*[Reply(completion({"content": "a"})) for _ in range(3)])
    return provider


def test_wrapping_returns_the_same_client(client: Any, tracer: FakeTracer) -> None:
    """The client is traced in place, and wrapping again changes nothing."""
    method = client.chat.completions.create

    again = wrap_client(client, tracer.calls())

    assert again is client
    assert client.chat.completions.create is method


@pytest.mark.usefixtures("answering")
def test_wrapping_twice_is_one_span(client: Any, tracer: FakeTracer) -> None:
    """A client that is wrapped twice makes one span for a call."""
    wrap_client(client, tracer.calls()).chat.completions.create(**ASKED)

    assert len(tracer.spans) == 1


@pytest.mark.parametrize("first", ["class", "client"])
@pytest.mark.usefixtures("answering")
def test_both_ways_together_are_one_span(
    provider: Provider, tracer: FakeTracer, table: PatchTable, first: str
) -> None:
    """All clients traced, and this one wrapped as well, in either order: one span for a call."""
    with client_of(provider.url, asynchronous=False) as client:
        steps = [table.apply, lambda: wrap_client(client, tracer.calls())]
        ordered = steps if first == "class" else steps[::-1]
        [step() for step in ordered]  # type: ignore[operator]  # both are called for their effect

        client.chat.completions.create(**ASKED)

    assert len(tracer.spans) == 1


@pytest.mark.usefixtures("answering")
def test_wrapped_client_stays_traced_when_the_others_are_not(
    client: Any, tracer: FakeTracer, table: PatchTable
) -> None:
    """Taking the class patches away leaves a client that was wrapped by itself traced."""
    table.apply()
    table.undo()

    client.chat.completions.create(**ASKED)

    assert len(tracer.spans) == 1


@pytest.mark.usefixtures("client", "answering")
def test_other_clients_are_not_traced(provider: Provider, tracer: FakeTracer) -> None:
    """Wrapping one client leaves another of the same class alone."""
    with client_of(provider.url, asynchronous=False) as other:
        other.chat.completions.create(**ASKED)

    assert tracer.spans == []


@pytest.mark.parametrize("derive", ["with_options", "copy"])
@pytest.mark.usefixtures("answering")
def test_derived_clients_are_traced(client: Any, tracer: FakeTracer, derive: str) -> None:
    """A client made from a traced one is traced too, once."""
    derived = getattr(getattr(client, derive)(timeout=3), derive)(max_retries=0)

    derived.chat.completions.create(**ASKED)

    assert len(tracer.spans) == 1


@pytest.mark.usefixtures("answering")
def test_beta_part_is_traced_when_it_is_used(client: Any, tracer: FakeTracer) -> None:
    """The part that takes long to load is loaded at its first use, and then it is the real one."""
    client.beta.chat.completions.parse(**ASKED)

    assert len(tracer.spans) == 1
    assert type(client.beta) is openai.resources.beta.Beta


def test_unused_beta_part_looks_like_itself(client: Any) -> None:
    """Whoever asks what the part is before using it gets the right answer."""
    assert isinstance(client.beta, openai.resources.beta.Beta)


@pytest.mark.parametrize("thing", [None, 5, "client", object(), asyncio])
def test_what_is_no_client_comes_back_unchanged(thing: object) -> None:
    """Anything without the expected parts is returned as it is."""
    assert wrap_openai(thing) is thing


def test_client_that_breaks_when_looked_at_comes_back(tracer: FakeTracer) -> None:
    """A client of another make that raises while it is wrapped works on as it is."""

    class Odd:
        @property
        def chat(self) -> object:
            raise RuntimeError("not today")

    odd = Odd()

    assert wrap_client(odd, tracer.calls()) is odd
    assert len(tracer.bugs) == 1


def test_signatures_stay(client: Any) -> None:
    """Tools that read signatures see those of the library, here and on the class."""
    before = inspect.signature(Completions.create)

    wrapped = inspect.signature(client.chat.completions.create)

    assert list(wrapped.parameters) == [name for name in before.parameters if name != "self"]


@pytest.mark.usefixtures("answering")
def test_reloading_the_package_does_not_trace_twice(client: Any, tracer: FakeTracer) -> None:
    """Loading the module anew and wrapping again is still one span for a call."""
    reloaded = importlib.reload(braintrust_otel_openai.clients)

    reloaded.wrap_client(client, tracer.calls()).chat.completions.create(**ASKED)

    assert len(tracer.spans) == 1


def test_instrumentor_patches_and_restores_the_library() -> None:
    """While the instrumentor is on the methods are wrapped; afterwards they are the very same."""
    before = (dict(vars(Completions)), dict(vars(AsyncCompletions)))
    instrumentor = OpenAIInstrumentor()

    instrumentor.instrument()
    during = Completions.create
    instrumentor.uninstrument()

    assert during is not before[0]["create"]
    assert (dict(vars(Completions)), dict(vars(AsyncCompletions))) == before


def test_instrumentor_wants_a_supported_client() -> None:
    """The installed client is one that the instrumentor supports."""
    instrumentor = OpenAIInstrumentor()

    instrumentor.instrument(raise_exception_on_conflict=True)

    assert instrumentor.is_instrumented_by_opentelemetry
    instrumentor.uninstrument()
