"""The detour for bodies that are too large for one request: upload, then refer to it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from braintrust_otel import _json
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.answers import unexpected
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.urls import join_url
from braintrust_otel.errors import HoldError, IsolateError, RetryError, SendError, SplitError

__all__ = ["OverflowUpload"]

_JSON = "application/json"
_OBJECT_IDS = (
    "experiment_id",
    "dataset_id",
    "prompt_session_id",
    "project_id",
    "log_id",
    "function_data",
)
_REMEMBERED = 16
_NOT_OFFERED = frozenset({404, 405})
_STALE = frozenset({401, 403})


class OverflowUpload:
    """Uploads bodies that are too large for ``/logs3``. Safe to use from several threads.

    A finished upload is remembered until its body was taken, so that repeating the request that
    refers to it does not upload the body again.

    Args:
        api: Sends the requests.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._uploaded: dict[bytes, str] = {}

    def upload(self, account: Account, rows: Sequence[bytes], body: bytes) -> str:
        """Return the key under which the server finds *body*, uploading it unless that is done.

        Args:
            account: Whose rows they are.
            rows: The JSON text of each row in *body*.
            body: What would have been sent to ``/logs3``.

        Raises:
            RetryError: A passing trouble.
            HoldError: The key is refused.
            SplitError: There is no way to upload this; smaller bodies need none.
        """
        digest = _digest(body)
        with self._lock:
            known = self._uploaded.get(digest)
        if known is not None:
            return known
        slot = self._ask_for_slot(account, rows, len(body))
        self._put(slot, body)
        with self._lock:
            self._uploaded[digest] = slot.key
            if len(self._uploaded) > _REMEMBERED:
                del self._uploaded[next(iter(self._uploaded))]
        return slot.key

    def forget(self, body: bytes) -> None:
        """Forget the upload of *body*: it was taken, or the server will not have it."""
        with self._lock:
            self._uploaded.pop(_digest(body), None)

    def after_fork_in_child(self) -> None:
        """Start with a lock that nobody holds."""
        self._lock = threading.Lock()

    def _ask_for_slot(self, account: Account, rows: Sequence[bytes], size: int) -> _Slot:
        call = Call(
            f"Asking where to upload {len(rows)} large row(s)",
            "POST",
            join_url(account.api_url, "logs3/overflow"),
            key=account.api_key,
            body=_json.dumps(
                {
                    "content_type": _JSON,
                    "size_bytes": size,
                    "rows": [_description(row) for row in rows],
                }
            ),
            headers={"content-type": _JSON},
        )
        try:
            response = self._api.send(call)
        except (IsolateError, HoldError) as error:
            if isinstance(error, HoldError) and error.status not in _NOT_OFFERED:
                raise
            raise _no_way(error) from error
        slot = _slot(_json_or_none(response.body))
        if slot is None:
            raise _no_way(unexpected(call, response, "names no upload"))
        return slot

    def _put(self, slot: _Slot, body: bytes) -> None:
        call = _upload_by_form(slot, body) if slot.method == "POST" else _upload_by_put(slot, body)
        try:
            self._api.send(call)
        except (IsolateError, HoldError) as error:
            if error.status in _STALE:
                raise RetryError(str(error), status=error.status, body=error.body) from error
            raise _no_way(error) from error


@dataclass(frozen=True, slots=True)
class _Slot:
    method: str
    url: str = field(repr=False)
    key: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]


def _slot(answer: object) -> _Slot | None:
    if not isinstance(answer, dict):
        return None
    method, url, key = (answer.get(name) for name in ("method", "signedUrl", "key"))
    wanted = {"PUT": "headers", "POST": "fields"}.get(str(method))
    if wanted is None or not isinstance(url, str) or not isinstance(key, str):
        return None
    told = answer.get(wanted)
    if not isinstance(told, dict):
        return None
    texts = {str(name): str(value) for name, value in told.items()}
    is_put = method == "PUT"
    return _Slot(str(method), url, key, texts if is_put else {}, {} if is_put else texts)


def _upload_by_put(slot: _Slot, body: bytes) -> Call:
    headers = {name.lower(): value for name, value in slot.headers.items()}
    if "blob.core.windows.net" in slot.url:
        headers["x-ms-blob-type"] = "BlockBlob"
    return Call("Uploading large rows", "PUT", slot.url, body=body, headers=headers)


def _upload_by_form(slot: _Slot, body: bytes) -> Call:
    # Whoever uploads has loaded urllib3 already; the embedded store never comes here.
    from urllib3.filepost import encode_multipart_formdata

    file = ("logs3.json", body, slot.fields.get("Content-Type", _JSON))
    form, content_type = encode_multipart_formdata([*slot.fields.items(), ("file", file)])
    headers = {"content-type": content_type}
    return Call("Uploading large rows", "POST", slot.url, body=form, headers=headers)


def _description(row: bytes) -> dict[str, object]:
    fields = _json_or_none(row)
    known = fields if isinstance(fields, dict) else {}
    return {
        "object_ids": {name: known[name] for name in _OBJECT_IDS if name in known},
        "has_comment": "comment" in known,
        "is_delete": known.get("_object_delete") is True,
        "input_row": {"byte_size": len(row)},
    }


def _json_or_none(data: bytes) -> object:
    try:
        return _json.loads(data)
    except ValueError:
        return None


def _no_way(error: SendError) -> SplitError:
    return SplitError(
        f"The rows are too large for one request and could not be uploaded instead: {error}",
        status=error.status,
        body=error.body,
    )


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
