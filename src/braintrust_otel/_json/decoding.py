"""Reads JSON text: our own, a trusted peer's, or what other people's programs call JSON."""

from __future__ import annotations

import json
from math import isfinite

import orjson

from braintrust_otel._json.encoding import encode
from braintrust_otel._json.values import Encoded, JsonValue

__all__ = ["decode", "encode_text", "loads", "loads_leniently"]

_TO_ZERO = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))  # noqa: PLR2004 - 0 to 9
_MANY_DIGITS = b"0" * 19


def decode(encoded: Encoded) -> JsonValue:
    """Return the plain value that *encoded* holds."""
    return loads(encoded.data)


def loads(data: bytes | str) -> JsonValue:
    """Read strict JSON text; integers keep every digit, of equal keys the last one wins.

    Raises:
        ValueError: *data* is no JSON, or not UTF-8, or nested too deeply to read.
    """
    value: JsonValue = orjson.loads(data)
    text = data.encode() if isinstance(data, str) else data
    if _MANY_DIGITS in text.translate(_TO_ZERO):
        # orjson rounds integers over 64 bits; whether there is one, only reading again tells.
        try:
            exact: JsonValue = json.loads(data)
        except (ValueError, RecursionError):  # limits of the slower reader
            return value
        return exact
    return value


def loads_leniently(text: str | bytes) -> JsonValue:
    """Read the JSON text that others made.

    Forgives what common programs write: NaN, infinite and overlong numbers (which become null, or
    text where they are integers), raw control characters, lone surrogates, a byte order mark,
    bytes that are no UTF-8, NUL bytes around the text.

    Raises:
        ValueError: *text* is no JSON, or nested too deeply to read.
    """
    try:
        return loads(text)
    except ValueError:
        pass
    try:
        value: JsonValue = _LENIENT.decode(_cleaned(text))
    except RecursionError as error:
        raise ValueError("The JSON text is nested too deeply to read.") from error
    return value


def encode_text(text: str | bytes) -> Encoded | None:
    """Encode the value that JSON text made by others holds, forgiving as ``loads_leniently``.

    Returns:
        The encoded value, or None when *text* is no JSON.
    """
    try:
        return encode(loads_leniently(text))
    except ValueError:
        return None


def _cleaned(text: str | bytes) -> str:
    read = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return read.lstrip("\ufeff\0").rstrip("\0")


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if isfinite(number) else None


def _integer(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:  # more digits than Python computes
        return digits


_LENIENT = json.JSONDecoder(
    strict=False, parse_float=_finite, parse_int=_integer, parse_constant=lambda _: None
)
