"""A request as a route function sees it, and the answers it may give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from braintrust_otel._json import decode, dumps, encode_text, loads
from braintrust_otel._model.http import BytesStream, ByteStream, HttpResponse
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store

__all__ = ["Call", "Refusal", "answer", "json_object"]

_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, matched to its route.

    Attributes:
        store: Where the rows are.
        settings: What the server was started with.
        origin: Scheme, host and port that the client reached the server under.
        params: The parts of the path that the route names.
        query: The query string's values by name.
        headers: The request's headers; names in lower case.
        body: The body, decompressed; empty where the route takes a stream.
        stream: The body of a route that takes a stream.
    """

    store: Store
    settings: ServerSettings
    origin: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    stream: ByteStream = field(default_factory=lambda: BytesStream(b""))

    def first(self, name: str) -> str | None:
        """Return the first value of a query parameter, or None."""
        values = self.query.get(name)
        return values[0] if values else None

    def json_object(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object, whatever its content type says.

        Raises:
            Refusal: The body is no JSON (the answer says where it ends to be), or no object.
        """
        return json_object(self.body)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """Ends a route function with an answer other than success.

    Args:
        status: HTTP status.
        message: What is wrong and what to do, for the client's log.
        headers: Headers of the answer.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def answer(self) -> HttpResponse:
        """Return the refusal as an answer."""
        return HttpResponse(self.status, {**_JSON, **self.headers}, dumps({"error": self.message}))


def answer(value: object, status: int = 200) -> HttpResponse:
    """Return *value* as a JSON answer."""
    return HttpResponse(status, _JSON, dumps(value))


def json_object(body: bytes) -> dict[str, Any]:
    """Return *body* as a JSON object.

    Raises:
        Refusal: It is no JSON, or no object.
    """
    try:
        value = loads(body)
    except ValueError as error:
        # NaN and halves of surrogate pairs are no JSON, but some clients write them.
        lenient = encode_text(body)
        if lenient is None:
            raise Refusal(400, f"The request body is no valid JSON: {error}.") from error
        value = decode(lenient)
    if not isinstance(value, dict):
        raise Refusal(400, f"The request body is no JSON object but {_kind(value)}.")
    return cast("dict[str, Any]", value)


def _kind(value: object) -> str:
    return "an array" if isinstance(value, list) else "a plain value"
