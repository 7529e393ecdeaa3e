from __future__ import annotations

import http.client
import socket
import ssl

import pytest
from requests import exceptions as requests_errors
from urllib3 import exceptions as urllib3_errors

from braintrust_otel._model.http import HttpRequest
from braintrust_otel._wire.network_errors import translate
from braintrust_otel.errors import HoldError, RetryError

REQUEST = HttpRequest("POST", "http://u:pw@h/logs3?secret=1", {"authorization": "Bearer sk-1"})


def _from(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests_errors.ProxyError("x"), "the proxy could not be used"),
        (
            _from(requests_errors.ConnectionError("x"), socket.gaierror(-2, "x")),
            "the name of the host could not be resolved",
        ),
        (
            requests_errors.ConnectionError(urllib3_errors.ProtocolError("x", TimeoutError())),
            "nothing came for too long",
        ),
        (
            requests_errors.ConnectionError(http.client.RemoteDisconnected()),
            "the connection was closed without an answer",
        ),
        (requests_errors.ConnectionError(BrokenPipeError()), "the connection was reset"),
        (requests_errors.SSLError(ssl.SSLError("x")), "the TLS connection failed"),
        (
            requests_errors.ChunkedEncodingError(urllib3_errors.IncompleteRead(1, 2)),
            "the answer broke off",
        ),
        (requests_errors.ConnectionError(http.client.BadStatusLine("x")), "the answer was no HTTP"),
        (
            requests_errors.ContentDecodingError(urllib3_errors.DecodeError("x")),
            "the answer could not be decompressed",
        ),
        (OSError(101, "Network is unreachable"), "the network could not be used"),
    ],
)
def test_network_trouble_is_retried_with_its_reason(error: Exception, reason: str) -> None:
    """Trouble on the way is a passing one, and the message says what it was."""
    ours = translate(error, REQUEST, used_up=None)

    assert type(ours) is RetryError
    assert str(ours) == (
        f"POST http://h/logs3 did not get through: {reason}. "
        f"Check the URL, and that the server runs."
    )


def test_a_used_up_deadline_outweighs_the_reason() -> None:
    """Once the time is used up, that is the reason, however it came about."""
    ours = translate(requests_errors.ConnectionError("x"), REQUEST, used_up=2.5)

    assert type(ours) is RetryError
    assert "no complete answer within 2.5 s" in str(ours)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests_errors.InvalidProxyURL("x"), "the proxy's URL"),
        (requests_errors.MissingSchema("x"), "this is no URL"),
        (requests_errors.InvalidSchema("x"), "this is no URL"),
        (UnicodeError("label too long"), "this is no URL"),
        (OSError("Could not find a suitable TLS CA certificate bundle"), "REQUESTS_CA_BUNDLE"),
        (
            requests_errors.SSLError(ssl.SSLCertVerificationError("self-signed")),
            "certificate is not trusted",
        ),
    ],
)
def test_what_cannot_work_as_configured_is_held(error: Exception, reason: str) -> None:
    """Trouble that only people can end keeps the rows and says what to look at."""
    ours = translate(error, REQUEST, used_up=None)

    assert type(ours) is HoldError
    assert str(ours).startswith("POST http://h/logs3 was not sent: ")
    assert reason in str(ours)


def test_causes_that_go_in_circles_end() -> None:
    """Errors that name each other as their cause are looked at once."""
    first, second = requests_errors.ConnectionError("x"), ConnectionRefusedError()
    second.__context__ = first
    first.__context__ = second

    assert "the connection was refused" in str(translate(first, REQUEST, used_up=None))
