"""Slugs: a parent written as one opaque string, to be handed to another process.

A slug is the standard base64, padding included, of a binary record. Version 4 is written, versions
1 to 4 are read::

    version  layout after base64 (numbers are bytes; text is UTF-8)
    4, 3     version 1, container kind 1, n 1, n entries of (field 1, value), JSON object or nothing
    2        version 1, kind 1, flags 4 (object id, lookup, row, row id is a UUID), object id 16,
             lookup (big-endian length 4, JSON object), span id 16, root span id 16, row id (rest)
    1        version 1, kind 1, flags 2 (row, row id is a UUID), object id 16,
             span id 16, root span id 16, row id (rest)

The fields are 1 object id, 2 row id, 3 span id, 4 root span id. In version 4 only the span ids are
written as binary, and only if they are 16 and 32 hex digits; their values come back as plain hex.
In version 3 every value is a UUID of 16 bytes and comes back dashed. What is not binary, and the
lookup (``compute_object_metadata_args``, for a project known by name alone) and the propagated
event, are members of the JSON object. In versions 2 and 1 each flag is 0 or 1 and what it denies
takes no bytes; a row id that is no UUID is plain text.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from braintrust_otel import _json
from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel.errors import SlugError

__all__ = ["decode_slug", "encode_slug"]

VERSION: Final = 4
_OLDEST: Final = 1
_LOOKUP: Final = "compute_object_metadata_args"
_FIELDS: Final = {1: "object_id", 2: "row_id", 3: "span_id", 4: "root_span_id"}
_HEX_LENGTHS: Final = ((3, "span_id", 16), (4, "root_span_id", 32))
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_UUID_BYTES: Final = 16
_LENGTH_BYTES: Final = 4

_Members = dict[str, object]


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
    if members:
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
    data = _Reader(_unwrap(slug))
    version = data.byte("the version")
    decode = _DECODERS.get(version)
    if decode is None:
        raise _wrong(f"its version is {version}, and versions {_OLDEST} to {VERSION} can be read")
    kind = data.byte("the container kind")
    if kind not in _KINDS[version]:
        raise _wrong(f"it names an unknown kind of container ({kind})")
    members = decode(data)
    return _parent(ContainerKind(kind), members)


class _Reader:
    """Reads a slug's bytes in order; what is missing is an error that names it."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int, what: str) -> bytes:
        """Return the next *count* bytes."""
        chunk = self._data[self._at : self._at + count]
        if len(chunk) < count:
            raise _wrong(f"it ends in the middle of {what}")
        self._at += count
        return chunk

    def byte(self, what: str) -> int:
        """Return the next byte as a number."""
        return self.take(1, what)[0]

    def uuid(self, what: str) -> str:
        """Return the next 16 bytes as a dashed UUID."""
        return str(UUID(bytes=self.take(_UUID_BYTES, what)))

    def flag(self, what: str) -> bool:
        """Return the next byte as a truth value."""
        value = self.byte(what)
        if value not in (0, 1):
            raise _wrong(f"{what} is {value} instead of 0 or 1")
        return value == 1

    def rest(self) -> bytes:
        """Return everything that was not read yet."""
        chunk = self._data[self._at :]
        self._at = len(self._data)
        return chunk


def _decode_v4(data: _Reader) -> _Members:
    sizes = {1: 16, 2: 16, 3: 8, 4: 16}
    return _decode_entries(data, lambda field, name: data.take(sizes[field], name).hex())


def _decode_v3(data: _Reader) -> _Members:
    return _decode_entries(data, lambda _field, name: data.uuid(name))


def _decode_entries(data: _Reader, read: Callable[[int, str], str]) -> _Members:
    binary: _Members = {}
    for _ in range(data.byte("the number of entries")):
        field = data.byte("an entry")
        name = _FIELDS.get(field)
        if name is None:
            raise _wrong(f"it holds an unknown entry ({field})")
        binary[name] = read(field, name)
    tail = data.rest()
    return {**_json_object(tail, "its JSON part"), **binary} if tail else binary


def _decode_v2(data: _Reader) -> _Members:
    has_object = data.flag("the object id flag")
    has_lookup = data.flag("the lookup flag")
    has_row = data.flag("the row flag")
    is_row_uuid = data.flag("the row id flag")
    members: _Members = {}
    if has_object:
        members["object_id"] = data.uuid("object_id")
    if has_lookup:
        length = int.from_bytes(data.take(_LENGTH_BYTES, "the lookup's length"), "big")
        members[_LOOKUP] = _json_object(data.take(length, "the lookup"), "its lookup")
    return members | _old_row(data, is_row_uuid=is_row_uuid) if has_row else members


