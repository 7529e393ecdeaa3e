"""Where rows belong (containers), and what a new span belongs under (parents)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

__all__ = [
    "DEFAULT_OTEL_PROJECT",
    "ROUTING_KEYS",
    "Container",
    "ContainerKind",
    "Parent",
    "Relay",
    "format_container",
    "parse_container",
    "project_logs",
    "routed_container",
    "routing_fields",
]

DEFAULT_OTEL_PROJECT = "default-otel-project"
"""Project for OpenTelemetry spans that nothing routes elsewhere."""


class ContainerKind(IntEnum):
    """What a container is; the first three numbers are those of exported slugs."""

    EXPERIMENT = 1
    PROJECT_LOGS = 2
    PLAYGROUND_LOGS = 3
    DATASET = 4

    __hash__ = int.__hash__


class Container(NamedTuple):
    """What rows belong to. A tuple, because it is hashed several times for each row.

    Attributes:
        kind: Project logs, experiment, playground logs or dataset.
        id: The server's id, or None while only the name is known.
        name: The project's name. Only project logs can be known by name alone.
        group: Project group in which a project that does not exist yet is created.
    """

    kind: ContainerKind
    id: str | None = None
    name: str | None = None
    group: str | None = None


class Relay(NamedTuple):
    """What came with a parent in W3C trace headers, to be handed on by all spans below it.

    Attributes:
        flags: Trace flags: one byte, whose lowest bit says whether the sender samples.
        tracestate: Whole header; "" for none.
        baggage: Whole header; "" for none.
    """

    flags: int
    tracestate: str = ""
    baggage: str = ""


@dataclass(frozen=True, slots=True)
class Parent:
    """What a new span goes under: a container, and perhaps a span in it.

    Attributes:
        container: Where the rows go.
        row_id: Row id of the parent span; given together with both span ids, or not at all.
        span_id: Parent span; becomes the only entry of ``span_parents``.
        root_span_id: Root of the trace that the new span joins.
        propagated_event: Fields that every descendant's row inherits.
        relay: What is handed on to other services; None unless the parent came in W3C headers.
    """

    container: Container
    row_id: str | None = None
    span_id: str | None = None
    root_span_id: str | None = None
    propagated_event: Mapping[str, object] | None = None
    relay: Relay | None = None


_PREFIXES = {
    "project_id": ContainerKind.PROJECT_LOGS,
    "experiment_id": ContainerKind.EXPERIMENT,
    "playground_id": ContainerKind.PLAYGROUND_LOGS,
}
_ROUTES: dict[ContainerKind, tuple[str, str | None]] = {
    ContainerKind.EXPERIMENT: ("experiment_id", None),
    ContainerKind.DATASET: ("dataset_id", None),
    ContainerKind.PLAYGROUND_LOGS: ("prompt_session_id", "x"),
    # Last, because rows of the other kinds may name the project as well.
    ContainerKind.PROJECT_LOGS: ("project_id", "g"),
}
ROUTING_KEYS = frozenset({"log_id", *(key for key, _ in _ROUTES.values())})
"""The keys of a row that say where it belongs."""

_ID_PREFIX = {kind: prefix for prefix, kind in _PREFIXES.items()}


def project_logs(name: str | None = None, project_id: str | None = None) -> Container:
    """Return the container for a project's logs, known by name, by id, or by both."""
    return Container(ContainerKind.PROJECT_LOGS, id=project_id, name=name)


def parse_container(text: str) -> Container | None:
    """Read a parent attribute (``project_name:demo``, ``project_id:…``, ``experiment_id:…``).

    Returns:
        The container, or None when *text* has none of the known forms.
    """
    prefix, separator, value = text.partition(":")
    if not separator or not value:
        return None
    if prefix == "project_name":
        return project_logs(value)
    kind = _PREFIXES.get(prefix)
    return None if kind is None else Container(kind, id=value)


def format_container(container: Container) -> str | None:
    """Write *container* as a parent attribute; None when that form cannot name it."""
    if container.id:
        prefix = _ID_PREFIX.get(container.kind)
        return None if prefix is None else f"{prefix}:{container.id}"
    if container.kind is ContainerKind.PROJECT_LOGS and container.name:
        return f"project_name:{container.name}"
    return None


def routing_fields(container: Container) -> dict[str, str]:
    """Return the row keys that send a row to *container*, whose id must be known.

    Raises:
        ValueError: The container's id is not known yet.
    """
    if not container.id:
        raise ValueError(f"The id of {container.kind.name.lower()} {container.name!r} is unknown.")
    key, log_id = _ROUTES[container.kind]
    return {key: container.id} if log_id is None else {key: container.id, "log_id": log_id}


def routed_container(fields: Mapping[str, object]) -> Container | None:
    """Return the container that a row's routing fields name, or None if they name none."""
    for kind, (key, _) in _ROUTES.items():
        object_id = fields.get(key)
        if isinstance(object_id, str) and object_id:
            return Container(kind, id=object_id)
    return None
