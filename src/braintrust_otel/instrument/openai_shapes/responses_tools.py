"""Finds the tools that ran at the provider, by the items of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from braintrust_otel.instrument.openai_shapes.response import error_text
from braintrust_otel.instrument.plain import members
from braintrust_otel.instrument.seams import Child
from braintrust_otel.instrument.usage import usage_metrics

__all__ = ["tool_spans"]

Item = Mapping[str, Any]

_IMAGES = "image_generation"

_ABOUT = ("id", "call_id", "status", "server_label", "container_id", "approval_request_id")


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the items of one type tell of a tool.

    Attributes:
        name: Name of the tool.
        read_input: Returns what the tool was given.
        read_output: Returns what it gave, from the item or from the item that answers it.
        output: Type of the item that answers it; "" where the item itself does.
    """

    name: str
    read_input: Callable[[Item], object]
    read_output: Callable[[Item], object]
    output: str = ""


def tool_spans(items: Any, usage: Any = None) -> list[Child]:
    """Return a tool span for each tool that ran at the provider, in their order.

    Calls that the user's program answers, such as those of its functions, are none.

    Args:
        items: Items of an answer, as plain data.
        usage: What the answer tells of the tokens of tools, a model or a mapping.
    """
    if not isinstance(items, Sequence):
        return []
    known = [item for item in items if isinstance(item, Mapping)]
    answers = {_place(str(item.get("type")), item): item for item in known}
    spans = []
    for item in known:
        kind = _KINDS.get(str(item.get("type")))
        if kind is None:
            continue
        answer = answers.get(_place(kind.output, item)) if kind.output else item
        if answer is not None:
            spans.append(_span(kind, item, answer))
    metrics = usage_metrics(members(usage).get("image_gen"))
    pictures = [place for place, span in enumerate(spans) if span.name == _IMAGES]
    if len(pictures) == 1 and any(metrics.values()):  # of several, only the sum is known
        (place,) = pictures
        spans[place] = replace(spans[place], fields={**spans[place].fields, "metrics": metrics})
    return spans


def _place(kind: str, item: Item) -> tuple[str, str]:
    return kind, str(item.get("call_id"))


def _span(kind: _Kind, item: Item, answer: Item) -> Child:
    fields: dict[str, object] = {"input": kind.read_input(item)}
    output = kind.read_output(answer)
    if output is not None:
        fields["output"] = output
    metadata = {name: item[name] for name in _ABOUT if item.get(name) is not None}
    if metadata:
        fields["metadata"] = metadata
    error = _error(item) or _error(answer)
    if error is not None:
        fields["error"] = error
    named = item.get("name")
    return Child(named if isinstance(named, str) and named else kind.name, fields)


def _error(item: Item) -> str | None:
    if item.get("error"):
        return error_text(item["error"])
    return "failed" if item.get("status") == "failed" else None


def _members(*names: str) -> Callable[[Item], object]:
    """Return what reads the members called *names* that are there."""

    def read(item: Item) -> object:
        return {name: item[name] for name in names if item.get(name) is not None} or None

    return read


def _member(name: str) -> Callable[[Item], object]:
    def read(item: Item) -> object:
        return item.get(name)

    return read


def _search(item: Item) -> object:
    action = item.get("action")
    if not isinstance(action, Mapping):
        return action
    return {name: value for name, value in action.items() if name != "sources"}


def _sources(item: Item) -> object:
    action = item.get("action")
    return action.get("sources") if isinstance(action, Mapping) else None


def _arguments(item: Item) -> object:
    arguments = item.get("arguments")
    try:
        return json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        return arguments  # not, or not yet, JSON


def _image(item: Item) -> object:
    # Under its type, by which the picture in it is known for what it is.
    told = {name: item.get(name) for name in ("type", "result", "output_format")}
    return {name: value for name, value in told.items() if value} if told["result"] else None


_KINDS: Mapping[str, _Kind] = {
    "web_search_call": _Kind("web_search", _search, _sources),
    "file_search_call": _Kind("file_search", _members("queries"), _member("results")),
    "code_interpreter_call": _Kind("code_interpreter", _members("code"), _member("outputs")),
    "image_generation_call": _Kind(
        _IMAGES,
        _members("revised_prompt", "action", "size", "quality", "background"),
        _image,
    ),
    "mcp_call": _Kind("mcp", _arguments, _member("output")),
    "computer_call": _Kind("computer", _members("action", "actions"), lambda item: None),
    "shell_call": _Kind("shell", _member("action"), _member("output"), "shell_call_output"),
    "tool_search_call": _Kind("tool_search", _arguments, _member("tools"), "tool_search_output"),
    "program": _Kind("program", _members("code"), _member("result"), "program_output"),
}
