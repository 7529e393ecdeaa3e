"""One client or all of them can be traced, and each call is one span."""

from __future__ import annotations

import importlib
import inspect
from operator import attrgetter
from typing import Any

import anthropic
import pytest
from anthropic.resources.beta.messages import Messages as BetaMessages
from anthropic.resources.messages import AsyncMessages, Messages
from pydantic import BaseModel, ValidationError

import braintrust_otel_anthropic.clients
from braintrust_otel.instrument import PatchTable
from braintrust_otel_anthropic import AnthropicInstrumentor, wrap_anthropic
from braintrust_otel_anthropic.clients import wrap_client
from support.anthropic_calls import client_of, message
from support.provider import Provider, Reply
from support.spans import FakeTracer

# Parts of this version's client that can parse answers.
PARSING = [
    path
    for path, part in (("messages", Messages), ("beta.messages", BetaMessages))
    if hasattr(part, "parse")
]
ASKED: dict[str, Any] = {"model": "tiny", "max_tokens": 9, "messages": []}


@pytest.fixture
def answering(provider: Provider) -> Provider:
    """Provide a provider with answers enough."""
    provider.will(*[Reply(message([])) for _ in range(3)])
    return provider


def test_wrapping_returns_the_same_client(client: Any, tracer: FakeTracer) -> None:
    """The client is traced in place, and wrapping again changes nothing."""
    method = client.messages.create

    again = wrap_client(client, tracer.calls())

    assert again is client
    assert client.messages.create is method


@pytest.mark.usefixtures("answering")
def test_wrapping_twice_is_one_span(client: Any, tracer: FakeTracer) -> None:
    """A client that is wrapped twice makes one span for a call."""
    wrap_client(client, tracer.calls()).messages.create(**ASKED)

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

        client.messages.create(**ASKED)

    assert len(tracer.spans) == 1


@pytest.mark.usefixtures("answering")
def test_wrapped_client_stays_traced_when_the_others_are_not(
    client: Any, tracer: FakeTracer, table: PatchTable
) -> None:
    """Taking the class patches away leaves a client that was wrapped by itself traced."""
    table.apply()
    table.undo()

    client.messages.create(**ASKED)

    assert len(tracer.spans) == 1


@pytest.mark.usefixtures("client", "answering")
def test_other_clients_are_not_traced(provider: Provider, tracer: FakeTracer) -> None:
    """Wrapping one client leaves another of the same class alone."""
    with client_of(provider.url, asynchronous=False) as other:
        other.messages.create(**ASKED)

    assert tracer.spans == []


@pytest.mark.parametrize("derive", ["with_options", "copy"])
@pytest.mark.usefixtures("answering")
def test_derived_clients_are_traced(client: Any, tracer: FakeTracer, derive: str) -> None:
    """A client made from a traced one is traced too, once."""
    derived = getattr(getattr(client, derive)(timeout=3), derive)(max_retries=0)

    derived.messages.create(**ASKED)

    assert len(tracer.spans) == 1


VERTEX = {"region": "us-east5", "project_id": "p", "access_token": "t", "max_retries": 0}


@pytest.mark.parametrize("way", ["class", "client"])
def test_clients_for_vertex_are_traced(
    provider: Provider, tracer: FakeTracer, table: PatchTable, way: str
) -> None:
    """The client for Vertex AI is traced, stable and beta, and its provider is told."""
    provider.will(Reply(message([])), Reply(message([])))
    with anthropic.AnthropicVertex(base_url=provider.url, **VERTEX) as client:
        table.apply() if way == "class" else wrap_client(client, tracer.calls())

        client.messages.create(**ASKED)
        client.beta.messages.create(**ASKED)

    providers = [span.fields["metadata"]["provider"] for span in tracer.spans]
    assert providers == ["vertex", "vertex"]


@pytest.mark.parametrize("way", ["class", "client"])
async def test_asynchronous_clients_for_vertex_are_traced(
    provider: Provider, tracer: FakeTracer, table: PatchTable, way: str
) -> None:
    """So is the asynchronous one."""
    provider.will(Reply(message([])), Reply(message([])))
    async with anthropic.AsyncAnthropicVertex(base_url=provider.url, **VERTEX) as client:
        table.apply() if way == "class" else wrap_client(client, tracer.calls())

        await client.messages.create(**ASKED)
        await client.beta.messages.create(**ASKED)

    providers = [span.fields["metadata"]["provider"] for span in tracer.spans]
    assert providers == ["vertex", "vertex"]


