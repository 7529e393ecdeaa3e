"""Keeps request bodies as files, for people who look into what was sent or refused."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from braintrust_otel import _json
from braintrust_otel._diagnostics import Notices
from braintrust_otel.errors import SendError

__all__ = ["PayloadFiles"]

_REMEMBERED = 1024


class PayloadFiles:
    """Writes bodies to a directory that only its owner can read. Safe to use from several threads.

    The files are named ``payload_<seconds since the epoch>_<8 hex digits>.json``. Nothing is
    raised: a directory that cannot be written is said once.

    Args:
        directory: Where the files go; made when missing. None or "" keeps nothing.
        notices: Says that a file could not be written.
        clock: Seconds since the epoch.
        token: Returns 8 hex digits.
    """

    def __init__(
        self,
        directory: str | None,
        notices: Notices,
        *,
        clock: Callable[[], float] = time.time,
        token: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._directory = directory
        self._notices = notices
        self._clock = clock
        self._token = token
        self._lock = threading.Lock()
        self._written: dict[bytes, None] = {}

    def write_once(self, body: bytes) -> None:
        """Keep *body*, unless the very same one was kept before: tries are not payloads."""
        if self._directory and self._is_new(blake2b(body, digest_size=16).digest()):
            self._write(self._directory, f"payload_{self._stem()}.json", body)

    def write_failed(self, body: bytes, error: SendError) -> None:
        """Keep *body* and, in ``error_<same name>.json``, why it was not taken."""
        if not self._directory:
            return
        stem = self._stem()
        why = {"error": str(error), "status": error.status, "body": error.body}
        self._write(self._directory, f"payload_{stem}.json", body)
        self._write(self._directory, f"error_{stem}.json", _json.dumps(why))

    def after_fork_in_child(self) -> None:
        """Start with a lock that nobody holds."""
        self._lock = threading.Lock()

    def _stem(self) -> str:
        return f"{self._clock():.6f}_{self._token()}"

    def _is_new(self, digest: bytes) -> bool:
        with self._lock:
            if digest in self._written:
                return False
            self._written[digest] = None
            if len(self._written) > _REMEMBERED:
                del self._written[next(iter(self._written))]
            return True

    def _write(self, directory: str, name: str, data: bytes) -> None:
        path = Path(directory, name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
            self._notices.say_once(
                f"payloads:{directory}",
                f"Payloads cannot be kept in {directory!r}: {error}. Sending goes on without.",
            )
