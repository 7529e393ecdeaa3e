"""Laws of dialects: they never raise, lose nothing, make nothing up, and count nothing twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import dumps
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.view import EventView
from support.views import LOGS, PROVENANCE, START_NS, fields_of, foreign

WORDS = (
    *("gen_ai", "llm", "traceloop", "input", "output", "messages", "input_messages", "message"),
    *("output_messages", "role", "content", "contents", "message_content", "type", "text", "image"),
    *("prompt", "completion", "0", "1", "10", "999999999", "-1", "01", "tool_calls", "tool_call"),
    *("function", "name", "arguments", "usage", "input_tokens", "token_count", "tools", "tool"),
    *("json_schema", "request", "functions", "model", "entity", "value", "documents", "document"),
    *("retrieval", "embedding", "embeddings", "vector", "association", "properties", "user_id"),
    *("choices", "prompts", "template_variables", "cost", "total", "evaluation", "score", ""),
)
KNOWN = (
    *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system", "gen_ai.request.model"),
    *("gen_ai.response.model", "gen_ai.response.finish_reasons", "gen_ai.input.messages"),
    *("gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions"),
    *("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.total_tokens"),
    *("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"),
    *("gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.evaluation.name"),
    *("gen_ai.evaluation.score.value", "gen_ai.request.stop_sequences", "gen_ai.output.type"),
    *("openinference.span.kind", "llm.model_name", "llm.provider", "llm.invocation_parameters"),
    *("input.value", "input.mime_type", "output.value", "output.mime_type", "metadata"),
    *("tag.tags", "session.id", "llm.finish_reason", "llm.token_count.prompt", "llm.cost.total"),
    *("llm.token_count.prompt_details.cache_read", "llm.tools.0.tool.json_schema"),
    *("llm.input_messages.0.message.role", "llm.input_messages.0.message.content"),
    *("llm.output_messages.0.message.contents.0.message_content.text",),
    *("llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",),
    *("gen_ai.prompt.0.role", "gen_ai.prompt.0.content", "gen_ai.completion.0.content"),
    *("gen_ai.prompt.0.tool_calls.0.arguments", "llm.request.functions.0.parameters"),
    *("llm.request.type", "llm.usage.total_tokens", "traceloop.span.kind"),
    *("traceloop.entity.input", "traceloop.prompt.template_variables", "reranker.query"),
)
EVENT_NAMES = (
    *("gen_ai.user.message", "gen_ai.tool.message", "gen_ai.choice", "gen_ai.content.prompt"),
    *("gen_ai.client.inference.operation.details", "gen_ai.evaluation.result"),
    *("gen_ai.content.completion.chunk", "First Token Stream Event", "db.query.result"),
)
NAMES = (
    st.sampled_from(KNOWN)
    | st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(".".join)
    | st.builds(str.__add__, st.sampled_from(KNOWN), st.sampled_from((".", "s", ".0", ".x.y")))
)
LEAVES = (
    st.sampled_from(
        ["chat", "LLM", "AGENT", "workflow", "stop", "json", "application/json", "tool_call", "NaN"]
    )
    | st.text(max_size=6)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
)
KEYS = st.sampled_from(
    [
        *("role", "content", "parts", "type", "text", "tool_calls", "function", "name", "id"),
        *("arguments", "input", "response", "message", "finish_reason", "uri", "mime_type", "data"),
        *("modality", "image", "file", "toolUse", "toolResult", "model", "tools", "messages"),
    ]
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
TEXTS = JSON.map(lambda value: dumps(value).decode("utf-8", "replace"))
CUT = st.builds(lambda text, end: text[:end], TEXTS, st.integers(0, 20))
VALUES = JSON | TEXTS | TEXTS.map(lambda text: dumps(text).decode()) | CUT | st.binary(max_size=3)
SOUPS = st.dictionaries(NAMES, VALUES, max_size=8)
EVENTS = st.builds(
    EventView,
    st.sampled_from(EVENT_NAMES),
    st.integers(START_NS - 10, START_NS + 10**10),
    st.dictionaries(
        st.sampled_from(["content", "role", "id", "index", "message", "tool_calls", *KNOWN[:12]]),
        VALUES,
        max_size=4,
    ),
)
SAFE = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=8, max_size=12)
COUNTS = st.integers(0, 10_000)


def row_of(attributes: dict[str, Any], *events: EventView) -> dict[str, Any]:
    """Return the fields of a foreign span's row, as its JSON text tells them."""
    view = foreign(attributes=attributes, events=events)
    return fields_of(span_row(view, None, PROVENANCE, LOGS))


@given(SOUPS, st.lists(EVENTS, max_size=4))
def test_any_soup_becomes_json(attributes: dict[str, Any], events: list[EventView]) -> None:
    """Whatever attributes and span events hold, the row is JSON, and its metrics are numbers."""
    fields = row_of(attributes, *events)

    metrics = fields["metrics"].values()
    assert {type(metric) for metric in metrics} <= {int, float}
    assert min(metrics) >= 0


@given(st.dictionaries(NAMES, SAFE, max_size=8))
def test_no_text_is_lost(attributes: dict[str, Any]) -> None:
    """A text put into any attribute is somewhere in the row, or was made a word of rows."""
    text = str(row_of(attributes)).lower()

    assert [value for value in attributes.values() if value not in text] == []


@given(SOUPS)
def test_nothing_is_made_up(attributes: dict[str, Any]) -> None:
    """A model and token counts are there only if an attribute says them."""
    fields = row_of(attributes)

    told = str(attributes)
    model = fields.get("metadata", {}).get("model")
    # Only a text stands in the row as it stands here; the rest is spelled as JSON.
    is_spelled = any(not isinstance(value, str) for value in attributes.values())
    assert not isinstance(model, str) or model in told or is_spelled or "\\" in told
    assert "prompt_tokens" not in fields["metrics"] or "token" in told


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_what_was_cached_is_counted_once(
    uncached: int, read: int, written: int, answered: int
) -> None:
    """Whether a prompt is told whole or without what was cached, parts never exceed the whole."""
    fields = row_of(
        {
            "gen_ai.usage.input_tokens": uncached,
            "gen_ai.usage.output_tokens": answered,
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.cache_write.input_tokens": written,
        }
    )

    metrics = fields["metrics"]
    assert metrics["prompt_tokens"] in (uncached, uncached + read + written)
    assert metrics["prompt_tokens"] >= read + written
    assert metrics["tokens"] == metrics["prompt_tokens"] + answered
