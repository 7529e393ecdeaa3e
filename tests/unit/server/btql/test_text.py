"""Queries in text become the trees that other clients send."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel.server.btql.query import BtqlError, Column, Query, Sort
from braintrust_otel.server.btql.text import read_text
from braintrust_otel.server.btql.tree import read_tree

LOGS = Container(ContainerKind.PROJECT_LOGS, id="p")
ID = {"op": "ident", "name": ["id"]}


def test_every_clause_is_read() -> None:
    """A query with everything in it is what it says."""
    query = read_text(
        "select: *, metadata.model as model, id | from: project_logs('p') traces | "
        "filter: root_span_id = 'it''s' | sort: metrics.end - 1 desc, id asc, id | limit: 5 | "
        "cursor: '7'"
    )

    assert query == Query(
        container=LOGS,
        shape="traces",
        columns=(
            Column("*", {"op": "star"}),
            Column("model", {"op": "ident", "name": ["metadata", "model"]}),
            Column("id", ID),
        ),
        where={
            "op": "eq",
            "left": {"op": "ident", "name": ["root_span_id"]},
            "right": {"op": "literal", "value": "it's"},
        },
        sort=(
            Sort(
                {
                    "op": "sub",
                    "left": {"op": "ident", "name": ["metrics", "end"]},
                    "right": {"op": "literal", "value": 1},
                },
                is_descending=True,
            ),
            Sort(ID),
            Sort(ID),
        ),
        limit=5,
        cursor="7",
    )


@pytest.mark.parametrize(
    "text",
    [
        "select: * | from: project_logs('p')",
        "SELECT: *\nFROM: project_logs('p')\n",
        "from: project_logs('p') spans select: *",
        'from: project_logs("p") |',
    ],
)
def test_clauses_are_parted_by_bars_or_lines(text: str) -> None:
    """The bar between clauses is a matter of taste, and so are capitals."""
    assert read_text(text) == Query(LOGS)


def test_a_table_without_rows_here_has_no_container() -> None:
    """Prompts are no rows of this server's; asking for them finds nothing."""
    assert read_text("from: project_prompts('p')").container is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "needs a `from`"),
        ("from", "where a clause"),
        ("from: nothing('p')", "names no table"),
        ("from: project_logs('p', 'q')", "takes the id of one project_logs"),
        ("from: project_logs('')", "takes the id"),
        ("from: project_logs(5)", "takes the id"),
        ("from: project_logs('p'", "should be"),
        ("from: project_logs('p') summary", "The shape 'summary'"),
        ("measures: count(1) | from: project_logs('p')", "The clause 'measures'"),
        ("from: project_logs('p') | from: project_logs('p')", "twice"),
        ("from: project_logs('p') | filter: id =", "where a value"),
        ("from: project_logs('p') | filter: id not 5", "where a comparison"),
        ("from: project_logs('p') | filter: lower(id) = 'a'", "The function 'lower'"),
        ("from: project_logs('p') | filter: id in (1, id)", "plain values only"),
        ("from: project_logs('p') | filter: a ? b", "cannot be read from '? b'"),
        ("from: project_logs('p') | filter: " + "(" * 200, "nested deeper"),
        ("from: project_logs('p') | filter: " + "not " * 200 + "a", "nested deeper"),
        ("from: project_logs('p') | filter: " + "-" * 200 + "a", "where a value"),
        ("from: project_logs('p') | filter: " + "1 + " * 200 + "a", "nested deeper"),
        ("from: project_logs('p') | select: 1 + 1", "needs an `alias`"),
        ("from: project_logs('p') | limit: many", "no integer"),
        ("SELECT id FROM project_logs('p')", "where a clause"),
    ],
)
def test_what_cannot_be_answered_is_said(text: str, problem: str) -> None:
    """The message says which part of the query is not understood."""
    with pytest.raises(BtqlError, match=problem.replace("(", r"\(").replace("?", r"\?")):
        read_text(text)


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        ({"from": 5}, "needs a `from`"),
        ({"from": {"op": "function"}}, "names no table"),
        ({"measures": [1]}, "measures: this part"),
        ({"select": 5}, "`select`"),
        ({"select": [5]}, "`select`"),
        ({"select": [{"op": "literal", "value": 1}]}, "alias"),
        ({"sort": 5}, "`sort`"),
        ({"sort": [{"expr": ID, "dir": "up"}]}, "asc nor desc"),
        ({"sort": [{}]}, "no expression"),
        ({"limit": -1}, "`limit`"),
        ({"limit": True}, "`limit`"),
        ({"cursor": 5}, "`cursor`"),
    ],
)
def test_trees_that_make_no_sense_are_refused(tree: dict[str, object], problem: str) -> None:
    """A malformed tree is a clear message, not a fault."""
    source = {
        "op": "function",
        "name": {"op": "ident", "name": ["project_logs"]},
        "args": [{"op": "literal", "value": "p"}],
    }

    with pytest.raises(BtqlError, match=problem):
        read_tree({"from": source, **tree})


@given(st.text(alphabet="abfrom:'\"`()[]|,.=<>!-+*/ 019\\\n_%not", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is sent as a query, the answer is a query or a message, and never a fault."""
    with suppress(BtqlError):
        assert read_text(f"from: project_logs('p') | filter: {text}").container == LOGS
