"""A call tells other vendors' processors, in OpenTelemetry's words, what its row tells us."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from braintrust_otel.instrument import Calls, Child, Fields, request_attributes, response_attributes
from braintrust_otel.instrument.genai import Shown

MESSAGES = [{"role": "user", "content": "When?"}]


class Watched:
    """A span that others see, and what they see of it."""

    def __init__(self) -> None:
        self.is_watched = True
        self.shown: dict[str, Any] = {}
        self.fields: dict[str, Any] = {}

    def show(self, attributes: Mapping[str, Any]) -> None:
        self.shown.update(attributes)

    def record(self, **fields: Any) -> None:
        self.fields.update(fields)

    def record_error(self, error: BaseException) -> None:
        self.fields["error"] = error

    def end(self, end_time: float | None = None) -> float:
        return end_time or 0.0


@pytest.fixture
def span() -> Watched:
    return Watched()


def calls_on(span: Watched, *, shows_content: bool = False) -> Calls:
    """Return what starts calls whose only span is *span*."""
    return Calls(
        "test",
        active=lambda: True,
        begin=lambda name, **_: span,
        begin_child=lambda parent, child, instrumentation: span,
        shows_content=lambda: shows_content,
    )


def asked(**metadata: object) -> Fields:
    return {"input": MESSAGES, "metadata": {"provider": "openai", "model": "m", **metadata}}


def test_whole_call_is_shown(span: Watched) -> None:
    """What was asked and answered is there under the standard names, without the messages."""
    call = calls_on(span).start(
        "Chat Completion",
        read=lambda: asked(
            temperature=0,
            top_p=0.5,
            max_tokens=9,
            frequency_penalty=1,
            presence_penalty=-1.0,
            stop="END",
            response_format={"type": "json_schema"},
        ),
    )
    assert call is not None
    call.finish(
        lambda: {
            "output": [{"index": 0, "finish_reason": "stop", "message": {"content": "Now"}}],
            "metadata": {"model": "m-2026"},
            "metrics": {
                "prompt_tokens": 7,
                "completion_tokens": 2,
                "tokens": 9,
                "prompt_cached_tokens": 3,
                "prompt_cache_creation_tokens": 1,
                "completion_reasoning_tokens": 1,
            },
        }
    )

    assert span.shown == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.top_p": 0.5,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.frequency_penalty": 1.0,
        "gen_ai.request.presence_penalty": -1.0,
        "gen_ai.request.stop_sequences": ["END"],
        "gen_ai.output.type": "json",
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 2,
        "gen_ai.usage.cache_read.input_tokens": 3,
        "gen_ai.usage.cache_creation.input_tokens": 1,
        "gen_ai.usage.reasoning.output_tokens": 1,
    }


@pytest.mark.parametrize(
    ("provider", "shown"),
    [
        ("openai", "openai"),
        ("anthropic", "anthropic"),
        ("azure", "azure.ai.openai"),
        ("bedrock", "aws.bedrock"),
        ("google", "gcp.gemini"),
        ("vertex", "gcp.vertex_ai"),
        ("mistral", "mistral_ai"),
        ("xAI", "x_ai"),
        ("my-gateway", "my-gateway"),
    ],
)
def test_provider_has_its_standard_name(span: Watched, provider: str, shown: str) -> None:
    """A provider goes by the name that the conventions have for it, or by its own."""
    calls_on(span).start("x", read=lambda: asked(provider=provider))

    assert span.shown["gen_ai.provider.name"] == shown


@pytest.mark.parametrize(
    ("name", "type_", "operation", "shown"),
    [
        ("Chat Completion", "llm", None, "chat"),
        ("my own name", "llm", None, "chat"),
        ("Embedding", "llm", None, "embeddings"),
        ("generate_content_stream", "llm", None, "generate_content"),
        ("Completion", "llm", "text_completion", "text_completion"),
        ("search", "tool", None, "execute_tool"),
        ("plan", "task", None, None),
    ],
)
def test_operation_is_told(
    span: Watched, name: str, type_: str, operation: str | None, shown: str | None
) -> None:
    """The kind of call is what the instrumentor says, else what the span's name and type say."""
    calls_on(span).start(name, type=type_, operation=operation)

    assert span.shown.get("gen_ai.operation.name") == shown


