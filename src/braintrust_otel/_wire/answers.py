"""Decides what an answer means: taken, or the error that says what happens next."""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime

from braintrust_otel import _json
from braintrust_otel._model.http import HttpResponse
from braintrust_otel._wire.call import Call, mask_key
from braintrust_otel._wire.urls import shown_url
from braintrust_otel.errors import HoldError, IsolateError, RetryError, SendError, SplitError

__all__ = ["excerpt", "is_html", "json_object", "refusal", "unexpected"]

_KEPT_CHARACTERS = 2000
_SHOWN_CHARACTERS = 200
_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)
_PASSING = frozenset({408, 429, *range(500, 600)})
_TOO_LARGE = 413
_BAD_CONTENT = frozenset({400, 422})
_ADVICE = {
    401: "Check that the API key is valid and belongs to the right organisation.",
    403: "Check that the API key may do this in its organisation.",
    404: "Check that the server's URL is right (BRAINTRUST_APP_URL, BRAINTRUST_API_URL).",
    _TOO_LARGE: "Fewer or smaller rows may be taken.",
}


def refusal(call: Call, response: HttpResponse, now: float) -> SendError | None:
    """Return the error that *response* stands for, or None for a status of success.

    Args:
        call: What was asked.
        response: What came back.
        now: Seconds since the epoch, for a ``Retry-After`` that is a date.
    """
    status = response.status
    if status in _SUCCESS:
        return None
    body, message = excerpt(call, response), _message(call, response)
    if status in _PASSING:
        pause = retry_after(response.headers.get("retry-after"), now)
        return RetryError(message, status=status, body=body, retry_after=pause)
    if status == _TOO_LARGE:
        return SplitError(message, status=status, body=body)
    if status in _BAD_CONTENT:
        return IsolateError(message, status=status, body=body)
    return HoldError(message, status=status, body=body)


def json_object(call: Call, response: HttpResponse) -> dict[str, object]:
    """Return the JSON object that *response* holds.

    Raises:
        HoldError: It holds something else.
    """
    try:
        value = _json.loads(response.body)
    except ValueError:
        raise unexpected(call, response, "is no JSON") from None
    if not isinstance(value, dict):
        raise unexpected(call, response, "is no JSON object")
    return dict(value)


def unexpected(call: Call, response: HttpResponse, fault: str) -> HoldError:
    """Return the error for a success whose body is not what was asked for."""
    body = excerpt(call, response)
    shown = "an HTML page" if is_html(response) else f"a body that {fault}{_quoted(body)}"
    return HoldError(
        f"{call.what} at {shown_url(call.url)} was answered with {response.status} and {shown}. "
        f"Is another program answering there? {_ADVICE[404]}",
        status=response.status,
        body=body,
    )


def excerpt(call: Call, response: HttpResponse) -> str:
    """Return the beginning of the body as text, without the key that was sent."""
    text = response.body[: 4 * _KEPT_CHARACTERS].decode("utf-8", "replace")[:_KEPT_CHARACTERS]
    return text.replace(call.key, mask_key(call.key)) if call.key else text


def is_html(response: HttpResponse) -> bool:
    """Return whether the body is a page for people."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    start = response.body[:100].lstrip().lower()
    return media_type == "text/html" or start.startswith((b"<!doctype html", b"<html"))


def retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for, or None if it cannot be read.

    Args:
        header: Seconds, or an HTTP date.
        now: Seconds since the epoch.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError, OSError):
        return math.nan


def _message(call: Call, response: HttpResponse) -> str:
    place = f"{call.what} at {shown_url(call.url)}"
    if response.status in _REDIRECTS and response.headers.get("location"):
        target = shown_url(response.headers["location"])
        return (
            f"{place} was redirected to {target} ({response.status}), which is not followed. "
            f"Set BRAINTRUST_APP_URL or BRAINTRUST_API_URL to the server's own URL."
        )
    shown = ": an HTML page" if is_html(response) else _quoted(excerpt(call, response))
    advice = _ADVICE.get(response.status)
    refused = f"{place} was refused ({response.status}){shown}."
    return f"{refused} {advice}" if advice else refused


def _quoted(body: str) -> str:
    line = " ".join(body.split())
    if len(line) > _SHOWN_CHARACTERS:
        line = f"{line[:_SHOWN_CHARACTERS]}…"
    return f": {line}" if line else ""
