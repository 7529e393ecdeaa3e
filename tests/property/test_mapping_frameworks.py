"""Laws of the dialects of frameworks: they never raise, lose nothing and make nothing up."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import dumps
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.view import EventView, SpanView
from support.views import LOGS, PROVENANCE, fields_of, foreign

SCOPES = ("pydantic-ai", "logfire", "logfire.openai", "langfuse-sdk", "mlflow.tracing", "ai", "x")
NAMES = (
    *("langfuse.observation.type", "langfuse.observation.input", "langfuse.observation.output"),
    *("langfuse.observation.metadata", "langfuse.observation.metadata.a"),
    *("langfuse.observation.level", "langfuse.observation.status_message"),
    *("langfuse.observation.model.name", "langfuse.observation.model.parameters"),
    *("langfuse.observation.usage_details", "langfuse.observation.cost_details"),
    *("langfuse.observation.completion_start_time", "langfuse.observation.prompt.name"),
    *("langfuse.trace.tags", "langfuse.trace.name", "langfuse.trace.input", "langfuse.trace"),
    *("langfuse.trace.metadata.b", "langfuse.internal.as_root", "user.id", "session.id"),
    *("langfuse.experiment.item.expected_output", "langfuse.trace.metadata"),
    *("mlflow.spanType", "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.tools"),
    *("mlflow.chat.tokenUsage", "mlflow.llm.model", "mlflow.llm.provider", "mlflow.llm.cost"),
    *("model", "tools", "input", "output", "mlflow.trace.user", "mlflow.", "crew_inputs"),
    *("ai.operationId", "ai.model.id", "ai.model.provider", "ai.prompt", "ai.prompt.messages"),
    *("ai.prompt.tools", "ai.prompt.toolChoice", "ai.response.text", "ai.response.object"),
    *("ai.response.reasoning", "ai.response.files", "ai.response.toolCalls"),
    *("ai.response.finishReason", "ai.response.msToFirstChunk", "ai.response.providerMetadata"),
    *("ai.usage.inputTokens", "ai.usage.outputTokens", "ai.usage.totalTokens"),
    *("ai.usage.cachedInputTokens", "ai.usage.tokens", "ai.value", "ai.values", "ai.embedding"),
    *("ai.embeddings", "ai.ranking", "ai.schema", "ai.schema.name", "ai.toolCall.args"),
    *("ai.toolCall.result", "ai.toolCall.name", "ai.telemetry.functionId", "resource.name"),
    *("ai.telemetry.metadata.tags", "ai.telemetry.metadata.x", "ai.settings.maxTokens", "ai."),
    *("pydantic_ai.all_messages", "all_messages_events", "pydantic_ai.new_message_index"),
    *("events", "final_result", "model_request_parameters", "tool_arguments", "tool_response"),
    *("agent_name", "gen_ai.agent.name", "gen_ai.usage.details.cache_read_tokens"),
    *("logfire.msg", "logfire.msg_template", "logfire.span_type", "logfire.json_schema"),
    *("logfire.tags", "logfire.level_num", "logfire.pending_parent_id", "request_data"),
    *("response_data", "gen_ai.usage.raw", "duration", "gen_ai.output.messages"),
    *("anthropic.message.stop_reason", "anthropic.tool_result.content"),
    "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
    *("gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"),
    *("gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.tool_response"),
    *("lk.chat_ctx", "lk.pii.chat_ctx", "lk.instructions", "lk.response.text", "lk.user_input"),
    *("lk.response.function_calls", "lk.function_tool.name", "lk.function_tool.output"),
    *("lk.function_tool.is_error", "lk.function_tools", "lk.response.ttft"),
    *("genkit:input", "genkit:output", "genkit:metadata:subtype"),
    *("lmnr.span.type", "lmnr.span.input", "lmnr.span.output"),
    *("lmnr.association.properties.tags", "lmnr.association.properties.metadata.z"),
    *("langsmith.span.kind", "langsmith.span.tags", "gen_ai.prompt", "gen_ai.completion"),
    *("gen_ai.usage.input_token_details", "langsmith.metadata.q", "gen_ai.usage.input_tokens"),
    *("gen_ai.request.messages", "gen_ai.response.text", "gen_ai.response.tool_calls"),
    *("gen_ai.prompt_json", "gen_ai.completion_json", "gen_ai.model.provider", "crew_agents"),
    *("haystack.component.input", "haystack.component.output", "gen_ai.response.model"),
)
DROPPED = ("langsmith.request.headers", "ai.request.headers.authorization", "logfire.json_schema")
WORDS = st.sampled_from(
    [
        *("generation", "embedding", "span", "CHAT_MODEL", "TOOL", "llm", "model", "flow", "tool"),
        *("ai.generateText", "ai.generateText.doGenerate", "ai.toolCall", "ai.embed.doEmbed"),
        *("log", "pending_span", "ERROR", "stop", "Infinity", "2026-01-01T00:00:00Z", "LLM"),
        *("gen_ai.choice", "gen_ai.user.message", "function_call", "assistant", "message", ""),
    ]
)
KEYS = st.sampled_from(
    [
        *("messages", "role", "content", "parts", "type", "text", "tool_calls", "function", "id"),
        *("name", "arguments", "choices", "message", "finish_reason", "usage", "input", "output"),
        *("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens", "total_tokens"),
        *("prompt_tokens_details", "cached_tokens", "cache_read_input_tokens", "total", "a"),
        *("cache_creation", "ephemeral_5m_input_tokens", "candidates", "contents", "config"),
        *("system_instruction", "tools", "function_declarations", "items", "data", "embedding"),
        *("system", "instructions", "prompt", "stop_reason", "generations", "kwargs", "media"),
        *("toolRequest", "toolResponse", "event.name", "text", "format", "properties", "model"),
        *("extra_body", "tool_choice", "usage_metadata", "function_tools", "reasoning", "error"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | WORDS | st.text()
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TEXTS = JSON.map(lambda value: dumps(value).decode())
VALUES = WORDS | TEXTS | TEXTS.map(lambda text: text[:-1]) | LEAVES | st.lists(TEXTS).map(tuple)
ATTRIBUTES = st.dictionaries(st.sampled_from((*NAMES, *DROPPED)), VALUES, max_size=7)
EVENTS = st.builds(
    EventView,
    st.sampled_from(["mlflow.chunk.item.0", "ai.stream.firstChunk", "exception"]),
    st.integers(0, 2**63),
    st.dictionaries(st.sampled_from(["ai.response.msToFirstChunk", "mlflow.chunk.value"]), VALUES),
)


@st.composite
def views(draw: st.DrawFn) -> SpanView:
    """Return spans that speak several dialects at once, and none of them well."""
    changes: dict[str, Any] = {
        "attributes": draw(ATTRIBUTES),
        "scope_name": draw(st.sampled_from(SCOPES)),
        "events": draw(st.lists(EVENTS, max_size=2)),
        "is_error": draw(st.booleans()),
        "parent_span_id": draw(st.none() | st.just("a" * 16)),
    }
    return foreign(**changes)


@given(views())
def test_no_dialect_raises(view: SpanView) -> None:
    """Whatever the attributes hold, there is a row."""
    row = span_row(view, None, PROVENANCE, LOGS)

    assert fields_of(row)["span_id"]


@given(views())
def test_counts_are_counts(view: SpanView) -> None:
    """Metrics are finite numbers, and those that count tokens whole and not negative."""
    metrics = fields_of(span_row(view, None, PROVENANCE, LOGS))["metrics"]

    counts = [value for name, value in metrics.items() if name.endswith("tokens")]
    assert all(isinstance(count, int) and count >= 0 for count in counts)
    assert all(isinstance(value, (int, float)) for value in metrics.values())


@given(views())
def test_no_count_is_made_up(view: SpanView) -> None:
    """Where no attribute holds a digit, there is no count of tokens and no cost."""
    without = {name: value for name, value in view.attributes.items() if not _has_digit(value)}

    metrics = fields_of(
        span_row(foreign(attributes=without, scope_name=view.scope_name), None, PROVENANCE, LOGS)
    )["metrics"]

    assert [name for name in metrics if name.endswith(("tokens", "cost"))] == []


@given(
    st.lists(st.sampled_from(NAMES), unique=True, max_size=6),
    st.sampled_from(SCOPES),
    st.sampled_from(
        ["{}", '"{}"', '["{}"]', '{{"messages": [{{"role": "user", "content": "{}"}}]}}']
    ),
)
def test_no_text_is_lost(names: list[str], scope: str, form: str) -> None:
    """A text in any attribute is somewhere in the row, unless it is what is never told."""
    told = [name for name in names if name not in UNTOLD]
    marked = {name: form.format(f"needle-{index}-") for index, name in enumerate(told)}

    text = str(
        fields_of(span_row(foreign(attributes=marked, scope_name=scope), None, PROVENANCE, LOGS))
    )

    assert [name for index, name in enumerate(told) if f"needle-{index}-" not in text] == []


UNTOLD = frozenset(
    {
        *("logfire.json_schema", "logfire.span_type", "logfire.pending_parent_id", "logfire.msg"),
        *("langfuse.internal.as_root", "mlflow.traceRequestId"),
    }
)


def _has_digit(value: object) -> bool:
    return any(letter.isdigit() for letter in str(value)) or isinstance(value, (bool, bytes))