@pytest.mark.parametrize(
    ("output", "reasons"),
    [
        ([{"finish_reason": "stop"}, {"finish_reason": "length"}], ["stop", "length"]),
        ({"role": "assistant", "content": [], "stop_reason": "end_turn"}, ["end_turn"]),
        ({"candidates": [{"finishReason": "STOP"}]}, ["STOP"]),
        ([{"finish_reason": None}], None),
        ("text", None),
        (None, None),
    ],
)
def test_reasons_are_those_of_each_answer(
    span: Watched, output: object, reasons: list[str] | None
) -> None:
    """Every choice of every provider's form has its reason; where there is none none is said."""
    call = calls_on(span).start("x")
    assert call is not None

    call.finish(lambda: {"output": output})

    assert span.shown.get("gen_ai.response.finish_reasons") == reasons


def test_writes_to_the_cache_add_up(span: Watched) -> None:
    """Cache writes that are reported by lifetime are one number to others."""
    call = calls_on(span).start("x")
    assert call is not None

    call.finish(
        lambda: {
            "metrics": {
                "prompt_cache_creation_5m_tokens": 2,
                "prompt_cache_creation_1h_tokens": 3,
            }
        }
    )

    assert span.shown["gen_ai.usage.cache_creation.input_tokens"] == 5


def test_failed_call_shows_the_kind_of_error(span: Watched) -> None:
    """The class of the exception is the type of the error, with its module."""
    call = calls_on(span).start("x")
    assert call is not None

    call.first_token()
    call.fail(SubError())

    assert span.shown["error.type"] == f"{__name__}.SubError"
    assert span.shown["gen_ai.response.time_to_first_chunk"] >= 0


class SubError(Exception):
    """An error of a library."""


def test_error_in_the_answer_has_a_type_too(span: Watched) -> None:
    """An answer that is an error, without an exception, shows that there was one."""
    call = calls_on(span).start("x")
    assert call is not None

    call.finish(lambda: {"error": "overloaded"})

    assert span.shown["error.type"] == "_OTHER"


def test_further_attributes_are_no_fields(span: Watched) -> None:
    """What no field has room for is shown, and the row knows nothing of it."""
    call = calls_on(span).start(
        "x", read=lambda: {"input": "a", "attributes": lambda: {"gen_ai.request.seed": 3}}
    )
    assert call is not None

    call.finish(lambda: {"attributes": lambda: {"gen_ai.response.id": "r"}})

    assert span.fields == {"input": "a"}
    assert (span.shown["gen_ai.request.seed"], span.shown["gen_ai.response.id"]) == (3, "r")


def test_nothing_is_made_for_nobody(span: Watched) -> None:
    """Where no one else sees the span nothing is shown, and nobody is asked for attributes."""
    span.is_watched = False

    call = calls_on(span).start("x", read=lambda: {**asked(), "attributes": broken})
    assert call is not None
    call.fail(ValueError())

    assert span.shown == {}
    assert set(span.fields) == {"input", "metadata", "error"}


def broken() -> Mapping[str, Any]:
    """Tell attributes as code with a bug does."""
    raise RuntimeError("bug")


def test_bug_in_what_is_shown_does_not_cost_the_row(span: Watched) -> None:
    """Whatever fails while others are told, the row has its fields."""
    bugs: list[str] = []
    calls = calls_on(span)
    calls.report = lambda doing, bug: bugs.append(str(bug))

    calls.start("x", read=lambda: {"input": "a", "attributes": broken})

    assert (span.fields, bugs) == ({"input": "a"}, ["bug"])


