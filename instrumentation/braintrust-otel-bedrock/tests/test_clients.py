"""One client or all of them can be traced, each call is one span, other services are left alone."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ParamValidationError

from braintrust_otel.instrument import PatchTable
from braintrust_otel_bedrock import BedrockInstrumentor, wrap_bedrock
from braintrust_otel_bedrock.clients import wrap_client
from support.bedrock_calls import client_of, converse, converse_reply, model_reply
from support.provider import Provider, Reply
from support.spans import FakeTracer

Trace = Callable[[Any], Any]
ASKED: dict[str, Any] = {
    "modelId": "tiny",
    "messages": [{"role": "user", "content": [{"text": "hi"}]}],
}


def test_call_is_one_span(client: Any, provider: Provider, tracer: FakeTracer) -> None:
    """However a client is traced, and also in both ways, a call is one span that ends once."""
    provider.will(converse_reply({"text": "ho"}))

    client.converse(**ASKED)

    assert tracer.span.name == "bedrock.converse"
    assert tracer.span.type == "llm"
    assert tracer.span.fields["input"] == [{"role": "user", "content": "hi"}]
    assert tracer.span.fields["output"][0]["message"]["content"] == "ho"
    assert len(tracer.span.ends) == 1
    assert tracer.bugs == []


def test_answer_is_that_of_an_untraced_client(trace: Trace, bare: Any, provider: Provider) -> None:
    """The user gets what he would have got, and the provider what it would have got."""
    provider.will(converse_reply({"text": "ho"}), converse_reply({"text": "ho"}))
    untraced = converse(bare, ASKED, streams=False)

    outcome = converse(trace(bare), ASKED, streams=False)

    assert outcome == untraced
    assert provider.requests[0] == provider.requests[1]


def test_wrapping_returns_the_same_client(bare: Any, tracer: FakeTracer) -> None:
    """The client is traced in place, and wrapping again changes nothing."""
    wrapped = wrap_client(bare, tracer.calls())
    method = vars(bare)["_make_api_call"]

    again = wrap_client(wrapped, tracer.calls())

    assert again is bare
    assert vars(bare)["_make_api_call"] is method


def test_other_clients_are_not_traced(bare: Any, provider: Provider, tracer: FakeTracer) -> None:
    """Wrapping one client leaves another of the same class alone."""
    wrap_client(client_of(provider.url), tracer.calls())
    provider.will(converse_reply({"text": "ho"}))

    bare.converse(**ASKED)

    assert tracer.spans == []


def test_wrapped_client_stays_traced_when_the_others_are_not(
    bare: Any, provider: Provider, tracer: FakeTracer, table: PatchTable
) -> None:
    """Taking the class patches away leaves a client that was wrapped by itself traced."""
    wrap_client(bare, tracer.calls())
    table.apply()
    table.undo()
    provider.will(converse_reply({"text": "ho"}))

    bare.converse(**ASKED)

    assert len(tracer.spans) == 1


def test_other_services_go_straight_through(
    provider: Provider, tracer: FakeTracer, table: PatchTable
) -> None:
    """A client of another service is neither traced nor wrapped."""
    table.apply()
    other = client_of(provider.url, "sts")
    answer = b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"
    answer += b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
    provider.will(Reply(data=answer, content_type="text/xml"))

    assert other.get_caller_identity()["Account"] == "1"
    assert tracer.spans == []
    assert "_make_api_call" not in vars(wrap_bedrock(other))
    other.close()


def test_other_operations_of_the_service_are_not_traced(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """What does not call a model is no span."""
    provider.will(Reply({"inputTokens": 7}))
    asked = {"converse": {"messages": ASKED["messages"]}}
    operation = {"apply": "CountTokens"}["apply"]
    known = operation in client.meta.service_model.operation_names

    told = client.count_tokens(modelId="tiny", input=asked)["inputTokens"] if known else 7

    assert told == 7
    assert tracer.spans == []


def test_error_of_the_service_passes_unchanged(
    trace: Trace, bare: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """A refused call raises what it always did, and the error is on the span."""
    refusal = {"message": "slow down"}
    headers = {"x-amzn-errortype": "ThrottlingException"}
    provider.will(Reply(refusal, 429, headers=headers), Reply(refusal, 429, headers=headers))
    with pytest.raises(ClientError) as untraced:
        bare.converse(**ASKED)

    with pytest.raises(bare.exceptions.ThrottlingException) as caught:
        trace(bare).converse(**ASKED)

    assert type(caught.value).__name__ == type(untraced.value).__name__
    assert str(caught.value) == str(untraced.value)
    assert tracer.span.errors == [caught.value]
    assert len(tracer.span.ends) == 1


def test_wrong_parameters_are_told_by_the_library(client: Any, tracer: FakeTracer) -> None:
    """A call that the library refuses is a span with its error, with what was asked."""
    with pytest.raises(ParamValidationError) as caught:
        client.converse(modelId="tiny", messages="hi")

    assert tracer.span.errors == [caught.value]


@pytest.mark.parametrize("arguments", [(), ("Converse",), ("Converse", None), ("Converse", {}, 1)])
def test_call_that_cannot_be_made_is_left_to_the_library(
    client: Any, tracer: FakeTracer, arguments: tuple[Any, ...]
) -> None:
    """Who calls the method underneath in a wrong way gets the library's own error."""
    with pytest.raises((TypeError, AttributeError, ParamValidationError)):
        client._make_api_call(*arguments)

    assert tracer.spans == []


