"""The newest anthropic client, with spans of its own, over the whole pipe: one row for a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import pytest
from pydantic import BaseModel

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_anthropic import AnthropicInstrumentor
from support.anthropic_calls import block_events, message, message_events
from support.provider import Provider, Reply, RunningProvider
from support.recordings import load_recordings, replay_server

pytestmark = pytest.mark.conformance

ASKED: dict[str, Any] = {
    "model": "tiny",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "hi"}],
}
TEXT = {"type": "text", "text": "a"}
TOOLS = [
    {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
]
(STRUCTURED,) = load_recordings("anthropic.jsonl", "anthropic.messages.structured")


class Capital(BaseModel):
    """What the recorded exchange asked for."""

    city: str
    country: str


def create(client: Any) -> None:
    client.messages.create(**ASKED)


def stream(client: Any) -> None:
    list(client.messages.create(**ASKED, stream=True))


def helper(client: Any) -> None:
    with client.messages.stream(**ASKED) as events:
        events.until_done()


CALLS = pytest.mark.parametrize("call", [create, stream, helper])


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Provide a provider that answers what the test scripts."""
    with RunningProvider() as running:
        yield running


@pytest.fixture
def rows() -> Iterator[CapturedRows]:
    """Catch the rows of a logger."""
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture
def client(provider: Provider, rows: CapturedRows) -> Iterator[anthropic.Anthropic]:
    """Provide a client whose own spans go where ours go; nothing traces it yet."""
    answer = Reply(message([*TOOLS, TEXT]), events=answer_events(), is_named=True)
    provider.will(answer, answer)
    with anthropic.Anthropic(
        base_url=provider.url,
        api_key="test",
        max_retries=0,
        open_telemetry={"tracer_provider": rows.provider},
    ) as made:
        yield made


@pytest.fixture(params=["class", "client"])
def traced(request: pytest.FixtureRequest, client: Any) -> Iterator[Any]:
    """Provide the same client, traced either way."""
    instrumentor = AnthropicInstrumentor()
    if request.param == "class":
        instrumentor.instrument()
        yield client
        instrumentor.uninstrument()
    else:
        yield braintrust.wrap_anthropic(client)


def answer_events() -> list[Any]:
    blocks = [block_events(block, index=at) for at, block in enumerate([*TOOLS, TEXT])]
    return message_events(*blocks)


@CALLS
def test_untraced_client_has_its_own_row(
    client: Any, rows: CapturedRows, call: Callable[[Any], None]
) -> None:
    """Without our instrumentor the client's span is the row, so there is something to suppress."""
    call(client)

    assert rows.one()["span_attributes"]["name"] == "anthropic.messages.create"


@CALLS
def test_traced_call_is_one_llm_row_with_its_tokens(
    traced: Any, rows: CapturedRows, call: Callable[[Any], None]
) -> None:
    """There is one row of type llm, it holds messages and tokens, and tools are below it."""
    call(traced)

    llm, tool = rows.all()
    assert (llm["span_attributes"]["type"], tool["span_attributes"]["type"]) == ("llm", "tool")
    assert llm["input"] == ASKED["messages"]
    assert llm["metrics"]["tokens"] == 3
    assert llm["output"]["content"] == [*TOOLS, TEXT]
    assert tool["span_parents"] == [llm["span_id"]]
    assert (tool["input"], tool["output"]) == ({"query": "q"}, [])
    assert "tokens" not in tool["metrics"]


def test_parsed_answer_is_one_complete_row(rows: CapturedRows) -> None:
    """The recorded structured answer is parsed for the user and told as it came."""
    asked = {**STRUCTURED["request"]["body"]}
    schema = asked.pop("output_config")["format"]["schema"]
    with replay_server() as server:
        url = server.base(STRUCTURED["name"])
        with anthropic.Anthropic(base_url=url, api_key="test", max_retries=0) as client:
            answer = braintrust.wrap_anthropic(client).messages.parse(
                **asked, output_format=Capital
            )

    row, body = rows.one(), STRUCTURED["response"]["body"]
    assert answer.parsed_output == Capital(city="Paris", country="France")
    assert row["span_attributes"]["name"] == "anthropic.messages.parse"
    assert row["output"] == {name: body[name] for name in ("role", "content", "stop_reason")}
    told = row["metadata"]["response_format"]["schema"]
    assert told["properties"] == schema["properties"]


def test_trace_context_of_the_request_is_the_rows(
    provider: Provider, client: Any, rows: CapturedRows
) -> None:
    """What the client sends along leads to the span that there is."""
    sent: list[str] = []
    client._client.event_hooks = {"request": [lambda it: sent.append(it.headers["traceparent"])]}

    create(braintrust.wrap_anthropic(client))

    llm = rows.all()[0]
    ((_, trace_id, span_id, _),) = [header.split("-") for header in sent]
    assert (trace_id, span_id) == (llm["root_span_id"], llm["span_id"])