@pytest.mark.parametrize("way", ["class", "client"])
def test_clients_for_bedrock_are_traced(
    provider: Provider, tracer: FakeTracer, table: PatchTable, way: str
) -> None:
    """The client for Bedrock is traced, stable and beta, and its provider is told."""
    pytest.importorskip("boto3", reason="the client for Bedrock signs with boto3")
    provider.will(Reply(message([])), Reply(message([])))
    keys = {"aws_access_key": "k", "aws_secret_key": "s", "aws_region": "us-east-1"}
    with anthropic.AnthropicBedrock(base_url=provider.url, max_retries=0, **keys) as client:
        table.apply() if way == "class" else wrap_client(client, tracer.calls())

        client.messages.create(**ASKED)
        client.beta.messages.create(**ASKED)

    providers = [span.fields["metadata"]["provider"] for span in tracer.spans]
    assert providers == ["bedrock", "bedrock"]


@pytest.mark.parametrize("name", ["parse", "stream", "count_tokens", "gone"])
@pytest.mark.parametrize("part", ["messages", "beta"])
def test_features_are_found_as_ever(provider: Provider, client: Any, name: str, part: str) -> None:
    """Whoever asks what a client can do gets the answer of the original."""
    with client_of(provider.url, asynchronous=False) as original:
        wrapped, untraced = getattr(client, part), getattr(original, part)

        assert hasattr(wrapped, name) == hasattr(untraced, name)
        assert type(wrapped) is type(untraced)


class Number(BaseModel):
    """What an answer is asked to be, and is not."""

    value: int


@pytest.mark.parametrize("part", PARSING)
def test_answer_that_cannot_be_parsed_is_on_the_row(
    client: Any, provider: Provider, tracer: FakeTracer, part: str
) -> None:
    """The user gets his error; the answer, which cost tokens, is on the row together with it."""
    provider.will(Reply(message([{"type": "text", "text": "no number"}])))

    with pytest.raises(ValidationError) as caught:
        attrgetter(part)(client).parse(**ASKED, output_format=Number)

    assert tracer.span.errors == [caught.value]
    assert tracer.span.fields["output"]["content"] == [{"type": "text", "text": "no number"}]
    assert tracer.span.fields["metrics"]["tokens"] > 0


@pytest.mark.usefixtures("answering")
def test_parsed_answer_is_one_row(client: Any, tracer: FakeTracer) -> None:
    """Where the library can parse answers, that is a row under its own name."""
    names = [name for name in ("parse",) if hasattr(client.messages, name)]

    [getattr(client.messages, name)(**ASKED) for name in names]

    assert [span.name for span in tracer.spans] == ["anthropic.messages.parse" for _ in names]


@pytest.mark.parametrize("thing", [None, 5, "client", object(), anthropic])
def test_what_is_no_client_comes_back_unchanged(thing: object) -> None:
    """Anything without the expected parts is returned as it is."""
    assert wrap_anthropic(thing) is thing


def test_client_that_breaks_when_looked_at_comes_back(tracer: FakeTracer) -> None:
    """A client of another make that raises while it is wrapped works on as it is."""

    class Odd:
        @property
        def messages(self) -> object:
            raise RuntimeError("not today")

    odd = Odd()

    assert wrap_client(odd, tracer.calls()) is odd
    assert len(tracer.bugs) == 1


def test_signatures_stay(client: Any) -> None:
    """Tools that read signatures see those of the library, here and on the class."""
    before = inspect.signature(Messages.create)

    wrapped = inspect.signature(client.messages.create)

    assert list(wrapped.parameters) == [name for name in before.parameters if name != "self"]


@pytest.mark.usefixtures("answering")
def test_reloading_the_package_does_not_trace_twice(client: Any, tracer: FakeTracer) -> None:
    """Loading the module anew and wrapping again is still one span for a call."""
    reloaded = importlib.reload(braintrust_otel_anthropic.clients)

    reloaded.wrap_client(client, tracer.calls()).messages.create(**ASKED)

    assert len(tracer.spans) == 1


def test_instrumentor_patches_and_restores_the_library() -> None:
    """While the instrumentor is on the methods are wrapped; afterwards they are the very same."""
    before = (dict(vars(Messages)), dict(vars(AsyncMessages)))
    instrumentor = AnthropicInstrumentor()

    instrumentor.instrument()
    during = Messages.create
    instrumentor.uninstrument()

    assert during is not before[0]["create"]
    assert (dict(vars(Messages)), dict(vars(AsyncMessages))) == before


def test_instrumentor_wants_a_supported_client() -> None:
    """The installed client is one that the instrumentor supports."""
    instrumentor = AnthropicInstrumentor()

    instrumentor.instrument(raise_exception_on_conflict=True)

    assert instrumentor.is_instrumented_by_opentelemetry
    instrumentor.uninstrument()
