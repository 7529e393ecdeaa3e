"""Rows are read back: by fetching a container, and by queries."""

from __future__ import annotations

from itertools import chain
from typing import Any

import pytest

from braintrust_otel.server.store import Store
from support.stores import NOW, PROJECT, TRACE, Client, log_row, merge_row, span_row

OTHER_TRACE = "0af7651916cd43dd8448eb211c80319c"
EXPERIMENT = "22222222-2222-4222-8222-222222222222"
DATASET = "33333333-3333-4333-8333-333333333333"
LOGS = f"from: project_logs('{PROJECT}')"


def ident(*path: str) -> dict[str, object]:
    return {"op": "ident", "name": [*path]}


def literal(value: object) -> dict[str, object]:
    return {"op": "literal", "value": value}


def tree(
    table: str = "project_logs", object_id: str = PROJECT, **members: object
) -> dict[str, Any]:
    """Return a query as the official SDK sends it."""
    source = {"op": "function", "name": ident(table), "args": [literal(object_id)]}
    return {"select": [{"op": "star"}], "from": source, "cursor": None, "limit": 1000, **members}


@pytest.fixture
def rows(store: Store) -> list[str]:
    """Two traces of three spans, and what is no span; their ids, newest first."""
    child = {"span_parents": ["a1"], "span_attributes": {"name": "x", "type": "llm"}}
    scorer = {"span_attributes": {"name": "s", "purpose": "scorer"}, "span_parents": ["a1"]}
    store.write(
        [
            span_row("a1", start=NOW),
            span_row("a2", start=NOW + 2, **child),
            span_row("a3", start=NOW + 1, **scorer),
            span_row("b1", trace=OTHER_TRACE, start=NOW + 9, error="boom"),
            log_row("plain", metadata={"n": 1}),
        ]
    )
    return ["plain", "b1", "a3", "a2", "a1"]


def ids(client: Client, query: object, **body: object) -> list[str]:
    """Return the ids of the rows that a query finds."""
    status, answer = client.send("POST", "/btql", {"query": query, **body})
    assert status == 200, answer
    assert isinstance(answer, dict)
    return [row["id"] for row in answer["data"]]


def paged(client: Client, more: dict[str, Any]) -> list[list[str]]:
    """Return the ids on each page of two rows, following the cursors."""
    pages: list[list[str]] = []
    cursor = None
    while not pages or cursor is not None:
        query = tree(limit=2, cursor=cursor, **more)
        answer: Any = client.send("POST", "/btql", {"query": query})[1]
        pages.append([row["id"] for row in answer["data"]])
        cursor = answer["cursor"]
    return pages


def test_a_query_without_a_filter_finds_everything(client: Client, rows: list[str]) -> None:
    """Rows come whole, newest first, with what the store knows of them."""
    status, answer = client.send("POST", "/btql", {"query": tree()})

    assert status == 200
    assert isinstance(answer, dict)
    assert answer["cursor"] is None
    assert [row["id"] for row in answer["data"]] == rows
    assert answer["data"][1]["error"] == "boom"
    assert answer["data"][1]["is_root"] is True
    assert len(answer["data"][1]["_xact_id"]) == 19


def test_the_trace_of_a_scorer_is_found_without_scorers(client: Client, rows: list[str]) -> None:
    """The query that official scorers read their trace with is answered."""
    purpose = ident("span_attributes", "purpose")
    where = {
        "op": "and",
        "children": [
            {"op": "eq", "left": ident("root_span_id"), "right": literal(TRACE)},
            {
                "op": "or",
                "children": [
                    {"op": "isnull", "expr": purpose},
                    {"op": "ne", "left": purpose, "right": literal("scorer")},
                ],
            },
        ],
    }
    kinds = {"op": "in", "left": ident("span_attributes", "type"), "right": literal(["llm"])}

    assert ids(client, tree(filter=where)) == ["a2", "a1"]
    assert ids(client, tree(filter={"op": "and", "children": [where, kinds]})) == ["a2"]
    assert ids(client, tree(filter={"op": "and", "children": [where, literal(False)]})) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"select: span_id, id | {LOGS} | filter: root_span_id = '{TRACE}'", ["a3", "a2", "a1"]),
        (f"{LOGS} | filter: id = 'b1'", ["b1"]),
        (f"{LOGS} | filter: root_span_id = 'plain'", ["plain"]),
        (f"{LOGS} | filter: error is not null", ["b1"]),
        (f"{LOGS} | filter: metrics.end - metrics.start >= 1 and is_root", ["b1", "a1"]),
        (f"{LOGS} | sort: metrics.start desc | limit: 2", ["b1", "a2"]),
        (f"{LOGS} | sort: metrics.start", ["plain", "a1", "a3", "a2", "b1"]),
        (f"{LOGS} | sort: root_span_id desc, id asc", ["plain", "a1", "a2", "a3", "b1"]),
        (f"{LOGS} traces | filter: span_attributes.type = 'llm'", ["a3", "a2", "a1"]),
        (f"{LOGS} traces | limit: 2 | filter: is_root", ["b1", "a3", "a2", "a1"]),
        (f"{LOGS} traces | sort: metrics.start desc | limit: 1", ["b1"]),
        (f"{LOGS} | limit: 0", []),
        ("from: project_logs('nobody')", []),
        ("from: project_prompts('p')", []),
    ],
)
def test_queries_in_text_are_answered(
    client: Client, rows: list[str], query: str, found: list[str]
) -> None:
    """Filters, orders, limits and shapes do what they say."""
    assert ids(client, query) == found


