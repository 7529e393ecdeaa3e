"""Request bodies, decompressed within bounds."""

from __future__ import annotations

import zlib

from braintrust_otel.server.routes.calls import Refusal

__all__ = ["plain_body"]

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_ZLIB_METHOD = 8
_MAX_MEMBERS = 1_000
"""Of a gzip body; a body of empty members would cost much time and no memory."""


def plain_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Return *body* without its content *encoding*, if it is not larger than *limit* bytes.

    Raises:
        Refusal: The body is too large (413), its encoding is unknown (415) or broken (400).
    """
    match encoding.strip().lower():
        case "" | "identity":
            plain, is_whole = body, True
        case "gzip" | "x-gzip":
            plain, is_whole = _inflate(body, limit, "gzip", _GZIP)
        case "deflate":
            plain, is_whole = _inflate(body, limit, "deflate", _deflate_bits(body))
        case _:
            raise Refusal(
                415, f"The content encoding {encoding!r} is not understood; use gzip or deflate."
            )
    if len(plain) > limit or not is_whole:
        raise Refusal(413, f"The request body has more than the {limit} bytes that are accepted.")
    return plain


def _deflate_bits(body: bytes) -> int:
    """Tell zlib's form, which the standard means, from the bare one, which some clients send."""
    has_header = (
        len(body) > 1 and body[0] & 15 == _ZLIB_METHOD and not (body[0] << 8 | body[1]) % 31
    )
    return _ZLIB if has_header else _RAW


def _inflate(body: bytes, limit: int, name: str, bits: int) -> tuple[bytes, bool]:
    """Inflate at most *limit* bytes and say whether that was all: a bomb is never unpacked."""
    parts: list[bytes] = []
    room, rest = limit, body
    while rest:
        if len(parts) == _MAX_MEMBERS:
            raise Refusal(400, f"The {name} body has more than {_MAX_MEMBERS} members.")
        inflater = zlib.decompressobj(bits)
        try:
            part = inflater.decompress(rest, room + 1)
        except zlib.error as error:
            raise Refusal(400, f"The {name} body is broken: {error}.") from error
        parts.append(part)
        room -= len(part)
        if room < 0:
            return b"".join(parts), False
        if not inflater.eof:
            raise Refusal(400, f"The {name} body ends too early.")
        rest = inflater.unused_data  # there may be several members
    return b"".join(parts), True
