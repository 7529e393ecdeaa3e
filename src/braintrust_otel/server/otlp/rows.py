"""Turns received spans into the rows that the exporter would have shipped for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from braintrust_otel._json import dumps, loads
from braintrust_otel._mapping.convert import span_row
from braintrust_otel._mapping.media import media_extractor
from braintrust_otel._mapping.view import SpanView
from braintrust_otel._model.attachments import Uploadable, uploads_in
from braintrust_otel._model.containers import Container, ContainerKind, routing_fields
from braintrust_otel._model.rows import Row
from braintrust_otel.server.store import Store

__all__ = ["RowMaker"]

_MAX_SECRET = 64


class RowMaker:
    """Makes rows of spans for one request.

    Args:
        store: Knows the projects; the attachments of rows are put into it.
        container: Where spans go that do not say it themselves.
    """

    def __init__(self, store: Store, container: Container) -> None:
        self._store = store
        self._container = container
        self._homes: dict[Container, Container] = {}
        self._extract: Callable[[Row], Row] = media_extractor(store.signing_secret()[:_MAX_SECRET])

    def rows(self, views: Iterable[SpanView]) -> list[dict[str, Any]]:
        """Return the rows of *views* as they are stored; attachments in them are stored now."""
        return [self._stored(view) for view in views]

    def _stored(self, view: SpanView) -> dict[str, Any]:
        row = self._extract(span_row(view, None, None, self._container))
        for attachment in uploads_in(row.fields):
            self._keep(attachment)
        fields = {**row.fields, "id": row.id, **routing_fields(self._home(row.container))}
        return cast("dict[str, Any]", loads(dumps(fields)))

    def _keep(self, attachment: Uploadable) -> None:
        kept = self._store.attachments
        if kept.find(attachment.key) is None:
            kept.save(
                attachment.key, attachment.filename, attachment.content_type, attachment.open()
            )

    def _home(self, container: Container) -> Container:
        """Return *container* with its id; a project that is known by name only is made."""
        home = self._homes.get(container)
        if home is None:
            home = container
            if not container.id:
                project = self._store.ensure_project(container.name or "")
                home = Container(ContainerKind.PROJECT_LOGS, id=project.id)
            self._homes[container] = home
        return home
