"""Request bodies are decompressed within bounds."""

from __future__ import annotations

import gzip
import zlib

import pytest

from braintrust_otel.server.bodies import plain_body
from braintrust_otel.server.routes.calls import Refusal

BODY = b'{"rows": []}' * 10
_RAW = zlib.compressobj(wbits=-15)
RAW = _RAW.compress(BODY) + _RAW.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (BODY, ""),
        (BODY, "identity"),
        (gzip.compress(BODY, mtime=0), "gzip"),
        (gzip.compress(BODY, mtime=0), " X-GZIP "),
        (gzip.compress(BODY[:50], mtime=0) + gzip.compress(BODY[50:], mtime=0), "gzip"),
        (zlib.compress(BODY), "deflate"),
        (RAW, "Deflate"),
    ],
)
def test_body_is_plain_afterwards(body: bytes, encoding: str) -> None:
    """Plain, gzip (of several members, too) and deflate bodies give the same bytes."""
    assert plain_body(body, encoding, len(BODY)) == BODY


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (BODY + b"x", "", 413),
        (gzip.compress(BODY + b"x", mtime=0), "gzip", 413),
        (gzip.compress(BODY, mtime=0) + gzip.compress(b"x", mtime=0), "gzip", 413),
        (gzip.compress(bytes(50_000_000), mtime=0), "gzip", 413),
        (BODY, "gzip", 400),
        (gzip.compress(BODY, mtime=0)[:-9], "gzip", 400),
        (gzip.compress(BODY, mtime=0) + b"junk", "gzip", 400),
        (zlib.compress(BODY + b"x"), "deflate", 413),
        (zlib.compress(BODY)[:-1], "deflate", 400),
        (RAW[:-1], "deflate", 400),
        (b"\x00", "deflate", 400),
        (gzip.compress(b"", mtime=0) * 2_000, "gzip", 400),
        (BODY, "br", 415),
    ],
)
def test_body_is_refused(body: bytes, encoding: str, status: int) -> None:
    """A body that is too large, broken or unknown is refused as such."""
    with pytest.raises(Refusal) as refused:
        plain_body(body, encoding, len(BODY))

    assert refused.value.status == status


def test_empty_body_of_a_compressing_client_is_empty() -> None:
    """No body stays no body, whatever encoding was announced."""
    assert plain_body(b"", "gzip", 10) == b""
