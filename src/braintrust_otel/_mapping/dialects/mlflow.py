"""The dialect of MLflow: ``mlflow.*``, in which every value is JSON text, plain texts too.

MLflow hands over the request and the answer of the provider's client as they were, and repeats the
arguments of the call as attributes of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import loads_leniently
from braintrust_otel._mapping.dialects.native_calls import Answer, read_answer, read_request
from braintrust_otel._mapping.dialects.native_usage import is_usage, usage_findings
from braintrust_otel._mapping.dialects.providers import provider_name
from braintrust_otel._mapping.dialects.reading import amount, plain, seconds, whole
from braintrust_otel._mapping.dialects.tools import tool_definitions
from braintrust_otel._mapping.dialects.usage import token_findings
from braintrust_otel._mapping.findings import Finding, nothing
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView

__all__ = ["mlflow_dialect"]

_PREFIX: Final = "mlflow."
_SCOPE: Final = "mlflow"
_TYPE: Final = "mlflow.spanType"
_INPUTS: Final = "mlflow.spanInputs"
_OUTPUTS: Final = "mlflow.spanOutputs"
_FORMAT: Final = "mlflow.message.format"
_TOOLS: Final = "mlflow.chat.tools"
_USAGE: Final = "mlflow.chat.tokenUsage"
_MODEL: Final = "mlflow.llm.model"
_PROVIDER: Final = "mlflow.llm.provider"
_COST: Final = "mlflow.llm.cost"
_REQUEST_ID: Final = "mlflow.traceRequestId"
_CHUNK: Final = "mlflow.chunk.item."
_WHO: Final = (
    ("session_id", ("session.id", "mlflow.trace.session")),
    ("user_id", ("user.id", "mlflow.trace.user")),
)

_TYPES: Final = {
    "AGENT": "task",
    "CHAIN": "task",
    "CHAT_MODEL": "llm",
    "EMBEDDING": "llm",
    "EVALUATOR": "score",
    "GUARDRAIL": "function",
    "LLM": "llm",
    "MEMORY": "function",
    "PARSER": "function",
    "RERANKER": "tool",
    "RETRIEVER": "tool",
    "TASK": "task",
    "TOOL": "tool",
    "UNKNOWN": "function",
    "WORKFLOW": "task",
}
_COUNTS: Final = (
    ("prompt_tokens", "input_tokens"),
    ("completion_tokens", "output_tokens"),
    ("tokens", "total_tokens"),
    ("prompt_cached_tokens", "cache_read_input_tokens"),
    ("prompt_cache_creation_tokens", "cache_creation_input_tokens"),
)
_OBJECT: Final = re.compile(r"<[^<>]* object at 0x[0-9a-fA-F]+>")
"""What Python calls an object without a name: no answer of a model, but where one would be."""


def mlflow_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``mlflow.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    is_its = view.scope_name.startswith(_SCOPE)
    return _findings(
        view, {name: _opened(value, is_its) for name, value in view.attributes.items()}
    )


def _findings(view: SpanView, told: dict[str, Any]) -> Iterator[Finding]:
    kind = _TYPES.get(str(told.get(_TYPE)).upper())
    if kind is not None:
        yield Finding("span_attributes", kind, (_TYPE,), "type")
    yield nothing(_REQUEST_ID)
    answer = _answer(told) if kind == "llm" else None
    yield from _model(told, answer)
    if kind == "llm":
        yield from _asked(told)
        yield from _answered(told, answer)
    else:
        yield from _values(told)
    yield from _usage(told, answer)
    yield from _timing(view)
    yield from _others(view, told)


def _values(told: Mapping[str, Any]) -> Iterator[Finding]:
    for field, name in (("input", _INPUTS), ("output", _OUTPUTS)):
        if name in told:
            yield Finding(field, native(told[name]), (name,))


def _model(told: Mapping[str, Any], answer: Answer | None) -> Iterator[Finding]:
    model = told.get(_MODEL)
    if isinstance(model, str) and model:
        yield Finding("metadata", model, (_MODEL,), "model")
    elif answer is not None and answer.model is not None:
        yield Finding("metadata", answer.model, (), "model")
    provider = provider_name(told.get(_PROVIDER))
    if provider is not None:
        yield Finding("metadata", provider, (_PROVIDER,), "provider")


def _asked(told: Mapping[str, Any]) -> Iterator[Finding]:
    inputs = told.get(_INPUTS)
    request = read_request(inputs) if isinstance(inputs, dict) else None
    if request is None:
        if inputs is not None:
            yield Finding("input", native(inputs), (_INPUTS,))
        return
    yield Finding("input", native(request.input), (_INPUTS,))
    yield nothing(*_repeated(told))
    if request.metadata.get("model") and not told.get(_MODEL):
        yield Finding("metadata", request.metadata["model"], (), "model")
    for key, value in request.metadata.items():
        if key not in ("model", "tools"):
            yield Finding("metadata", native(value), (_INPUTS,), key)
    tools = tool_definitions(told.get(_TOOLS)) or request.metadata.get("tools")
    if tools:
        yield Finding("metadata", native(tools), (_TOOLS,), "tools")


def _answer(told: Mapping[str, Any]) -> Answer | None:
    outputs = told.get(_OUTPUTS)
    if outputs is None or (isinstance(outputs, str) and _OBJECT.fullmatch(outputs)):
        return None
    return read_answer(outputs)


def _answered(told: Mapping[str, Any], answer: Answer | None) -> Iterator[Finding]:
    if answer is None:
        if told.get(_OUTPUTS) is not None:
            yield Finding("metadata", native(told[_OUTPUTS]), (_OUTPUTS,), _OUTPUTS)
        return
    yield Finding("output", native(answer.output), (_OUTPUTS,))
    if answer.rest is not None:
        yield Finding("metadata", native(answer.rest), (_OUTPUTS,), _OUTPUTS)


def _usage(told: Mapping[str, Any], answer: Answer | None) -> Iterator[Finding]:
    if answer is not None and is_usage(answer.usage):
        # The provider's own report knows more than what MLflow makes of it.
        yield nothing(_USAGE)
        yield from usage_findings(answer.usage, _OUTPUTS)
    else:
        usage = told.get(_USAGE)
        if isinstance(usage, dict):
            found = {metric: whole(usage.get(name)) for metric, name in _COUNTS}
            counts = {
                metric: (count, (_USAGE,)) for metric, count in found.items() if count is not None
            }
            yield from token_findings(counts, exclusive=False)
    cost = told.get(_COST)
    total = amount(cost.get("total_cost")) if isinstance(cost, dict) else None
    if total is not None:
        yield Finding("metrics", total, (_COST,), "estimated_cost")


def _timing(view: SpanView) -> Iterator[Finding]:
    """Return when the first chunk came; what all of them hold is the answer once more."""
    chunks = [(at, event) for at, event in enumerate(view.events) if event.name.startswith(_CHUNK)]
    if not chunks:
        return
    waited = seconds(view.start_ns, min(event.time_ns for _, event in chunks))
    positions = [at for at, _ in chunks]
    if waited is not None:
        yield Finding("metrics", waited, (), "time_to_first_token", positions)


def _others(view: SpanView, told: Mapping[str, Any]) -> Iterator[Finding]:
    """Return who asked, and every other attribute, freed from its quotes."""
    for key, names in _WHO:
        for name in names:
            if isinstance(told.get(name), str):
                yield Finding("metadata", told[name], (name,), key)
    read = {*_READ, *_repeated(told)}
    for name, value in told.items():
        was_quoted = isinstance(view.attributes[name], str) and value is not view.attributes[name]
        if was_quoted and name not in read:
            yield Finding("metadata", native(value), (name,), name)


def _repeated(told: Mapping[str, Any]) -> list[str]:
    """Return the attributes that are only arguments of the call once more."""
    inputs = told.get(_INPUTS)
    if not isinstance(inputs, dict):
        return []
    return [name for name, value in inputs.items() if name in told and told[name] == value]


_READ: Final = frozenset(
    {_TYPE, _INPUTS, _OUTPUTS, _TOOLS, _USAGE, _MODEL, _PROVIDER, _COST, _REQUEST_ID}
    | {name for _, names in _WHO for name in names}
)


def _opened(value: object, is_encoded: bool) -> Any:
    """Return what JSON text holds, however often it was encoded; another text stays one.

    Args:
        value: An attribute's value.
        is_encoded: Whether it is known to be JSON text: then also numbers and the like are.
    """
    for turn in range(_MAX_WRAPS):
        if not isinstance(value, str):
            break
        if not value.startswith(("{", "[", '"')) and not (is_encoded and turn == 0):
            break
        try:
            value = loads_leniently(value)
        except ValueError:
            break
    return value if isinstance(value, str) else plain(value)


_MAX_WRAPS: Final = 4
