"""Applies the user's masking function to a row, so that nothing unmasked can leave.

The function is given whole field values, decoded and its own to change. What it returns is taken
only if the field can hold it. When it fails, or returns what the field cannot hold, the value is
replaced by a text that names the field and the kind of error, and by nothing else.

What feedback says in words is masked as well: its comment, and its metadata, which rows carry as
``_audit_metadata``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Final

from braintrust_otel._json import Encoded, decode, dumps, encode
from braintrust_otel._model.attachments import markers_in, sealed
from braintrust_otel._model.rows import Row

__all__ = ["FIELDS", "FIELDS_AND_ERROR", "Mask", "mask_row"]

Mask = Callable[[object], object]
"""Takes the plain value of one field, returns what may be shown of it."""

FIELDS: Final = (
    "input",
    "output",
    "expected",
    "metadata",
    "context",
    "scores",
    "metrics",
    "comment",
    "_audit_metadata",
)
"""What is masked unless somebody asks for more."""

FIELDS_AND_ERROR: Final = (*FIELDS, "error")
"""The same with errors, whose tracebacks hold data at times."""

_SYSTEM_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "context": frozenset({"span_origin"}),
    "metrics": frozenset({"start", "end"}),
}
_COMMENT: Final = "comment"
_NUMBERS: Final = frozenset({"scores", "metrics"})
_OBJECTS: Final = frozenset({"metadata", "context", "comment", "_audit_metadata"})


def mask_row(row: Row, function: Mask, names: Sequence[str] = FIELDS) -> Row:
    """Return *row* with every maskable field replaced by what *function* makes of it.

    The system's own members (start and end, and where the span comes from) are neither shown to
    the function nor changed. A field for which it returns None is left out; a comment becomes an
    empty one, because without any the row would no longer be a comment. Attachments that remain
    in what it returns stay attached. The row itself is not changed.

    Args:
        row: What is about to leave.
        function: The user's function.
        names: The fields to mask.

    Raises:
        BaseException: Only what is no ``Exception`` (such as ``KeyboardInterrupt``) passes; the
            row is then not to be sent.
    """
    fields = dict(row.fields)
    failures: list[str] = []
    for name in names:
        if fields.get(name) is not None:
            masked = _masked(name, fields.pop(name), function, failures)
            if masked is not None:
                fields[name] = masked
            elif name == _COMMENT:
                fields[name] = {"text": ""}
    if failures:
        fields["error"] = _with_failures(fields.get("error"), failures)
    return Row(row.id, row.container, fields, row.is_merge, row.may_join)


def _masked(name: str, value: object, function: Mask, failures: list[str]) -> object:
    """Return the masked value, or None for nothing; failures of number fields are appended."""
    kept: dict[str, object] = {}
    plain: object = decode(value if isinstance(value, Encoded) else encode(value))
    if name in _SYSTEM_MEMBERS and isinstance(plain, dict):
        system = _SYSTEM_MEMBERS[name]
        kept = {key: member for key, member in plain.items() if key in system}
        plain = {key: member for key, member in plain.items() if key not in system}
        if not plain:
            return value
    try:
        result = function(plain)
        sealed_result = None if result is None else sealed(result, markers_in(value))
        if sealed_result is not None and not _fits(name, sealed_result):
            raise TypeError  # noqa: TRY301 - both kinds of failure are answered alike
    except Exception as error:  # noqa: BLE001 - the user's function: whatever it raises, nothing leaks
        return _instead(name, type(error).__name__, kept, failures)
    if not kept:
        return sealed_result
    return kept if sealed_result is None else _joined(kept, sealed_result)


def _joined(kept: Mapping[str, object], masked: Encoded) -> Encoded:
    members = decode(masked)
    return Encoded(dumps({**members, **kept}), masked.markers)  # type: ignore[dict-item]  # _fits


def _instead(name: str, error: str, kept: dict[str, object], failures: list[str]) -> object:
    message = f"ERROR: Failed to mask field '{name}' - {error}"
    if name in _NUMBERS:
        failures.append(message)
        return kept or None
    if name == _COMMENT:
        return {"text": message}
    return {**kept, "error": message} if name in _OBJECTS else message


def _fits(name: str, value: Encoded) -> bool:
    """Tell whether the field called *name* can hold *value*."""
    if name not in _OBJECTS | _NUMBERS:
        return True
    members = decode(value)
    if not isinstance(members, dict):
        return False
    return name in _OBJECTS or all(_is_number(name, member) for member in members.values())


def _is_number(name: str, value: object) -> bool:
    if value is None:
        return name == "scores"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isfinite(value) if name == "metrics" else 0 <= value <= 1


def _with_failures(error: object, failures: list[str]) -> str:
    if isinstance(error, Encoded):
        error = decode(error)
    before = [] if error is None else [error if isinstance(error, str) else dumps(error).decode()]
    return "; ".join([*before, *failures])
