"""Copies settings of a call into the metadata of a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from braintrust_otel._json import encode
from braintrust_otel._mapping.dialects.reading import plain
from braintrust_otel._mapping.dialects.tools import tool_choice, tool_definitions
from braintrust_otel._mapping.findings import Finding
from braintrust_otel._mapping.values import native

__all__ = ["Settings", "setting_findings", "spread_findings", "tool_findings"]

Settings = Iterable[tuple[str, str]]
"""Pairs of an attribute and the member of the metadata that it becomes."""

_SECRETS: Final = ("api_key", "authorization", "credential", "headers", "password", "secret")
_NAMES: Final = {"stop_sequences": "stop"}
_TOLD_ELSEWHERE: Final = frozenset({"model", "messages"})


def setting_findings(attributes: Mapping[str, object], settings: Settings) -> Iterator[Finding]:
    """Return the settings that *attributes* hold, each under its member of the metadata."""
    for name, member in settings:
        value = attributes.get(name)
        if value is not None:
            yield Finding("metadata", native(value), (name,), member)


def spread_findings(parameters: Mapping[str, Any], source: str) -> Iterator[Finding]:
    """Return the parameters of a call, each as a member of the metadata.

    Args:
        parameters: Plain JSON. What is null says nothing, and what may hold a secret is not told;
            the model and the messages are told elsewhere.
        source: The attribute that holds them.
    """
    for name, value in parameters.items():
        if value is None or name in _TOLD_ELSEWHERE or _is_secret(name):
            yield Finding("", None, (source,))
        elif name in ("tools", "tool_choice"):
            yield from tool_findings({name: value}, name, source=source)
        else:
            yield Finding("metadata", native(value), (source,), _NAMES.get(name, name))


def tool_findings(
    attributes: Mapping[str, object], name: str, *, source: str | None = None
) -> Iterator[Finding]:
    """Return the tools, or the choice among them, that the attribute *name* holds.

    Args:
        attributes: Where *name* is looked up.
        name: Where its last word is ``tool_choice``, it holds the choice.
        source: The attribute that holds *name*, where it is none itself.
    """
    value = attributes.get(name)
    if value is None:
        return
    sources = (source or name,)
    if name.endswith("tool_choice"):
        choice = tool_choice(value)
        told = choice if isinstance(choice, str) else encode(choice)
        yield Finding("metadata", plain(value) if choice is None else told, sources, "tool_choice")
        return
    tools = tool_definitions(value)
    if tools:
        yield Finding("metadata", encode(tools), sources, "tools")


def _is_secret(name: str) -> bool:
    lower = name.lower()
    return any(secret in lower for secret in _SECRETS)