def test_child_is_a_run_of_its_tool(span: Watched) -> None:
    """A tool that the provider ran shows its name and, where messages may be shown, its data."""
    call = calls_on(span, shows_content=True).start("x")
    assert call is not None
    span.shown.clear()

    call.record(lambda: {"children": [Child("web_search", {"input": {"q": 1}, "output": [2]})]})

    assert span.shown == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "web_search",
        "gen_ai.tool.call.arguments": '{"q":1}',
        "gen_ai.tool.call.result": "[2]",
    }


def test_messages_are_shown_where_they_may_be(span: Watched) -> None:
    """With content, messages and tools are there as the JSON text that the conventions have."""
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    call = calls_on(span, shows_content=True).start("x", read=lambda: asked(tools=tools))
    assert call is not None

    call.finish(lambda: {"output": [{"finish_reason": "stop", "message": {"content": "Now"}}]})

    assert span.shown["gen_ai.input.messages"] == (
        '[{"role":"user","parts":[{"type":"text","content":"When?"}]}]'
    )
    assert span.shown["gen_ai.output.messages"] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"Now"}],"finish_reason":"stop"}]'
    )
    assert span.shown["gen_ai.tool.definitions"] == (
        '[{"type":"function","name":"f","parameters":{}}]'
    )


@pytest.mark.parametrize(("provider", "is_apart"), [("anthropic", True), ("openai", False)])
def test_system_prompt_that_was_an_argument_stays_apart(
    span: Watched, provider: str, is_apart: bool
) -> None:
    """Only where the provider's API has it apart is a system prompt no message."""
    given = [{"role": "system", "content": "Be brief."}, *MESSAGES]

    calls_on(span, shows_content=True).start(
        "x", read=lambda: {"input": given, "metadata": {"provider": provider}}
    )

    assert ("gen_ai.system_instructions" in span.shown) is is_apart
    assert ("Be brief." in span.shown["gen_ai.input.messages"]) is not is_apart


def test_request_attributes() -> None:
    """Settings that rows do not have, and the server, are read from arguments and client."""
    url = SimpleNamespace(host="api.example.com", port=None, scheme="https")
    arguments = {
        "seed": 3,
        "n": 2,
        "top_k": 5.0,
        "max_completion_tokens": 10,
        "dimensions": 256,
        "encoding_format": "float",
        "stream": True,
        "model": "m",
    }

    attributes = request_attributes(arguments, SimpleNamespace(_client=_client(url)))

    assert attributes == {
        "gen_ai.request.seed": 3,
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.top_k": 5,
        "gen_ai.request.max_tokens": 10,
        "gen_ai.embeddings.dimension.count": 256,
        "gen_ai.request.encoding_formats": ["float"],
        "gen_ai.request.stream": True,
        "server.address": "api.example.com",
        "server.port": 443,
    }


def _client(url: object) -> object:
    return SimpleNamespace(base_url=url)


@pytest.mark.parametrize(
    "resource", [None, object(), _client("text"), _client(SimpleNamespace(host=""))]
)
def test_unknown_server_is_not_told(resource: object) -> None:
    """A client whose address cannot be read has none."""
    assert request_attributes({"seed": None, "n": True}, resource) == {}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ({"id": "r1"}, {"gen_ai.response.id": "r1"}),
        (SimpleNamespace(id="r2"), {"gen_ai.response.id": "r2"}),
        ({"id": 5}, {}),
        (None, {}),
    ],
)
def test_response_attributes(answer: object, shown: dict[str, Any]) -> None:
    """The id of an answer is shown if it has one."""
    assert response_attributes(answer) == shown


def test_own_name_of_a_tool_is_shown(span: Watched) -> None:
    """A call that is a tool shows which one."""
    Shown(span, None, lambda: False).started("lookup", "tool")

    assert span.shown["gen_ai.tool.name"] == "lookup"
