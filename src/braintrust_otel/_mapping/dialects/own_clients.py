"""The spans that provider clients make of their own, in what the conventions do not say.

So far that is Anthropic's, whose further attributes are ``anthropic.*``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from braintrust_otel._mapping.dialects.messages import output_choices
from braintrust_otel._mapping.dialects.reading import plain, structure, whole
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model import attributes as names

__all__ = ["own_client_dialect"]

_PREFIX: Final = "anthropic."
_STOP_REASON: Final = "anthropic.message.stop_reason"
_TOOL_RESULT: Final = "anthropic.tool_result.content"
_WRITTEN: Final = (
    (
        "prompt_cache_creation_5m_tokens",
        "anthropic.usage.cache_creation.ephemeral_5m_input_tokens",
    ),
    (
        "prompt_cache_creation_1h_tokens",
        "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    ),
)


def own_client_dialect(view: SpanView) -> Iterable[Finding]:
    """Return what the ``anthropic.*`` attributes of *view* say."""
    if not any(name.startswith(_PREFIX) for name in view.attributes):
        return ()
    return _findings(view.attributes)


def _findings(attributes: Mapping[str, object]) -> Iterator[Finding]:
    reason = attributes.get(_STOP_REASON)
    said = structure(attributes.get(names.GEN_AI_OUTPUT_MESSAGES))
    if isinstance(reason, str) and said is not None:
        told = output_choices(said, (reason,))
        if told:
            sources = (names.GEN_AI_OUTPUT_MESSAGES, _STOP_REASON)
            yield Finding("output", native(told), sources)
    for metric, name in _WRITTEN:
        count = whole(attributes.get(name))
        if count is not None:
            yield Finding("metrics", count, (name,), metric)
    if _TOOL_RESULT in attributes:
        found = structure(attributes[_TOOL_RESULT])
        value = plain(attributes[_TOOL_RESULT]) if found is None else found
        yield Finding("output", native(value), (_TOOL_RESULT,))
