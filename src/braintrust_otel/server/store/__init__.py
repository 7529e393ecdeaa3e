"""The SQLite store behind the local server."""

from __future__ import annotations

from braintrust_otel.server.store.attachments import StoredAttachment
from braintrust_otel.server.store.changes import RowError
from braintrust_otel.server.store.failures import (
    StoreDamagedError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
)
from braintrust_otel.server.store.opening import memory_store, open_store
from braintrust_otel.server.store.projects import Project
from braintrust_otel.server.store.reading import Page, SpanOutline, TraceSummary
from braintrust_otel.server.store.searching import Hit
from braintrust_otel.server.store.store import Store, Written

__all__ = [
    "Hit",
    "Page",
    "Project",
    "RowError",
    "SpanOutline",
    "Store",
    "StoreDamagedError",
    "StoreFullError",
    "StoreLockedError",
    "StoreReadOnlyError",
    "StoredAttachment",
    "TraceSummary",
    "Written",
    "memory_store",
    "open_store",
]
