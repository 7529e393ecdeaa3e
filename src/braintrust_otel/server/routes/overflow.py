"""Bodies too large for one request: an upload slot, and the upload itself.

A slot is not stored: its address carries its limits and a signature over them, so that asking for
slots costs nothing and every process that serves the store accepts the same addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlencode

from braintrust_otel._model.http import HttpResponse
from braintrust_otel.server.routes.calls import Call, Refusal, answer

__all__ = ["offer_slot", "receive_upload"]

_KEY_BYTES = 18


def offer_slot(call: Call) -> HttpResponse:
    """Answer with the address that a body of the announced size may be put to."""
    size = call.json_object().get("size_bytes")
    if isinstance(size, bool) or not isinstance(size, int) or size <= 0:
        raise Refusal(400, "An upload needs its `size_bytes` (a positive integer).")
    if size > call.settings.upload_max_bytes:
        raise Refusal(
            413,
            f"An upload may have at most {call.settings.upload_max_bytes} bytes, not {size}.",
        )
    key = secrets.token_urlsafe(_KEY_BYTES)
    query = urlencode({"size": size, "signature": _sign(call, key, str(size))})
    return answer(
        {
            "method": "PUT",
            "signedUrl": f"{call.origin}/logs3/overflow/{key}?{query}",
            "headers": {},
            "key": key,
        }
    )


def receive_upload(call: Call) -> HttpResponse:
    """Keep the body under the key of its slot."""
    key, size = call.params["key"], call.first("size") or ""
    if not hmac.compare_digest(_sign(call, key, size), call.first("signature") or ""):
        raise Refusal(403, "The address of this upload was not made by this server.")
    if len(call.body) > int(size):
        raise Refusal(413, f"The upload has {len(call.body)} bytes; {size} were announced.")
    call.store.save_upload(key, call.body)
    return answer({})


def _sign(call: Call, key: str, size: str) -> str:
    message = f"{key}\n{size}".encode()
    return hmac.new(call.store.signing_secret(), message, hashlib.sha256).hexdigest()
