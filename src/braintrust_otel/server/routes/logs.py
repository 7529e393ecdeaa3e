"""Rows come in: ``/logs3``, directly or by way of an upload."""

from __future__ import annotations

from typing import Any

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Call, Refusal, answer, json_object
from braintrust_otel.server.store import RowError

__all__ = ["receive_rows"]

_OVERFLOW = "logs3_overflow"


def receive_rows(call: Call) -> HttpResponse:
    """Store the request's rows, all or none, and answer once they are durable.

    ``rows`` is an array of rows, or an object that names a body uploaded before.
    """
    rows = call.json_object().get("rows")
    if isinstance(rows, dict):
        rows = _uploaded_rows(call, rows)
    if not isinstance(rows, list):
        raise Refusal(400, "`rows` is missing, or is neither an array nor an overflow object.")
    try:
        written = call.store.write(rows)
    except RowError as error:
        raise Refusal(400, str(error)) from error
    return answer({"ids": written.ids, "xact_id": written.xact_id})


def _uploaded_rows(call: Call, reference: dict[str, Any]) -> object:
    key = reference.get("key")
    if reference.get("type") != _OVERFLOW or not isinstance(key, str):
        raise Refusal(400, f"`rows` is an object, but no {_OVERFLOW} with a `key`.")
    body = call.store.upload(key)
    if body is None:
        raise Refusal(400, "The upload that `rows` names was not received, or is too old.")
    return json_object(body).get("rows")
