"""Turns what requests and urllib3 raise into errors that say what happens next."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator

from requests import exceptions as requests_errors
from urllib3 import exceptions as urllib3_errors

from braintrust_otel._model.http import HttpRequest
from braintrust_otel._wire.urls import shown_url
from braintrust_otel.errors import HoldError, RetryError, SendError

__all__ = ["FOREIGN_ERRORS", "translate"]

FOREIGN_ERRORS = (
    requests_errors.RequestException,
    urllib3_errors.HTTPError,
    OSError,  # also a CA bundle that does not exist, and a deadline of ours that has passed
    UnicodeError,  # a host name that cannot be encoded
)
"""Everything that an exchange over requests raises when it is not a bug."""

_BAD_URL = (
    requests_errors.InvalidURL,
    requests_errors.MissingSchema,
    requests_errors.InvalidSchema,
    urllib3_errors.LocationValueError,
    UnicodeError,
)
_REASONS: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("the proxy could not be used", (requests_errors.ProxyError, urllib3_errors.ProxyError)),
    ("the name of the host could not be resolved", (socket.gaierror,)),
    ("the connection was refused", (ConnectionRefusedError,)),
    ("nothing came for too long", (TimeoutError, requests_errors.Timeout)),
    ("the connection was closed without an answer", (http.client.RemoteDisconnected,)),
    ("the connection was reset", (ConnectionResetError, BrokenPipeError)),
    ("the TLS connection failed", (ssl.SSLError, urllib3_errors.SSLError)),
    ("the answer broke off", (http.client.IncompleteRead,)),
    ("the answer was no HTTP", (http.client.HTTPException,)),
    ("the answer could not be decompressed", (urllib3_errors.DecodeError,)),
)
"""Reasons in words, the most telling one first."""


def translate(error: Exception, request: HttpRequest, *, used_up: float | None) -> SendError:
    """Return our error for *error*; the text of *error* itself may hold secrets and is left out.

    Args:
        error: One of ``FOREIGN_ERRORS``.
        request: What was being sent.
        used_up: The seconds that the request had, if they are used up; else None.
    """
    what = f"{request.method} {shown_url(request.url)}"
    if used_up is not None:
        return RetryError(
            f"{what} got no complete answer within {used_up:g} s. Check that the server runs."
        )
    if isinstance(error, requests_errors.InvalidProxyURL):
        return HoldError(f"{what} was not sent: the proxy's URL in the environment is no URL.")
    if isinstance(error, _BAD_URL):
        return HoldError(f"{what} was not sent: this is no URL. Check where it is configured.")
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return HoldError(
            f"{what} was not sent: the server's TLS certificate is not trusted. If a company "
            f"proxy or a private authority signs it, name its bundle in REQUESTS_CA_BUNDLE."
        )
    if _names_no_bundle(error):
        return HoldError(
            f"{what} was not sent: the certificates that the environment names do not exist. "
            f"Check REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
        )
    return RetryError(
        f"{what} did not get through: {_reason(causes)}. Check the URL, and that the server runs."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what it stems from: libraries hide that in many places."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = (cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args)
        waiting.extend(item for item in inner if isinstance(item, BaseException))


def _names_no_bundle(error: Exception) -> bool:
    # requests raises a bare OSError without a number when the CA bundle is no file.
    return type(error) is OSError and error.errno is None


def _reason(causes: tuple[BaseException, ...]) -> str:
    for words, types in _REASONS:
        if any(isinstance(cause, types) for cause in causes):
            return words
    return "the network could not be used"
