"""Draws a trace as a tree: with colours on a terminal, as aligned text elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from braintrust_otel.cli.figures import ABSENT, as_count, as_duration, counted
from braintrust_otel.cli.forest import Placed
from braintrust_otel.cli.spans import SpanLine

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

__all__ = ["plain_tree", "rich_tree"]

MAX_INDENT = 40
"""Levels that text is indented for; deeper lines say how deep they are."""

_LABEL_WIDTH = 40
_GUIDE_WIDTH = 4
_STYLES = {
    "llm": "magenta",
    "tool": "yellow",
    "task": "cyan",
    "function": "blue",
    "score": "green",
    "eval": "bright_blue",
    "log": "dim",
}


def plain_tree(lines: Sequence[Placed]) -> Iterator[str]:
    """Yield the tree as text: type, duration and tokens in columns, then the indented names."""
    yield _columns("TYPE", "DURATION", "TOKENS", "NAME")
    for placed in lines:
        indent, deep = _indent(placed.depth, MAX_INDENT)
        span = placed.span
        if span is None:
            yield _columns(ABSENT, ABSENT, ABSENT, f"{indent}{deep}({placed.note})")
            continue
        words = [f"{indent}{deep}{span.name}", *_details(span)]
        if span.error is not None:
            words.append(f"ERROR {span.error}")
        if placed.note:
            words.append(f"({placed.note})")
        kind, tokens = span.type, as_count(span.tokens)
        yield _columns(kind, as_duration(span.duration), tokens, "  ".join(words))


def rich_tree(lines: Sequence[Placed], width: int) -> Tree:
    """Return the tree for a terminal of *width* columns."""
    from rich.tree import Tree

    deepest = max(4, (width - _LABEL_WIDTH) // _GUIDE_WIDTH)
    tree = Tree("", hide_root=True, guide_style="dim")
    above = [tree]
    for placed in lines:
        _, deep = _indent(placed.depth, deepest)
        depth = min(placed.depth, deepest)
        del above[depth + 1 :]
        above.append(above[depth].add(_label(placed, deep)))
    return tree


def _columns(kind: str, duration: str, tokens: str, rest: str) -> str:
    return f"{kind:<12}  {duration:>8}  {tokens:>8}  {rest}"


def _indent(depth: int, deepest: int) -> tuple[str, str]:
    """Return the blanks before a name, and the depth in words where there are too few of them."""
    return "  " * min(depth, deepest), f"[level {depth}] " if depth > deepest else ""


def _details(span: SpanLine) -> list[str]:
    found = [] if span.model is None else [f"model={span.model}"]
    return found + [f"{name}={_score(value)}" for name, value in span.scores]


def _score(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.4g}"


def _label(placed: Placed, deep: str) -> Text:
    from rich.text import Text

    label = Text(no_wrap=True, overflow="ellipsis")
    label.append(deep, "dim")
    span = placed.span
    if span is None:
        return label.append(f"({placed.note})", "yellow")
    label.append(span.name, "dim" if span.is_log else "bold")
    label.append(f"  {span.type}", _STYLES.get(span.type, "dim"))
    for word in _figures(span):
        label.append(f"  {word}", "dim")
    for name, value in span.scores:
        label.append(f"  {name} ").append(_score(value), "green")
    if placed.note:
        label.append(f"  ({placed.note})", "yellow")
    if span.error is not None:
        label.append(f"\n✗ {span.error}", "red")
    return label


def _figures(span: SpanLine) -> Iterator[str]:
    if not span.is_log:
        yield "open" if span.duration is None else as_duration(span.duration)
    if span.tokens is not None:
        yield counted(span.tokens, "token")
    if span.model is not None:
        yield span.model
