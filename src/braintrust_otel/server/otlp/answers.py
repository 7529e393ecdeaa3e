"""Answers in the encoding of the request: success, partial success, and ``google.rpc.Status``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from braintrust_otel._json import dumps
from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Refusal

__all__ = ["JSON", "PROTOBUF", "content_type", "refusal_answer", "success"]

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"

_ALIASES: Final = {"application/protobuf": PROTOBUF, "application/vnd.google.protobuf": PROTOBUF}
_CODES: Final = {
    400: 3,  # INVALID_ARGUMENT
    401: 16,  # UNAUTHENTICATED
    403: 7,  # PERMISSION_DENIED
    404: 5,  # NOT_FOUND
    413: 8,  # RESOURCE_EXHAUSTED
    415: 3,
    421: 7,
    500: 13,  # INTERNAL
    501: 12,  # UNIMPLEMENTED
    503: 14,  # UNAVAILABLE
    507: 8,
}
_UNKNOWN: Final = 2
_CODE_TAG, _MESSAGE_TAG = b"\x08", b"\x12"


def content_type(headers: Mapping[str, str]) -> str:
    """Return what the body is, by its content type without parameters."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    return _ALIASES.get(told, told)


def success(kind: str, rejected: int, message: str) -> HttpResponse:
    """Return the answer to a request whose spans are stored, but for *rejected* ones.

    Args:
        kind: Content type of the request.
        rejected: How many spans were not stored.
        message: Why, or what else the sender should know; empty for nothing.
    """
    if kind == JSON:
        told = {"rejectedSpans": str(rejected), "errorMessage": message} if message else None
        return HttpResponse(
            200, {"content-type": JSON}, dumps({"partialSuccess": told} if told else {})
        )
    body = b""
    if message:
        from braintrust_otel.server.otlp.protobuf_format import partial_success

        body = partial_success(rejected, message)
    return HttpResponse(200, {"content-type": PROTOBUF}, body)


def refusal_answer(headers: Mapping[str, str], refusal: Refusal) -> HttpResponse:
    """Return *refusal* as a ``google.rpc.Status``, to a request with these *headers*.

    It is written by hand: two fields, and the package that has it may be what is missing.
    """
    code = _CODES.get(refusal.status, _UNKNOWN)
    if content_type(headers) == PROTOBUF:
        message = refusal.message.encode()
        kind, body = (
            PROTOBUF,
            _CODE_TAG + bytes((code,)) + _MESSAGE_TAG + _varint(len(message)) + message,
        )
    else:
        kind, body = JSON, dumps({"code": code, "message": refusal.message})
    return HttpResponse(refusal.status, {"content-type": kind, **refusal.headers}, body)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits in each byte
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
