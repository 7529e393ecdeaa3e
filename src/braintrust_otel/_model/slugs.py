"""Slugs: a parent written as one opaque string, to be handed to another process.

A slug is the standard base64, padding included, of a binary record. Version 4 is written, versions
1 to 4 are read.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Mapping
from typing import Final

from braintrust_otel import _json
from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.slug_layouts import LOOKUP, VERSION, Members, read_members, wrong
from braintrust_otel.errors import SlugError

__all__ = ["decode_slug", "encode_slug", "slug_version"]

_HEX_LENGTHS: Final = ((3, "span_id", 16), (4, "root_span_id", 32))
_HEX: Final = re.compile(r"[0-9a-fA-F]+")


def encode_slug(parent: Parent) -> str:
    """Write *parent* as a slug of version 4.

    Raises:
        SlugError: A dataset is no parent, the container has neither id nor name, or some of row
            id, span id and root span id are given without the others.
    """
    members = _members(parent)
    body = bytearray((VERSION, parent.container.kind, 0))
    for field, name, digits in _HEX_LENGTHS:
        value = members.get(name)
        if isinstance(value, str) and len(value) == digits and _HEX.fullmatch(value):
            body[2] += 1
            body.append(field)
            body += bytes.fromhex(value)
            del members[name]
    body += json.dumps(members, separators=(",", ":")).encode("ascii")
    return binascii.b2a_base64(body, newline=False).decode("ascii")


def decode_slug(slug: str) -> Parent:
    """Read a slug of any version.

    Characters outside the base64 alphabet are skipped, as Python's decoder does; missing padding
    is an error.

    Raises:
        SlugError: *slug* is no slug; the message says what is wrong with it. That includes the
            empty string, which spans that log nothing export: callers take it for "no parent".
    """
    kind, members = read_members(_unwrap(slug))
    return _parent(ContainerKind(kind), members)


def slug_version(slug: str) -> int:
    """Return the version in which *slug* is written.

    Raises:
        SlugError: *slug* is no slug.
    """
    record = _unwrap(slug)
    if not record:
        raise wrong("it is empty")
    return record[0]


def _unwrap(slug: str) -> bytes:
    if not slug:
        raise wrong("it is empty")
    try:
        return binascii.a2b_base64(slug.encode("utf-8", "replace"))
    except binascii.Error as error:
        raise wrong(f"it is no base64 text ({error})") from error


def _parent(kind: ContainerKind, members: Members) -> Parent:
    parent = Parent(
        _container(kind, members),
        row_id=_string(members, "row_id"),
        span_id=_string(members, "span_id"),
        root_span_id=_string(members, "root_span_id"),
        propagated_event=_object(members, "propagated_event"),
    )
    if problem := _row_problem(parent):
        raise wrong(f"it gives {problem}")
    return parent


def _container(kind: ContainerKind, members: Members) -> Container:
    object_id, lookup = _string(members, "object_id"), _object(members, LOOKUP)
    if object_id and lookup:
        raise wrong("it gives both an id and a lookup for its container")
    if object_id:
        return Container(kind, id=object_id)
    if lookup is None:
        raise wrong("it gives neither an id nor a lookup for its container")
    if kind is not ContainerKind.PROJECT_LOGS:
        raise wrong("it gives a lookup for a container that only an id can name")
    container = Container(
        kind,
        id=_string(lookup, "project_id"),
        name=_string(lookup, "project_name"),
        group=_string(lookup, "project_group_name"),
    )
    if not (container.id or container.name):
        raise wrong("its lookup names no project")
    return container


def _string(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong(f"its {name} is no text")
    return value or None


def _object(members: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong(f"its {name} is no object")
    return value or None


def _row_problem(parent: Parent) -> str | None:
    ids = {"row_id": parent.row_id, "span_id": parent.span_id, "root_span_id": parent.root_span_id}
    missing = [name for name, value in ids.items() if not value]
    if len(missing) in (0, len(ids)):
        return None
    given = " and ".join(name for name in ids if name not in missing)
    return f"{given} without {' and '.join(missing)}"


def _members(parent: Parent) -> Members:
    container = parent.container
    what = f"A parent in {container.kind.name.lower()} {container.id or container.name or ''!r}"
    if container.kind is ContainerKind.DATASET:
        raise SlugError(f"{what} cannot be exported: a dataset holds records, not spans.")
    if problem := _row_problem(parent):
        raise SlugError(f"{what} cannot be exported: it has {problem}.")
    members: Members = {
        LOOKUP: None if container.id else _lookup(container, what),
        "propagated_event": _plain(parent.propagated_event),
        "object_id": container.id,
        "row_id": parent.row_id,
        "span_id": parent.span_id,
        "root_span_id": parent.root_span_id,
    }
    return {name: value for name, value in members.items() if value}


def _lookup(container: Container, what: str) -> Members:
    if container.kind is not ContainerKind.PROJECT_LOGS or not container.name:
        raise SlugError(f"{what} cannot be exported before its container has an id.")
    lookup: Members = {"project_name": container.name, "project_id": None}
    return lookup | ({"project_group_name": container.group} if container.group else {})


def _plain(event: Mapping[str, object] | None) -> object:
    return _json.decode(_json.encode(event)) if event else None
