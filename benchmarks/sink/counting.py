"""What arrived at the sink, decoded only when somebody asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

__all__ = ["Ledger"]


@dataclass(slots=True)
class Span:
    """A span as it arrived: official senders write one in several parts."""

    name: str = ""
    parents: list[str] = field(default_factory=list)


class Ledger:
    """Keeps request bodies, or only counts their rows. Safe in every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bodies: list[tuple[bool, bytes]] = []
        self._counted = 0
        self.keeps_bodies = True

    def add(self, body: bytes, *, is_otlp: bool) -> None:
        """Note one request."""
        if self.keeps_bodies:
            with self._lock:
                self._bodies.append((is_otlp, body))
        else:
            found = body.count(b'"span_id":')
            with self._lock:
                self._counted += found

    def take(self) -> dict[str, int]:
        """Return what arrived since the last time, and forget it.

        A span whose name is a path, ``3/1/2``, belongs under the one called ``3/1``; one whose name
        holds no slash is a root.
        """
        with self._lock:
            bodies, self._bodies = self._bodies, []
            counted, self._counted = self._counted, 0
        spans: dict[str, Span] = {}
        for is_otlp, body in bodies:
            (_add_otlp if is_otlp else _add_rows)(spans, body)
        return {
            "requests": len(bodies),
            "bytes": sum(len(body) for _, body in bodies),
            "spans": len(spans) + counted,
            "wrong_parents": sum(not _is_placed(span, spans) for span in spans.values()),
        }


def _is_placed(span: Span, spans: dict[str, Span]) -> bool:
    above = span.name.rpartition("/")[0]
    if not above:
        return not span.parents
    return [spans[parent].name for parent in span.parents if parent in spans] == [above]


def _add_rows(spans: dict[str, Span], body: bytes) -> None:
    for row in orjson.loads(body)["rows"]:
        if "span_id" not in row:
            continue
        span = spans.setdefault(row["span_id"], Span())
        attributes: dict[str, Any] = row.get("span_attributes") or {}
        span.name = attributes.get("name") or span.name
        span.parents = row.get("span_parents") or span.parents


def _add_otlp(spans: dict[str, Span], body: bytes) -> None:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                above = [span.parent_span_id.hex()] if span.parent_span_id else []
                spans[span.span_id.hex()] = Span(span.name, above)