def test_what_a_prompt_says_is_not_sent(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """What a managed prompt says names the span and adds metadata; the service never sees it."""
    provider.will(converse_reply({"text": "ho"}))
    metadata = {"prompt": {"id": "p"}, "provider": "mine"}
    asked = {**ASKED, "span_info": {"name": "greet", "metadata": metadata}}

    client.converse(**asked)

    assert tracer.span.name == "greet"
    told = tracer.span.fields["metadata"]
    assert (told["prompt"], told["provider"]) == ({"id": "p"}, "bedrock")
    assert "span_info" not in provider.requests[0]
    assert "span_info" in asked


def test_nothing_is_traced_while_nothing_is_active(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """Without a logger a call is only a call, and the carrier of a prompt is still not sent."""
    tracer.is_active = False
    provider.will(converse_reply({"text": "ho"}))

    client.converse(**ASKED, span_info={"name": "greet"})

    assert tracer.spans == []
    assert "span_info" not in provider.requests[0]


def test_stubbed_client_works_on(client: Any, tracer: FakeTracer) -> None:
    """What a stub answers, whatever it is, goes to the user; the span ends."""

    def answer(**told: Any) -> Any:
        return type("Http", (), {"status_code": 200})(), {"body": "odd", "stream": 5}

    client.meta.events.register("before-call.bedrock-runtime", answer)

    first = client.invoke_model(modelId="tiny", body=b"{}")
    second = client.converse_stream(**ASKED)

    assert (first["body"], second["stream"]) == ("odd", 5)
    assert [len(span.ends) for span in tracer.spans] == [1, 1]
    assert tracer.bugs == []


def test_address_with_an_account_is_told_as_the_model(
    client: Any, provider: Provider, tracer: FakeTracer
) -> None:
    """The model in an address is what prices are known for."""
    provider.will(converse_reply({"text": "ho"}))
    address = "arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0"

    client.converse(**{**ASKED, "modelId": address})

    assert tracer.span.fields["metadata"]["model"] == "us.amazon.nova-lite-v1:0"


def test_embedding_is_called_one(client: Any, provider: Provider, tracer: FakeTracer) -> None:
    """A call for a vector has the name that such calls have everywhere, and tells its length."""
    provider.will(model_reply({"embedding": [1.0, 2.0], "inputTextTokenCount": 3}))
    body = json.dumps({"inputText": "hi"})

    answer = client.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=body)

    assert json.loads(answer["body"].read())["embedding"] == [1.0, 2.0]
    assert tracer.span.name == "Embedding"
    assert tracer.span.fields["input"] == "hi"
    assert tracer.span.fields["output"] == {"embedding_length": 2}
    assert tracer.span.fields["metrics"] == {"prompt_tokens": 3, "tokens": 3}


@pytest.mark.parametrize("thing", [None, 5, "client", object()])
def test_what_is_no_client_comes_back_unchanged(thing: object) -> None:
    """Anything that is no client for models is returned as it is."""
    assert wrap_bedrock(thing) is thing


def test_client_that_breaks_when_looked_at_comes_back(tracer: FakeTracer) -> None:
    """A client of another make that raises while it is wrapped works on as it is."""

    class Odd:
        @property
        def meta(self) -> object:
            raise RuntimeError("not today")

    odd = Odd()

    assert wrap_client(odd, tracer.calls()) is odd
    assert len(tracer.bugs) == 1


def test_signatures_stay(client: Any, bare: Any) -> None:
    """Tools that read signatures and classes see those of the library."""
    assert inspect.signature(client._make_api_call) == inspect.signature(bare._make_api_call)
    assert inspect.signature(client.converse) == inspect.signature(bare.converse)
    assert type(client).__name__ == type(bare).__name__
    assert isinstance(client, BaseClient)


def test_instrumentor_patches_and_restores_the_library() -> None:
    """While the instrumentor is on the method is wrapped; afterwards it is the very same."""
    before = dict(vars(BaseClient))
    instrumentor = BedrockInstrumentor()

    instrumentor.instrument(raise_exception_on_conflict=True)
    during = vars(BaseClient)["_make_api_call"]
    instrumentor.uninstrument()

    assert during is not before["_make_api_call"]
    assert dict(vars(BaseClient)) == before
