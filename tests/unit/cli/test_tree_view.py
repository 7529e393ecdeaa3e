"""A trace is drawn as text or with rich."""

from __future__ import annotations

import io

from rich.console import Console

from braintrust_otel.cli.forest import Placed, arrange
from braintrust_otel.cli.spans import span_line
from braintrust_otel.cli.tree_view import plain_tree, rich_tree
from support.trace_rows import span, story


def drawn(lines: list[Placed], width: int = 100) -> list[str]:
    """Return what rich draws, without colours."""
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, emoji=False, highlight=False)
    console.print(rich_tree(lines, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def lines_of(rows: list[dict[str, object]]) -> list[Placed]:
    """Return the lines of the tree of *rows*."""
    return arrange([span_line(row) for row in rows])


def test_text_has_columns_before_the_tree() -> None:
    """Type, duration and tokens are aligned; names are indented; details follow."""
    assert list(plain_tree(lines_of(story()))) == [
        "TYPE          DURATION    TOKENS  NAME",
        "task            3.21 s         -  answer  accuracy=0.85  tone=-",
        "llm             1.20 s       123    Chat Completion  model=gpt-4o-mini",
        "log                  -         -      info: asking",
        "tool             12 ms         -      get_weather  ERROR ValueError: no such city",
        "-                    -         -  (span ffffffffffffffff is not in the store)",
        "llm                  -         7    lost",
    ]


def test_terminal_shows_branches() -> None:
    """On a terminal the tree has branches, and errors lines of their own."""
    assert drawn(lines_of(story())) == [
        "answer  task  3.21 s  accuracy 0.85  tone -",
        "└── Chat Completion  llm  1.20 s  123 tokens  gpt-4o-mini",
        "    ├── info: asking  log",
        "    └── get_weather  tool  12 ms",
        "        ✗ ValueError: no such city",
        "(span ffffffffffffffff is not in the store)",
        "└── lost  llm  open  7 tokens",
    ]


def test_odd_place_is_noted() -> None:
    """What the tree cannot show as it is, it says."""
    lines = lines_of([span("a", "a")])

    assert list(plain_tree(lines))[1].endswith("  a  (circular parents)")
    assert drawn(lines) == ["a  span  1.00 s  (circular parents)"]


def test_markup_is_text() -> None:
    """Rich draws names as they are."""
    name = "[bold red]x[/] :bomb: [link=http://a]y[/link]"

    assert drawn(lines_of([span("a", span_attributes={"name": name})]))[0].startswith(name)


def test_deep_text_stops_indenting() -> None:
    """Below 40 levels the depth is said instead of indented."""
    lines = lines_of([span("0"), *(span(str(n), str(n - 1)) for n in range(1, 51))])

    last = list(plain_tree(lines))[-1]

    assert last.endswith("  " + "  " * 40 + "[level 50] 50")


def test_deep_tree_stops_at_the_edge() -> None:
    """A terminal of 80 columns has branches for ten levels; names keep their room."""
    lines = lines_of([span("0"), *(span(str(n), str(n - 1)) for n in range(1, 51))])

    last = drawn(lines, width=80)[-1]

    assert last.endswith("[level 50] 50  span  1.00 s")


def test_long_label_is_cut_at_the_edge() -> None:
    """Lines of the tree do not wrap."""
    lines = lines_of([span("a", span_attributes={"name": "x" * 79}, metadata={"model": "y" * 79})])

    assert len(drawn(lines, width=60)) == 1
