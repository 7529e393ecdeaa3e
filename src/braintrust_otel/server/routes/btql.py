"""Queries in BTQL are answered from the store."""

from __future__ import annotations

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.btql.query import BtqlError, Query
from braintrust_otel.server.btql.running import run
from braintrust_otel.server.btql.text import read_text
from braintrust_otel.server.btql.tree import read_tree
from braintrust_otel.server.routes.calls import Call, Refusal, answer
from braintrust_otel.server.routes.fetching import check_version

__all__ = ["answer_query"]


def answer_query(call: Call) -> HttpResponse:
    """Answer a query, which comes as text or as a syntax tree.

    What BTQL can say beyond select, from, filter, sort, limit and cursor is refused, never left
    out.
    """
    asked = call.json_object()
    try:
        query = _query(asked.get("query"))
        if asked.get("audit_log") and query.container is not None:
            raise Refusal(400, "`audit_log` is not answered by the local server.")
        found = run(call.store, query)
    except BtqlError as error:
        raise Refusal(400, str(error)) from error
    if query.container is not None:
        check_version(found.rows, asked.get("version"))
    return answer({"data": found.rows, "cursor": found.cursor})


def _query(told: object) -> Query:
    if isinstance(told, str):
        return read_text(told)
    if isinstance(told, dict):
        return read_tree(told)
    raise Refusal(400, "`query` is neither a text nor a syntax tree (an object).")
