"""Exported parents with their parts laid open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from braintrust_otel._model.containers import (
    Container,
    ContainerKind,
    Parent,
    routing_fields,
)
from braintrust_otel._model.slugs import decode_slug, encode_slug, slug_version
from braintrust_otel._runtime import root
from braintrust_otel.errors import SlugError

__all__ = [
    "SpanComponentsV4",
    "SpanObjectTypeV3",
    "components_of",
    "parent_of",
    "span_components_to_object_id",
]


class SpanObjectTypeV3(Enum):
    """The kinds of containers that spans can be in."""

    EXPERIMENT = 1
    PROJECT_LOGS = 2
    PLAYGROUND_LOGS = 3


@dataclass
class SpanComponentsV4:
    """What a slug says: a container, and perhaps a span in it.

    Attributes:
        object_type: Kind of the container.
        object_id: The container's id; or else
        compute_object_metadata_args: ``project_name`` of a project whose id is not known yet.
        row_id: The span's row, given together with both span ids or not at all.
        span_id: The span.
        root_span_id: Its trace.
        propagated_event: Fields that the span's descendants inherit.

    Raises:
        ValueError: The container has both an id and lookup arguments or neither, or some of the
            three ids are given without the others.
    """

    object_type: SpanObjectTypeV3
    object_id: str | None = None
    compute_object_metadata_args: dict[str, Any] | None = None
    row_id: str | None = None
    span_id: str | None = None
    root_span_id: str | None = None
    propagated_event: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if bool(self.object_id) == bool(self.compute_object_metadata_args):
            raise ValueError(
                "A container is named by object_id or by compute_object_metadata_args: give "
                "exactly one of them."
            )
        ids = (self.row_id, self.span_id, self.root_span_id)
        if any(ids) and not all(ids):
            raise ValueError("row_id, span_id and root_span_id belong together: give all or none.")

    @classmethod
    def from_str(cls, s: str) -> SpanComponentsV4:
        """Read what ``export()`` returned.

        Raises:
            SlugError: *s* is not such a text.
        """
        return components_of(decode_slug(s))

    @staticmethod
    def get_version(slug: str) -> int:
        """Return the version in which *slug* is written.

        Raises:
            SlugError: *slug* is not what ``export()`` returned.
        """
        return slug_version(slug)

    def to_str(self) -> str:
        """Write a slug, to be given as ``parent=`` elsewhere."""
        return encode_slug(parent_of(self))

    def export(self) -> str:
        """Write a slug; the same as ``to_str``."""
        return self.to_str()

    def object_id_fields(self) -> dict[str, str]:
        """Return the row fields that name the container.

        Raises:
            ValueError: The container's id is not known.
        """
        return routing_fields(parent_of(self).container)


def components_of(parent: Parent) -> SpanComponentsV4:
    """Lay the parts of *parent* open."""
    container = parent.container
    lookup = None
    if not container.id:
        lookup = {"project_name": container.name, "project_id": None}
    return SpanComponentsV4(
        SpanObjectTypeV3(int(container.kind)),
        container.id,
        lookup,
        parent.row_id,
        parent.span_id,
        parent.root_span_id,
        None if parent.propagated_event is None else dict(parent.propagated_event),
    )


def parent_of(components: SpanComponentsV4) -> Parent:
    """Put *components* together again."""
    lookup: Mapping[str, Any] = components.compute_object_metadata_args or {}
    return Parent(
        Container(
            ContainerKind(components.object_type.value),
            id=components.object_id or lookup.get("project_id"),
            name=lookup.get("project_name"),
            group=lookup.get("project_group_name"),
        ),
        components.row_id,
        components.span_id,
        components.root_span_id,
        components.propagated_event,
    )


def span_components_to_object_id(components: SpanComponentsV4) -> str:
    """Return the id of the container in *components*; a project's is looked up if need be.

    Raises:
        SlugError: The container cannot be looked up: only projects are known by name.
        SendError: The project cannot be looked up now. Not being logged in is a ``LoginError``.
    """
    container = parent_of(components).container
    if container.id:
        return container.id
    if container.kind is not ContainerKind.PROJECT_LOGS:
        raise SlugError(
            f"The id of {container.kind.name.lower()} cannot be looked up: only projects are "
            "known by name."
        )
    return root.pipeline().wire.registrar.project(container).id
