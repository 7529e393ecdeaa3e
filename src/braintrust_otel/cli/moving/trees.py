"""Turns a nested span, as programs in any language write it, into rows.

The format is that of Braintrust's guide: an object with the fields of a span (``input``,
``output``, ``expected``, ``metadata``, ``metrics``, ``scores``, ...), its ``name``, and its
``children``, which are objects of the same kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from braintrust_otel._model.containers import ROUTING_KEYS
from braintrust_otel._model.ids import row_id
from braintrust_otel._model.scores import validate_event

__all__ = ["LineError", "is_tree", "tree_rows"]

Fields = dict[str, Any]

_PAYLOAD = frozenset(
    {"input", "output", "expected", "error", "tags", "scores", "metadata", "metrics"}
)
_TELLING = _PAYLOAD | {"name", "children", "span_attributes", "inputs"}
_TAKEN = frozenset({"id", "name", "type", "children", "created", "span_attributes"})
_IDS = frozenset({"span_id", "root_span_id", "span_parents"})
_TRACE_DIGITS = 32
_SPAN_DIGITS = 16


class LineError(ValueError):
    """A line that cannot be imported; the text follows the line's number in a message."""


@dataclass(slots=True)
class _Node:
    """One span of a tree.

    Attributes:
        given: What the file says of it.
        path: Where it stands in the tree, for messages and for its ids.
        parent: What it is under, or None.
        start: Seconds since the epoch when it or the first of its descendants began, if known.
        end: The same for the last end.
        ids: Row id, span id and trace id.
    """

    given: Fields
    path: str
    parent: _Node | None
    start: float | None = None
    end: float | None = None
    ids: tuple[str, str, str] = ("", "", "")

    def widen(self, start: float | None, end: float | None) -> None:
        """Take in another stretch of time."""
        start = end if start is None else start
        end = start if end is None else end
        self.start = min((time for time in (self.start, start) if time is not None), default=None)
        self.end = max((time for time in (self.end, end) if time is not None), default=None)


def is_tree(value: Mapping[str, Any]) -> bool:
    """Tell whether *value* is a nested span, and not a row, which has an id and no children."""
    return "children" in value or "id" not in value


def tree_rows(tree: Fields, seed: str, created: float | None) -> list[Fields]:
    """Return the rows of *tree*, parents before their children, without their routing fields.

    Ids that the tree does not name are made of *seed* and the place in the tree, so that the same
    file gives the same rows each time. A span without times gets those of its descendants.

    Args:
        tree: The outermost span.
        seed: What tells this tree from all others.
        created: Seconds since the epoch that rows without any time are said to be made at; None
            leaves that to the receiver.

    Raises:
        LineError: Something in it is no span, or has fields of the wrong shape.
    """
    if _TELLING.isdisjoint(tree):
        raise LineError("has no id and none of the fields of a span")
    nodes = _nodes(tree)
    for node in reversed(nodes):
        _find_times(node)
    return [_row(node, seed, number, created) for number, node in enumerate(nodes, 1)]


def _nodes(tree: Fields) -> list[_Node]:
    """Return the spans of *tree* in the order of the file; a stack, since trees may be deep."""
    nodes: list[_Node] = []
    waiting = [_Node(tree, "", None)]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        children = node.given.get("children")
        children = [] if children is None else children
        if not isinstance(children, list):
            raise LineError(f"has children that are no list{_at(node.path)}")
        below = [_Node(child, f"{node.path}.{place}", node) for place, child in enumerate(children)]
        if any(not isinstance(child.given, dict) for child in below):
            raise LineError(f"has a child that is no object{_at(node.path)}")
        waiting += reversed(below)
    return nodes


def _find_times(node: _Node) -> None:
    """Let *node*, whose descendants have done so, know its extent and tell its parent."""
    metrics = node.given.get("metrics")
    if isinstance(metrics, dict):
        node.widen(_number(metrics.get("start")), _number(metrics.get("end")))
    if node.parent is not None:
        node.parent.widen(node.start, node.end)


def _row(node: _Node, seed: str, number: int, created: float | None) -> Fields:
    parent = node.parent
    node.ids = _ids(node, seed)
    own_id, span_id, trace_id = node.ids
    under = None if parent is None else [parent.ids[1]]
    fields: Fields = {
        "id": own_id,
        "span_id": span_id,
        "root_span_id": trace_id,
        "span_parents": node.given.get("span_parents") or under,
        **_content(node),
    }
    fields["span_attributes"] = {**_attributes(node), "exec_counter": number}
    metrics = fields.get("metrics", {})
    if node.start is not None and metrics.keys().isdisjoint({"start", "end"}):
        fields["metrics"] = {"start": node.start, "end": node.end, **metrics}
    made = node.given.get("created") or _iso_time(created if node.start is None else node.start)
    if made is not None:
        fields["created"] = made
    return fields


def _ids(node: _Node, seed: str) -> tuple[str, str, str]:
    given, parent = node.given, node.parent
    trace_id = hashlib.sha256(seed.encode()).hexdigest()[:_TRACE_DIGITS]
    span_id = hashlib.sha256(f"{seed}{node.path}".encode()).hexdigest()[-_SPAN_DIGITS:]
    root = _text(given, "root_span_id", trace_id if parent is None else parent.ids[2])
    return (
        _text(given, "id", row_id(trace_id, span_id)),
        _text(given, "span_id", span_id),
        root,
    )


def _content(node: _Node) -> Fields:
    """Return the fields that were logged on the span, checked as ``Span.log`` checks them."""
    left = {
        name: value
        for name, value in node.given.items()
        if name not in _TAKEN | _IDS | ROUTING_KEYS and not name.startswith("_")
    }
    try:
        return validate_event(left)
    except ValueError as error:
        raise LineError(f"cannot be logged{_at(node.path)}: {error}") from error


def _attributes(node: _Node) -> Fields:
    given = node.given
    attributes = given.get("span_attributes") or {}
    if not isinstance(attributes, dict):
        raise LineError(f"has span_attributes that are no object{_at(node.path)}")
    named = {name: given[name] for name in ("name", "type") if isinstance(given.get(name), str)}
    return {**named, **attributes}


def _text(given: Fields, name: str, default: str) -> str:
    value = given.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or not value:
        raise LineError(f"has no usable {name}: it is no text, or empty")
    return value


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _iso_time(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):  # a time that no calendar has
        return None


def _at(path: str) -> str:
    return f" (at children{path})" if path else ""
