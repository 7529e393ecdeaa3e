"""Says of a captured call, in OpenTelemetry's words for generative AI, what its row says in ours.

For the processors of other vendors on the same provider. The row is made of the fields alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

from braintrust_otel._json import dumps
from braintrust_otel._model import attributes as names
from braintrust_otel.instrument.arguments import is_given
from braintrust_otel.instrument.genai_messages import (
    input_messages,
    output_messages,
    tool_definitions,
)

__all__ = ["Shown", "WatchedSpan", "request_attributes", "response_attributes"]

Attributes: TypeAlias = Mapping[str, Any]
Found: TypeAlias = Iterator[tuple[str, Any]]

# From the names that rows have for providers; others are the same in both worlds.
_PROVIDERS: Final = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google": "gcp.gemini",
    "vertex": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "xAI": "x_ai",
}
# Whose system prompt is no message but an argument of its own.
_SYSTEM_APART: Final = frozenset({"anthropic", "bedrock", "google", "vertex"})

# By the names of spans that rows call for; any other call of a model is a chat.
_OPERATIONS: Final = {
    "Embedding": "embeddings",
    "Moderation": "moderation",
    "generate_content": "generate_content",
    "generate_content_stream": "generate_content",
}
_TYPES: Final = {"llm": "chat", "tool": "execute_tool"}

_SETTINGS: Final = {
    "temperature": (names.GEN_AI_TEMPERATURE, float),
    "top_p": (names.GEN_AI_TOP_P, float),
    "max_tokens": (names.GEN_AI_MAX_TOKENS, int),
    "frequency_penalty": (names.GEN_AI_FREQUENCY_PENALTY, float),
    "presence_penalty": (names.GEN_AI_PRESENCE_PENALTY, float),
}
_FURTHER_SETTINGS: Final = {
    "max_completion_tokens": (names.GEN_AI_MAX_TOKENS, int),
    "max_output_tokens": (names.GEN_AI_MAX_TOKENS, int),
    "seed": ("gen_ai.request.seed", int),
    "n": ("gen_ai.request.choice.count", int),
    "top_k": ("gen_ai.request.top_k", int),
    "dimensions": ("gen_ai.embeddings.dimension.count", int),
}
_COUNTS: Final = {
    "prompt_tokens": names.GEN_AI_INPUT_TOKENS,
    "completion_tokens": names.GEN_AI_OUTPUT_TOKENS,
    "prompt_cached_tokens": names.GEN_AI_CACHE_READ_TOKENS,
    "prompt_cache_creation_tokens": names.GEN_AI_CACHE_CREATION_TOKENS,
    "completion_reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
}
_WRITES: Final = ("prompt_cache_creation_5m_tokens", "prompt_cache_creation_1h_tokens")
_OUTPUT_TYPES: Final = {"json_schema": "json", "json_object": "json", "text": "text"}
_REASONS: Final = ("finish_reason", "stop_reason", "finishReason")
_PORTS: Final = {"https": 443, "http": 80}


class WatchedSpan(Protocol):
    """A span that somebody besides us sees."""

    def show(self, attributes: Attributes) -> None:
        """Set attributes for others to see, which the row does not get."""
        ...


class Shown:
    """What is shown of one call; only where somebody looks.

    Args:
        span: The span of the call.
        operation: What kind of call it is, as OpenTelemetry names it; None for what the span's
            name and type say.
        shows_content: Whether messages may be shown.
    """

    __slots__ = ("_operation", "_shows_content", "_span")

    def __init__(
        self, span: WatchedSpan, operation: str | None, shows_content: Callable[[], bool]
    ) -> None:
        self._span = span
        self._operation = operation
        self._shows_content = shows_content

    def started(self, name: str, type: str) -> None:  # noqa: A002  # the word of the public API
        """Show what kind of call it is."""
        operation = self._operation or _OPERATIONS.get(name) or _TYPES.get(type)
        told = {} if operation is None else {names.GEN_AI_OPERATION_NAME: operation}
        if type == "tool":
            told[names.GEN_AI_TOOL_NAME] = name
        self._operation = operation
        self._span.show(told)

    def told(self, fields: Attributes, further: Attributes, *, is_answer: bool) -> None:
        """Show what the row was told.

        Args:
            fields: Fields of the row.
            further: Attributes that no field has room for.
            is_answer: Whether that is the answer; otherwise it is what was asked.
        """
        read = _answered if is_answer else _asked
        attributes = {**dict(read(fields)), **further}
        if "error" in fields:
            attributes[names.ERROR_TYPE] = "_OTHER"
        if self._shows_content():
            is_tool = self._operation == _TYPES["tool"]
            content = _tool_content(fields) if is_tool else _content(fields)
            attributes.update((name, dumps(value).decode()) for name, value in content)
        self._span.show(attributes)

    def ended(self, first_token: float | None, error: BaseException | None) -> None:
        """Show the seconds to the first content, and what kind of error ended the call, if any."""
        attributes: dict[str, Any] = {}
        if first_token is not None:
            attributes["gen_ai.response.time_to_first_chunk"] = first_token
        if error is not None:
            kind = type(error)
            module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
            attributes[names.ERROR_TYPE] = f"{module}{kind.__qualname__}"
        if attributes:
            self._span.show(attributes)


def request_attributes(asked: Mapping[str, Any], resource: Any = None) -> dict[str, Any]:
    """Return attributes of a request that no field of a row has room for.

    These are its seed, the number of choices and the like, and the server that it goes to.

    Args:
        asked: Arguments of the call, under the names that most clients give them.
        resource: A client with a ``base_url``, or a part of one that has it in ``_client``.
    """
    found: dict[str, Any] = {}
    for argument, (name, kind) in _FURTHER_SETTINGS.items():
        value = asked.get(argument)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found[name] = kind(value)
    if asked.get("stream") is True:
        found["gen_ai.request.stream"] = True
    encoding = asked.get("encoding_format")
    if isinstance(encoding, str) and is_given(encoding):
        found["gen_ai.request.encoding_formats"] = [encoding]
    return {**found, **_server(resource)}


def response_attributes(answer: Any) -> dict[str, Any]:
    """Return attributes of an answer, a mapping or a model, that no field of a row has room for."""
    found = answer.get("id") if isinstance(answer, Mapping) else getattr(answer, "id", None)
    return {names.GEN_AI_RESPONSE_ID: found} if isinstance(found, str) and found else {}


def _server(resource: Any) -> dict[str, Any]:
    url = getattr(getattr(resource, "_client", resource), "base_url", None)
    host = getattr(url, "host", None)
    if not isinstance(host, str) or not host:
        return {}
    port = getattr(url, "port", None) or _PORTS.get(getattr(url, "scheme", ""))
    return {"server.address": host, **({} if port is None else {"server.port": port})}


def _asked(fields: Attributes) -> Found:
    metadata = _object(fields, "metadata")
    provider, model = metadata.get("provider"), metadata.get("model")
    if isinstance(provider, str):
        yield names.GEN_AI_PROVIDER_NAME, _PROVIDERS.get(provider, provider)
    if isinstance(model, str):
        yield names.GEN_AI_REQUEST_MODEL, model
    for member, (name, kind) in _SETTINGS.items():
        value = metadata.get(member)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name, kind(value)
    stop = metadata.get("stop")
    if stop:
        yield names.GEN_AI_STOP_SEQUENCES, [stop] if isinstance(stop, str) else list(stop)
    form = metadata.get("response_format")
    kind_of_form = form.get("type") if isinstance(form, Mapping) else None
    if kind_of_form in _OUTPUT_TYPES:
        yield "gen_ai.output.type", _OUTPUT_TYPES[kind_of_form]


def _answered(fields: Attributes) -> Found:
    model = _object(fields, "metadata").get("model")
    if isinstance(model, str):
        yield names.GEN_AI_RESPONSE_MODEL, model
    metrics = _object(fields, "metrics")
    for metric, name in _COUNTS.items():
        if metric in metrics:
            yield name, metrics[metric]
    writes = [metrics[metric] for metric in _WRITES if metric in metrics]
    if writes:
        yield names.GEN_AI_CACHE_CREATION_TOKENS, sum(writes)
    reasons = list(_reasons(fields.get("output")))
    if reasons:
        yield names.GEN_AI_FINISH_REASONS, reasons


def _reasons(output: Any) -> Iterator[str]:
    """Return why each of the answers in *output* ended."""
    if isinstance(output, Mapping):
        output = output.get("candidates", [output])
    if not isinstance(output, Sequence) or isinstance(output, str):
        return
    for item in output:
        if isinstance(item, Mapping):
            reasons = (item.get(name) for name in _REASONS)
            yield from [reason for reason in reasons if isinstance(reason, str)]


def _content(fields: Attributes) -> Found:
    if "input" in fields:
        messages = input_messages(fields["input"])
        if _object(fields, "metadata").get("provider") in _SYSTEM_APART:
            apart = [message for message in messages[:1] if message["role"] == "system"]
            if apart:
                yield names.GEN_AI_SYSTEM_INSTRUCTIONS, apart[0]["parts"]
            messages = messages[len(apart) :]
        yield names.GEN_AI_INPUT_MESSAGES, messages
    if "output" in fields:
        yield names.GEN_AI_OUTPUT_MESSAGES, output_messages(fields["output"])
    tools = _object(fields, "metadata").get("tools")
    if tools:
        yield names.GEN_AI_TOOL_DEFINITIONS, tool_definitions(tools)


def _tool_content(fields: Attributes) -> Found:
    if "input" in fields:
        yield "gen_ai.tool.call.arguments", fields["input"]
    if "output" in fields:
        yield "gen_ai.tool.call.result", fields["output"]


def _object(fields: Attributes, name: str) -> Mapping[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}