def test_what_is_selected_is_all_that_comes(client: Client, rows: list[str]) -> None:
    """Columns are named by their path, or as the query says."""
    columns = "id, metrics.start, metrics.end - metrics.start as took"
    query = f"select: {columns} | {LOGS} | filter: error = 'boom'"

    assert client.send("POST", "/btql", {"query": query})[1] == {
        "data": [{"id": "b1", "metrics.start": NOW + 9, "took": 1.0}],
        "cursor": None,
    }


@pytest.mark.parametrize(
    "more", [{}, {"sort": [{"expr": ident("id"), "dir": "desc"}]}], ids=["newest first", "sorted"]
)
def test_pages_add_up(client: Client, rows: list[str], more: dict[str, Any]) -> None:
    """Each page's cursor asks for the next one, until there is none."""
    pages = paged(client, more)

    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(chain(*pages)) == sorted(rows)


def test_pages_of_traces_add_up(client: Client, rows: list[str]) -> None:
    """A page of traces holds whole traces; its limit and cursor count those."""
    source = {**tree()["from"], "shape": "traces"}
    first: Any = client.send("POST", "/btql", {"query": tree(limit=2, **{"from": source})})[1]
    rest: Any = client.send(
        "POST", "/btql", {"query": tree(limit=2, cursor=first["cursor"], **{"from": source})}
    )[1]

    assert [row["id"] for row in first["data"]] == ["plain", "b1"]
    assert [row["id"] for row in rest["data"]] == ["a3", "a2", "a1"]
    assert rest["cursor"] is None


def test_a_version_is_answered_as_long_as_nothing_changed(client: Client, store: Store) -> None:
    """The store keeps the newest state, so an older one is refused rather than made up."""
    xact = store.write([log_row("a")]).xact_id

    assert ids(client, tree(), version=xact) == ["a"]
    store.write([merge_row("a", input=1)])
    status, answer = client.send("POST", "/btql", {"query": tree(), "version": xact})

    assert status == 400
    assert "newest state only" in str(answer)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 5},
        {"query": "nonsense"},
        {"query": {}},
        {"query": tree("nothing")},
        {"query": tree(cursor="x")},
        {"query": tree(), "audit_log": True},
        {"query": tree(measures=[1])},
        {"query": tree(filter=5)},
        {"query": tree(), "version": "v1"},
        {"query": f"{LOGS} summary"},
    ],
)
def test_what_is_not_answered_is_said(client: Client, rows: list[str], body: object) -> None:
    """A query beyond what is known here is refused with a message."""
    status, answer = client.send("POST", "/btql", body)

    assert status == 400
    assert isinstance(answer, dict)
    assert answer["error"]


def test_audit_log_of_prompts_is_empty(client: Client) -> None:
    """Prompts have no versions here."""
    query = tree("project_prompts")

    assert ids(client, query, audit_log=True) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("table", "container"),
    [
        ("project_logs", {"project_id": PROJECT, "log_id": "g"}),
        ("experiment", {"experiment_id": EXPERIMENT, "project_id": PROJECT}),
        ("dataset", {"dataset_id": DATASET, "project_id": PROJECT}),
    ],
)
def test_containers_are_fetched_page_by_page(
    client: Client, store: Store, method: str, table: str, container: dict[str, str]
) -> None:
    """Logs, experiments and datasets are fetched in pages, by body or by query string."""
    store.write([{"id": "a", **container}, {"id": "b", **container}])
    object_id = next(iter(container.values()))
    path = f"/v1/{table}/{object_id}/fetch"

    def fetched(**asked: Any) -> Any:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        sent = (f"{path}?{query}", None) if method == "GET" else (path, asked)
        return client.send(method, *sent)[1]

    first = fetched(limit=1)
    second = fetched(limit=1, cursor=first["cursor"])

    assert [row["id"] for row in first["events"]] == ["b"]
    assert [row["id"] for row in second["events"]] == ["a"]
    assert second["cursor"] is None


def test_records_of_datasets_always_have_an_expected_value(client: Client, store: Store) -> None:
    """Readers fail on a record without the key."""
    rows = [
        {"id": "a", "dataset_id": DATASET},
        {"id": "b", "dataset_id": DATASET, "output": 1},
        {"id": "c", "dataset_id": DATASET, "expected": 2},
    ]
    store.write(rows)

    answer: Any = client.send("POST", f"/v1/dataset/{DATASET}/fetch", {})[1]

    assert [row["expected"] for row in answer["events"]] == [2, 1, None]


def test_filters_choose_rows(client: Client, rows: list[str]) -> None:
    """Each lookup has to meet its value; a lookup of null wants nothing there."""
    path = f"/v1/project_logs/{PROJECT}/fetch"
    lookup = {"type": "path_lookup", "path": ["span_attributes", "type"], "value": "llm"}
    none = {"type": "path_lookup", "path": ["span_id"], "value": None}

    chosen: Any = client.send("POST", path, {"filters": [lookup]})[1]
    nothing: Any = client.send("POST", path, {"filters": [lookup, none]})[1]

    assert [row["id"] for row in chosen["events"]] == ["a2"]
    assert nothing == {"events": [], "cursor": None}


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0},
        {"limit": "5"},
        {"cursor": "x"},
        {"cursor": 5},
        {"filters": 5},
        {"filters": [5]},
        {"filters": [{"type": "other"}]},
        {"filters": [{"type": "path_lookup", "path": 5}]},
        {"version": 5},
    ],
)
def test_fetching_refuses_what_makes_no_sense(client: Client, asked: dict[str, object]) -> None:
    """A malformed request to fetch is a clear message."""
    assert client.send("POST", f"/v1/project_logs/{PROJECT}/fetch", asked)[0] == 400


def test_fetching_knows_its_tables(client: Client) -> None:
    """What there is nothing to fetch from is not found."""
    assert client.send("POST", "/v1/prompt/p/fetch", {})[0] == 404
