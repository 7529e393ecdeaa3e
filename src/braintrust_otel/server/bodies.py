"""Request bodies, decompressed within bounds."""

from __future__ import annotations

import zlib

from braintrust_otel.server.routes.calls import Refusal

__all__ = ["plain_body"]

_GZIP = 16 + zlib.MAX_WBITS


def plain_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Return *body* without its content *encoding*, if it is not larger than *limit* bytes.

    Raises:
        Refusal: The body is too large (413), its encoding is unknown (415) or broken (400).
    """
    match encoding.strip().lower():
        case "" | "identity":
            plain, is_whole = body, True
        case "gzip" | "x-gzip":
            plain, is_whole = _inflate(body, limit)
        case _:
            raise Refusal(415, f"The content encoding {encoding!r} is not understood; use gzip.")
    if len(plain) > limit or not is_whole:
        raise Refusal(413, f"The request body has more than the {limit} bytes that are accepted.")
    return plain


def _inflate(body: bytes, limit: int) -> tuple[bytes, bool]:
    """Inflate at most *limit* bytes and say whether that was all: a bomb is never unpacked."""
    parts: list[bytes] = []
    room, rest = limit, body
    while rest:
        inflater = zlib.decompressobj(_GZIP)
        try:
            part = inflater.decompress(rest, room + 1)
        except zlib.error as error:
            raise Refusal(400, f"The gzip body is broken: {error}.") from error
        parts.append(part)
        room -= len(part)
        if room < 0:
            return b"".join(parts), False
        if not inflater.eof:
            raise Refusal(400, "The gzip body ends too early.")
        rest = inflater.unused_data  # a gzip body may have several members
    return b"".join(parts), True
