"""The binary layouts of slugs, one for each version: bytes to members.

After base64 (numbers are lengths in bytes; text is UTF-8)::

    version  layout
    4, 3     version 1, container kind 1, n 1, n entries of (field 1, value), JSON object or nothing
    2        version 1, kind 1, flags 4 (object id, lookup, row, row id is a UUID), object id 16,
             lookup (big-endian length 4, JSON object), span id 16, root span id 16, row id (rest)
    1        version 1, kind 1, flags 2 (row, row id is a UUID), object id 16,
             span id 16, root span id 16, row id (rest)

The fields are 1 object id, 2 row id, 3 span id, 4 root span id. In version 4 a span id takes 8
bytes and the others 16, and they come back as plain hex; in version 3 every value is a UUID of 16
bytes and comes back dashed. What is not binary is a member of the JSON object. In versions 2 and 1
each flag is 0 or 1 and what it denies takes no bytes; a row id that is no UUID is plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from braintrust_otel import _json
from braintrust_otel.errors import SlugError

__all__ = ["LOOKUP", "VERSION", "Members", "read_members", "wrong"]

VERSION: Final = 4
"""The version that is written."""

LOOKUP: Final = "compute_object_metadata_args"
"""Names the project while its id is unknown."""

Members = dict[str, object]

_OLDEST: Final = 1
_FIELDS: Final = {1: "object_id", 2: "row_id", 3: "span_id", 4: "root_span_id"}
_SIZES: Final = {1: 16, 2: 16, 3: 8, 4: 16}
_UUID_BYTES: Final = 16
_LENGTH_BYTES: Final = 4


def read_members(record: bytes) -> tuple[int, Members]:
    """Return the kind of container and the members that the bytes of a slug hold.

    Raises:
        SlugError: The bytes are none of the known layouts.
    """
    data = _Reader(record)
    version = data.byte("the version")
    decode = _DECODERS.get(version)
    if decode is None:
        raise wrong(f"its version is {version}, and versions {_OLDEST} to {VERSION} can be read")
    kind = data.byte("the container kind")
    if kind not in _KINDS[version]:
        raise wrong(f"it names an unknown kind of container ({kind})")
    return kind, decode(data)


def wrong(problem: str) -> SlugError:
    """Return the error that says what is wrong with a slug."""
    return SlugError(
        f"The slug could not be read: {problem}. Pass on unchanged what export() returned."
    )


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
            raise wrong(f"it ends in the middle of {what}")
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
            raise wrong(f"{what} is {value} instead of 0 or 1")
        return value == 1

    def rest(self) -> bytes:
        """Return everything that was not read yet."""
        chunk = self._data[self._at :]
        self._at = len(self._data)
        return chunk


def _decode_v4(data: _Reader) -> Members:
    return _decode_entries(data, lambda field, name: data.take(_SIZES[field], name).hex())


def _decode_v3(data: _Reader) -> Members:
    return _decode_entries(data, lambda _field, name: data.uuid(name))


def _decode_entries(data: _Reader, read: Callable[[int, str], str]) -> Members:
    binary: Members = {}
    for _ in range(data.byte("the number of entries")):
        field = data.byte("an entry")
        name = _FIELDS.get(field)
        if name is None:
            raise wrong(f"it holds an unknown entry ({field})")
        binary[name] = read(field, name)
    tail = data.rest()
    return {**_json_object(tail, "its JSON part"), **binary} if tail else binary


def _decode_v2(data: _Reader) -> Members:
    has_object = data.flag("the object id flag")
    has_lookup = data.flag("the lookup flag")
    has_row = data.flag("the row flag")
    is_row_uuid = data.flag("the row id flag")
    members: Members = {}
    if has_object:
        members["object_id"] = data.uuid("object_id")
    if has_lookup:
        length = int.from_bytes(data.take(_LENGTH_BYTES, "the lookup's length"), "big")
        members[LOOKUP] = _json_object(data.take(length, "the lookup"), "its lookup")
    return members | _old_row(data, is_row_uuid=is_row_uuid) if has_row else members


def _decode_v1(data: _Reader) -> Members:
    has_row = data.flag("the row flag")
    is_row_uuid = data.flag("the row id flag")
    members: Members = {"object_id": data.uuid("object_id")}
    return members | _old_row(data, is_row_uuid=is_row_uuid) if has_row else members


def _old_row(data: _Reader, *, is_row_uuid: bool) -> Members:
    span_id, root_span_id = data.uuid("span_id"), data.uuid("root_span_id")
    row_id = data.uuid("row_id") if is_row_uuid else _text(data.rest(), "its row id")
    return {"row_id": row_id, "span_id": span_id, "root_span_id": root_span_id}


_DECODERS: Final = {1: _decode_v1, 2: _decode_v2, 3: _decode_v3, 4: _decode_v4}
_KINDS: Final = {1: (1, 2), 2: (1, 2), 3: (1, 2, 3), 4: (1, 2, 3)}


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(f"{what} is no UTF-8 text") from error


def _json_object(data: bytes, what: str) -> Members:
    try:
        value = _json.loads(data)
    except ValueError as error:
        raise wrong(f"{what} cannot be parsed") from error
    if not isinstance(value, dict):
        raise wrong(f"{what} is no object")
    return dict(value)
