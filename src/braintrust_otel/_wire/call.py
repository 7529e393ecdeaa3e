"""One request to a server, as it is sent and as it is told to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from braintrust_otel._model.http import ByteStream

__all__ = ["Call", "mask_key"]

_SHOWN = 2


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask of a server.

    Attributes:
        what: What is attempted, as the beginning of a sentence: ``Sending 3 rows``.
        method: Upper-case method name.
        url: Absolute URL.
        key: The API key that goes into ``Authorization``; None for signed URLs.
        body: The body as sent.
        headers: Further headers, names in lower case.
        timeout: Seconds for the whole exchange, or None for the usual time.
        stream: The body where it is too large for memory; *body* is empty then.
    """

    what: str
    method: str
    url: str
    key: str | None = field(default=None, repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float | None = None
    stream: ByteStream | None = field(default=None, repr=False)


def mask_key(key: str) -> str:
    """Return *key* with all but its first and last two characters starred; short ones wholly."""
    hidden = len(key) - 2 * _SHOWN
    if hidden <= 0:
        return "*" * len(key)
    return f"{key[:_SHOWN]}{'*' * hidden}{key[-_SHOWN:]}"
