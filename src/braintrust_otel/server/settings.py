"""What a local server is told about itself when it starts."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ServerSettings"]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a local server presents itself, and what it accepts.

    Attributes:
        version: Version of this distribution.
        org_id: Id of the one organisation.
        org_name: Name of the one organisation.
        api_key: The key that clients must show, or None to accept any key and none.
        payload_max_bytes: Largest request body; clients learn it from ``/version``.
        upload_max_bytes: Largest body that may be uploaded for a later request to name.
    """

    version: str = "local"
    org_id: str = "00000000-0000-4000-8000-00000000b7b7"
    org_name: str = "local"
    api_key: str | None = None
    payload_max_bytes: int = 16 * _MIB
    upload_max_bytes: int = 256 * _MIB
