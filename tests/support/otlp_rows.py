"""Rows as they are where spans arrive over OTLP, to be compared with those that were shipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

from braintrust_otel._model.containers import project_logs
from braintrust_otel.server.otlp.protobuf_format import read_protobuf
from braintrust_otel.server.otlp.rows import RowMaker
from braintrust_otel.server.store import memory_store

__all__ = ["comparable", "rows_over_otlp"]

# The server's own fields, which differ from store to store.
_OF_THE_SERVER = frozenset({"_xact_id", "project_id", "org_id", "_pagination_key"})


def rows_over_otlp(spans: Sequence[ReadableSpan], project: str) -> list[dict[str, Any]]:
    """Return the rows of *project* in a server that has received *spans*, by their start."""
    body = encode_spans(spans).SerializeToString()
    with closing(memory_store()) as store:
        store.write_spans(
            RowMaker(store, project_logs("elsewhere")).rows(read_protobuf(body).views)
        )
        (found,) = store.projects(project)
        rows = store.fetch(project_logs(project_id=found.id), None, 1_000).rows
    return sorted(rows, key=lambda row: row["metrics"]["start"])


def comparable(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return *rows* without what says which server has them."""
    return [
        {name: value for name, value in row.items() if name not in _OF_THE_SERVER} for row in rows
    ]
