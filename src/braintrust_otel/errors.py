"""The exceptions of braintrust-otel.

    BraintrustError
    ├── SlugError                an exported string could not be read
    ├── StoreError               the embedded store cannot be used
    ├── FlushError               rows could not be delivered (sync flush only)
    └── SendError                one delivery failed; its type says what happens next
        ├── RetryError           a passing trouble: try the same batch again
        ├── SplitError           the batch is too large: halve it
        ├── IsolateError         the batch holds a row that is refused: find it
        └── HoldError            nothing will be accepted for now: keep the rows, probe
            └── LoginError       the credentials are missing or refused (also a ValueError)

Every one of them carries its facts as attributes, and its message says what was tried, with what,
what came back and what to do. No message holds a secret or a part of one, but for the first and
last two characters of a refused API key, as the official SDK shows them.
"""

from __future__ import annotations

__all__ = [
    "BraintrustError",
    "FlushError",
    "HoldError",
    "IsolateError",
    "LoginError",
    "RetryError",
    "SendError",
    "SlugError",
    "SplitError",
    "StoreError",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class BraintrustError(Exception):
    """Base of every exception that braintrust-otel raises on its own account."""


class SlugError(BraintrustError):
    """An exported string (slug) could not be decoded."""


class StoreError(BraintrustError):
    """The embedded store cannot be opened or written."""


class FlushError(BraintrustError):
    """Rows could not be delivered while flushing synchronously.

    Args:
        message: What could not be delivered and why.
        errors: The failures, one for each batch.
    """

    def __init__(self, message: str, errors: Sequence[Exception] = ()) -> None:
        super().__init__(message)
        self.errors = tuple(errors)


class SendError(BraintrustError):
    """One delivery to a server failed.

    Args:
        message: What was tried, with what, what came back, what to do.
        status: The HTTP status of the answer, or None when there was no answer.
        body: The beginning of the answer's body, for the failed-payload directory and the log.
    """

    def __init__(self, message: str, *, status: int | None = None, body: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class RetryError(SendError):
    """A passing trouble (network, 408, 429, 5xx): the same request may succeed later.

    Args:
        message: What was tried, with what, what came back, what to do.
        status: The HTTP status of the answer, or None when there was no answer.
        body: The beginning of the answer's body.
        retry_after: Seconds the server asked to wait, or None when it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, body=body)
        self.retry_after = retry_after


class SplitError(SendError):
    """The request was too large (413): fewer or smaller rows may be accepted."""


class IsolateError(SendError):
    """The server refused the content (400, 422): one of the rows is to blame."""


class HoldError(SendError):
    """Nothing is accepted for now (401, 403, 404, a redirect, a wrong shape): keep and probe."""


class LoginError(HoldError, ValueError):
    """The credentials are missing, refused, or belong to no usable organisation."""
