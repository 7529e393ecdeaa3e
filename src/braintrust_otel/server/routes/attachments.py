"""Attachments come in and are shown: signed addresses, statuses, and the bytes themselves.

An upload address carries what it is for, and a signature over that, so that every process that
serves the store accepts it. What is served is foreign content: browsers are told to take it for
nothing but what it is called, to run nothing in it, and to save it rather than show it as a page.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from braintrust_otel._model.attachments import default_filename
from braintrust_otel._model.http import BrokenStreamError, ByteStream, HttpResponse
from braintrust_otel.server.routes.calls import Call, Refusal, answer
from braintrust_otel.server.store import StoredAttachment

__all__ = [
    "find_attachment",
    "offer_upload",
    "receive_attachment",
    "receive_status",
    "safe_filename",
    "send_attachment",
]

_MAX_KEY = 200
_MAX_NAME = 150
_MAX_TYPE = 200
_STATUSES = frozenset({"uploading", "done", "error"})
_RESERVED = frozenset('<>:"/\\|?*')
_UNKNOWN_TYPE = "application/octet-stream"
_PLAIN = frozenset("!#$&^_.+-/;= abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_WEB_LINKS = ("http://", "https://")


def offer_upload(call: Call) -> HttpResponse:
    """Answer with the address that the bytes of an attachment may be put to."""
    asked = call.json_object()
    key = _text(asked, "key", _MAX_KEY)
    filename = _text(asked, "filename", None)
    content_type = _text(asked, "content_type", None)
    call.store.attachments.announce(key, filename, content_type)
    told = {"filename": filename, "content_type": content_type}
    query = urlencode({**told, "signature": _sign(call, "put", key, filename, content_type)})
    return answer(
        {
            "signedUrl": f"{call.origin}/attachment/{quote(key, safe='')}?{query}",
            "headers": {"content-type": _served_type(content_type)},
        }
    )


def receive_attachment(call: Call) -> HttpResponse:
    """Keep the bytes of an attachment."""
    key = call.params["key"]
    filename, content_type = call.first("filename") or "", call.first("content_type") or ""
    _check(call, "put", key, filename, content_type)
    stream = call.stream
    limit = min(
        call.settings.upload_max_bytes,
        call.store.max_attachment_bytes or call.settings.upload_max_bytes,
    )
    if stream.size_bytes > limit:
        raise Refusal(
            413, f"An attachment may have at most {limit} bytes, not {stream.size_bytes}."
        )
    try:
        call.store.attachments.save(key, filename, content_type, _Exact(stream))
    except BrokenStreamError as error:
        raise Refusal(400, f"The attachment did not arrive whole: {error}.") from error
    return answer({})


def receive_status(call: Call) -> HttpResponse:
    """Note how an upload went."""
    asked = call.json_object()
    key, status = _text(asked, "key", _MAX_KEY), asked.get("status")
    told = status.get("upload_status") if isinstance(status, dict) else None
    if not isinstance(status, dict) or told not in _STATUSES:
        raise Refusal(400, "`status` needs an `upload_status`: uploading, done or error.")
    error = status.get("error_message")
    if not call.store.attachments.set_status(key, told, None if error is None else str(error)):
        call.store.attachments.announce(key, default_filename(_UNKNOWN_TYPE), _UNKNOWN_TYPE)
        call.store.attachments.set_status(key, told, None if error is None else str(error))
    return answer({})


def find_attachment(call: Call) -> HttpResponse:
    """Answer with the address of an attachment's bytes, and how its upload stands."""
    url = call.first("url")
    if url is not None:
        return answer({"downloadUrl": _external(url), "status": {"upload_status": "done"}})
    key = call.first("key")
    found = None if key is None else call.store.attachments.find(key)
    if found is None:
        raise Refusal(404, "There is no such attachment in the store; perhaps it was trimmed.")
    query = urlencode({"signature": _sign(call, "get", found.key)})
    status: dict[str, object] = {"upload_status": _status(found)}
    if found.error is not None:
        status["error_message"] = found.error
    address = f"{call.origin}/attachment/{quote(found.key, safe='')}?{query}"
    return answer({"downloadUrl": address, "status": status})


def send_attachment(call: Call) -> HttpResponse:
    """Answer with the bytes of an attachment."""
    key = call.params["key"]
    _check(call, "get", key)
    found = call.store.attachments.find(key)
    stream = None if found is None else call.store.attachments.content(found)
    if found is None or stream is None:
        raise Refusal(404, "The bytes of this attachment are not in the store.")
    return HttpResponse(200, _headers(found), stream=stream)


def safe_filename(name: str) -> str:
    """Return *name* as something that can be saved anywhere: one short name, nothing hidden."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join("_" if not each.isprintable() or each in _RESERVED else each for each in last)
    stem, dot, suffix = kept.strip(" .").rpartition(".")
    if dot and len(suffix) < _MAX_NAME // 2:
        kept = f"{stem[: _MAX_NAME - len(suffix) - 1]}.{suffix}"
    else:
        kept = kept.strip(" .")[:_MAX_NAME]
    return kept or "attachment"


@dataclass(frozen=True, slots=True)
class _Exact:
    """A stream that breaks unless it has as many bytes as it says."""

    stream: ByteStream

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        return self.stream.size_bytes

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes."""
        left = self.size_bytes
        for chunk in self.stream.chunks():
            left -= len(chunk)
            yield chunk
        if left:
            raise BrokenStreamError(f"{self.size_bytes - left} of {self.size_bytes} bytes came")


def _headers(found: StoredAttachment) -> dict[str, str]:
    name = safe_filename(found.filename)
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
    return {
        "content-type": _served_type(found.content_type),
        "content-length": str(found.size_bytes),
        "content-disposition": f'attachment; filename="{ascii_name}"; '
        f"filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=3600",
        "etag": f'"{found.digest}"',
    }


def _served_type(content_type: str) -> str:
    """Return *content_type* if it can stand in a header, else the type of plain bytes."""
    is_clean = 0 < len(content_type) <= _MAX_TYPE and set(content_type) <= _PLAIN
    return content_type if is_clean and "/" in content_type else _UNKNOWN_TYPE


def _status(found: StoredAttachment) -> str:
    # Some clients never report; bytes that are here are done all the same.
    return "done" if found.content is not None and found.status != "error" else found.status


def _external(url: str) -> str:
    if not url.lower().startswith(_WEB_LINKS):
        raise Refusal(
            400,
            "The local Braintrust server has no access to object stores; it can only pass on links "
            "that begin with https:// or http://.",
        )
    return url


def _text(asked: dict[str, Any], name: str, longest: int | None) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value or (longest and len(value) > longest):
        raise Refusal(400, f"An attachment needs a `{name}` (a text that is not empty).")
    return value


def _sign(call: Call, *parts: str) -> str:
    message = "\n".join(["attachment", *(quote(part, safe="") for part in parts)]).encode()
    return hmac.new(call.store.signing_secret(), message, hashlib.sha256).hexdigest()


def _check(call: Call, *parts: str) -> None:
    if not hmac.compare_digest(_sign(call, *parts), call.first("signature") or ""):
        raise Refusal(403, "The address of this attachment was not made by this server.")
