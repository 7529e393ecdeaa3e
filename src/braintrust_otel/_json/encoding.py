"""Encodes values: one orjson pass where that is exact, the walk where it is not."""

from __future__ import annotations

import orjson

from braintrust_otel._json.limits import MAX_DEPTH, MAX_NODES
from braintrust_otel._json.plain import plain_size
from braintrust_otel._json.values import Encoded, Marker
from braintrust_otel._json.walk import walk

__all__ = ["dumps", "encode"]

_ORJSON_DEPTH = 254
_UNREADABLE = Encoded(b'"<non-sanitizable: value>"')


def encode(value: object) -> Encoded:
    """Encode any value; what cannot be read becomes a placeholder at its place.

    The text is a snapshot: later changes of *value* do not reach it. Safe from any thread, also
    while other threads change *value*.

    Non-finite floats become the strings ``NaN``, ``Infinity`` and ``-Infinity``. Integers keep
    every digit as JSON numbers while they are within the range of a float (readers that know only
    64 bits may round them), and become strings beyond. Lone surrogates become U+FFFD. Limits and
    placeholders are those of the module ``limits``, shapes those of the module ``shapes``.

    Raises nothing of its own, and no error of the value's own code: every ``Exception`` of a
    ``__str__`` or ``model_dump`` costs that leaf only. ``KeyboardInterrupt``, ``SystemExit`` and
    the other bare ``BaseException`` kinds pass through, because a signal or a cancellation that
    arrives during the call looks the same, and swallowing it would change the program.
    """
    try:
        if type(value) is str or plain_size(value, MAX_NODES, MAX_DEPTH) is not None:
            return Encoded(_trimmed(orjson.dumps(value)))
    except Exception:  # noqa: BLE001, S110 - whatever orjson or a race refuses, the walk takes
        pass
    try:
        markers: list[Marker] = []
        data = orjson.dumps(walk(value, markers, MAX_DEPTH), default=_splice)
        return Encoded(_trimmed(data), tuple(markers))
    except Exception:  # noqa: BLE001 - no stack or no memory left: logging must not raise
        return _UNREADABLE


def dumps(value: object) -> bytes:
    """Write a trusted value as JSON text in one pass, splicing the ``Encoded`` text in it.

    Args:
        value: JSON-safe values that this package made, with ``Encoded`` leaves anywhere. Non-finite
            floats in it become null; integers over 64 bits keep their digits.
    """
    try:
        return _trimmed(orjson.dumps(value, default=_splice))
    except TypeError:
        # Decoded values may hold integers or surrogates that orjson refuses.
        return _trimmed(orjson.dumps(walk(value, [], _ORJSON_DEPTH), default=_splice))


def _trimmed(data: bytes) -> bytes:
    """Return a copy of *data* that takes no more memory than it is long.

    What orjson returns keeps the buffer that it was written into, a kilobyte at least and up to
    several times the text. Texts are kept until they are delivered, so the copy costs less than
    the pages that it gives back, in time as well as in memory.
    """
    return b"%b" % data


def _splice(value: object) -> orjson.Fragment:
    if type(value) is Encoded:
        return orjson.Fragment(value.data)
    raise TypeError(f"{type(value).__name__} is no JSON value.")