def _decode_v1(data: _Reader) -> _Members:
    has_row = data.flag("the row flag")
    is_row_uuid = data.flag("the row id flag")
    members: _Members = {"object_id": data.uuid("object_id")}
    return members | _old_row(data, is_row_uuid=is_row_uuid) if has_row else members


def _old_row(data: _Reader, *, is_row_uuid: bool) -> _Members:
    span_id, root_span_id = data.uuid("span_id"), data.uuid("root_span_id")
    row_id = data.uuid("row_id") if is_row_uuid else _text(data.rest(), "its row id")
    return {"row_id": row_id, "span_id": span_id, "root_span_id": root_span_id}


_DECODERS: Final = {1: _decode_v1, 2: _decode_v2, 3: _decode_v3, 4: _decode_v4}
_KINDS: Final = {1: (1, 2), 2: (1, 2), 3: (1, 2, 3), 4: (1, 2, 3)}


def _unwrap(slug: str) -> bytes:
    if not slug:
        raise _wrong("it is empty")
    try:
        return binascii.a2b_base64(slug.encode("utf-8", "replace"))
    except binascii.Error as error:
        raise _wrong(f"it is no base64 text ({error})") from error


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(f"{what} is no UTF-8 text") from error


def _json_object(data: bytes, what: str) -> _Members:
    try:
        value = _json.loads(data)
    except ValueError as error:
        raise _wrong(f"{what} cannot be parsed") from error
    if not isinstance(value, dict):
        raise _wrong(f"{what} is no object")
    return dict(value)


def _parent(kind: ContainerKind, members: _Members) -> Parent:
    parent = Parent(
        _container(kind, members),
        row_id=_string(members, "row_id"),
        span_id=_string(members, "span_id"),
        root_span_id=_string(members, "root_span_id"),
        propagated_event=_object(members, "propagated_event"),
    )
    if problem := _row_problem(parent):
        raise _wrong(f"it gives {problem}")
    return parent


def _container(kind: ContainerKind, members: _Members) -> Container:
    object_id, lookup = _string(members, "object_id"), _object(members, _LOOKUP)
    if object_id and lookup:
        raise _wrong("it gives both an id and a lookup for its container")
    if object_id:
        return Container(kind, id=object_id)
    if lookup is None:
        raise _wrong("it gives neither an id nor a lookup for its container")
    if kind is not ContainerKind.PROJECT_LOGS:
        raise _wrong("it gives a lookup for a container that only an id can name")
    container = Container(
        kind,
        id=_string(lookup, "project_id"),
        name=_string(lookup, "project_name"),
        group=_string(lookup, "project_group_name"),
    )
    if not (container.id or container.name):
        raise _wrong("its lookup names no project")
    return container


def _string(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise _wrong(f"its {name} is no text")
    return value or None


def _object(members: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        raise _wrong(f"its {name} is no object")
    return value or None


def _row_problem(parent: Parent) -> str | None:
    ids = {"row_id": parent.row_id, "span_id": parent.span_id, "root_span_id": parent.root_span_id}
    missing = [name for name, value in ids.items() if not value]
    if len(missing) in (0, len(ids)):
        return None
    given = " and ".join(name for name in ids if name not in missing)
    return f"{given} without {' and '.join(missing)}"


def _members(parent: Parent) -> _Members:
    container = parent.container
    what = f"A parent in {container.kind.name.lower()} {container.id or container.name or ''!r}"
    if container.kind is ContainerKind.DATASET:
        raise SlugError(f"{what} cannot be exported: a dataset holds records, not spans.")
    if problem := _row_problem(parent):
        raise SlugError(f"{what} cannot be exported: it has {problem}.")
    members: _Members = {
        _LOOKUP: None if container.id else _lookup(container, what),
        "propagated_event": _plain(parent.propagated_event),
        "object_id": container.id,
        "row_id": parent.row_id,
        "span_id": parent.span_id,
        "root_span_id": parent.root_span_id,
    }
    return {name: value for name, value in members.items() if value}


def _lookup(container: Container, what: str) -> _Members:
    if container.kind is not ContainerKind.PROJECT_LOGS or not container.name:
        raise SlugError(f"{what} cannot be exported before its container has an id.")
    lookup: _Members = {"project_name": container.name, "project_id": None}
    return lookup | ({"project_group_name": container.group} if container.group else {})


def _plain(event: Mapping[str, object] | None) -> object:
    return _json.decode(_json.encode(event)) if event else None


def _wrong(problem: str) -> SlugError:
    return SlugError(
        f"The slug could not be read: {problem}. Pass on unchanged what export() returned."
    )
