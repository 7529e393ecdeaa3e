"""Rows go out, page by page."""

from __future__ import annotations

from typing import Any

from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Call, Refusal, answer

__all__ = ["fetch_project_logs"]

_DEFAULT_LIMIT = 1000
_MAX_LIMIT = 10_000
_MAX_DIGITS = 18


def fetch_project_logs(call: Call) -> HttpResponse:
    """Answer with the rows of a project's logs, newest first.

    ``limit`` bounds the rows of a page; a page of large rows ends earlier. The ``cursor`` of the
    answer asks for the next page, and is null after the last one.
    """
    asked = call.json_object() if call.body else {}
    page = call.store.fetch(
        project_logs(project_id=call.params["project_id"]), _cursor(asked), _limit(asked)
    )
    cursor = None if page.cursor is None else str(page.cursor)
    return answer({"events": page.rows, "cursor": cursor})


def _limit(asked: dict[str, Any]) -> int:
    limit = asked.get("limit")
    if limit is None:
        return _DEFAULT_LIMIT
    if isinstance(limit, bool) or not isinstance(limit, int) or limit <= 0:
        raise Refusal(400, "`limit` is no positive integer.")
    return min(limit, _MAX_LIMIT)


def _cursor(asked: dict[str, Any]) -> int | None:
    cursor = asked.get("cursor")
    if cursor is None or cursor == "":
        return None
    if not isinstance(cursor, str) or not cursor.isdecimal() or len(cursor) > _MAX_DIGITS:
        raise Refusal(400, "`cursor` is none that an earlier page answered with.")
    return int(cursor)
