"""Whatever rows hold, the command line shows every one of them, and no text commands a terminal."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel.cli.forest import arrange
from braintrust_otel.cli.spans import span_line
from braintrust_otel.cli.texts import MAX_CHARS, clean, inert_json
from braintrust_otel.cli.tree_view import plain_tree

# Few ids, so that rows share them, miss parents and go round in circles.
IDS = st.sampled_from("abcdefg")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("span_attributes", "metrics", "metadata", "scores", "error", "output")
ROWS = st.lists(
    st.builds(
        lambda span_id, parents, kind, fields: {
            **fields,
            "span_id": span_id,
            "span_parents": parents,
            **({} if kind is None else {"span_attributes": {"type": kind, "name": span_id}}),
        },
        IDS,
        st.none() | st.lists(IDS, max_size=3),
        st.sampled_from([None, "llm", "log"]),
        st.dictionaries(st.sampled_from(FIELDS), JSON),
    ),
    max_size=12,
)


@given(ROWS)
def test_every_row_is_placed_once(rows: list[dict[str, object]]) -> None:
    """No row is lost or shown twice, and each line is at most one level under the one above."""
    spans = [span_line(row) for row in rows]

    lines = arrange(spans)

    assert sorted(id(line.span) for line in lines if line.span) == sorted(map(id, spans))
    depths = [line.depth for line in lines]
    assert all(depth <= above + 1 for above, depth in zip([-1, *depths], depths, strict=False))


@given(ROWS)
def test_every_line_is_printable(rows: list[dict[str, object]]) -> None:
    """Nothing in a row breaks a line of the tree, or commands the terminal."""
    lines = list(plain_tree(arrange([span_line(row) for row in rows])))

    # The joiners of emoji and of some scripts are let through.
    assert all(line.translate({0x200C: "", 0x200D: ""}).isprintable() for line in lines)


@given(st.text(st.characters(), max_size=400), st.integers(1, MAX_CHARS))
def test_clean_text_is_one_short_line(text: str, limit: int) -> None:
    """Any text becomes one line of printable characters, within the limit."""
    shown = clean(text, limit)

    assert len(shown) <= limit
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()


@given(JSON)
def test_inert_json_means_the_same(value: object) -> None:
    """Escaping does not change what JSON text says."""
    assert json.loads(inert_json(json.dumps(value, ensure_ascii=False))) == value
