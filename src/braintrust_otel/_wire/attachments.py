"""Uploads and downloads attachments: a signed URL each time, and a report of how it went."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from braintrust_otel import _json
from braintrust_otel._model.attachments import AttachmentStatus, Uploadable
from braintrust_otel._model.http import BrokenStreamError, ByteStream
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.answers import unexpected
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.login import LazyAccount
from braintrust_otel._wire.urls import join_url
from braintrust_otel.errors import IsolateError, RetryError, SendError, SplitError

__all__ = ["AttachmentApi", "Located"]

_JSON = {"content-type": "application/json"}
_STALE = frozenset({401, 403})
_REFERENCE = ("filename", "content_type")
_NAMES = ("key", "url")


@dataclass(frozen=True, slots=True)
class Located:
    """Where an attachment can be had.

    Attributes:
        url: A URL that needs no key.
        status: How its upload stands.
    """

    url: str
    status: Mapping[str, object]


class AttachmentApi:
    """Moves the bytes of attachments. Safe to use from several threads.

    Args:
        api: Sends the requests.
        account: Whose attachments they are; logs in with the first one.
    """

    def __init__(self, api: Api, account: LazyAccount) -> None:
        self._api = api
        self._account = account

    def store(self, attachment: Uploadable, progressed: Callable[[], None]) -> None:
        """Upload the bytes of *attachment*; returning means that they were taken.

        Args:
            attachment: What to upload. It is read piece by piece.
            progressed: Called for each piece; may raise OSError to end the upload.

        Raises:
            RetryError: A passing trouble.
            IsolateError: The bytes cannot be read, or were refused for what they are.
            SendError: Anything else that is in the way.
        """
        body = _Watched(_opened(attachment), progressed)
        url, headers = self._slot(attachment)
        call = Call(f"Uploading {attachment.filename!r}", "PUT", url, headers=headers, stream=body)
        try:
            self._api.send(call)
        except SendError as error:
            if body.failure is not None:
                raise _unreadable(attachment, body.failure) from body.failure
            if error.status in _STALE:  # a signed URL is good for a while only
                raise RetryError(str(error), status=error.status, body=error.body) from error
            _raise_refused("Failed to upload attachment to object store", error)
            raise

    def report(self, attachment: Uploadable, status: AttachmentStatus) -> None:
        """Tell the server how the upload of *attachment* went.

        Raises:
            SendError: The report was not taken.
        """
        account = self._account.get()
        told = {"key": attachment.key, "org_id": account.org_id, "status": status}
        what = f"Reporting the upload of {attachment.filename!r}"
        self._api.send(_call(what, account, "attachment/status", told))

    def locate(self, reference: Mapping[str, object]) -> Located:
        """Find out where the attachment of *reference* can be had.

        Raises:
            SendError: The server cannot be asked, or does not know.
        """
        account = self._account.get()
        query = {name: reference[name] for name in _REFERENCE if name in reference}
        query["org_id"] = account.org_id
        query |= {name: reference[name] for name in _NAMES if name in reference}
        url = f"{join_url(account.api_url, 'attachment')}?{urlencode(query)}"
        call = Call("Asking for an attachment", "GET", url, account.api_key)
        response = self._api.send(call)
        answer = _object(response.body)
        found, status = answer.get("downloadUrl"), answer.get("status")
        if not isinstance(found, str) or not isinstance(status, dict):
            raise unexpected(call, response, "names no download")
        return Located(found, status)

    def download(self, url: str) -> bytes:
        """Return the bytes at the signed *url*.

        Raises:
            SendError: They cannot be had.
        """
        return self._api.send(Call("Downloading an attachment", "GET", url)).body

    def _slot(self, attachment: Uploadable) -> tuple[str, dict[str, str]]:
        account = self._account.get()
        asked = {
            "key": attachment.key,
            "filename": attachment.filename,
            "content_type": attachment.content_type,
            "org_id": account.org_id,
        }
        what = f"Asking where to upload {attachment.filename!r}"
        call = _call(what, account, "attachment", asked)
        try:
            response = self._api.send(call)
        except SendError as error:
            _raise_refused("Failed to request signed URL from API server", error)
            raise
        answer = _object(response.body)
        url, told = answer.get("signedUrl"), answer.get("headers")
        if not isinstance(url, str) or not isinstance(told, dict):
            raise unexpected(call, response, "names no upload")
        headers = {str(name).lower(): str(value) for name, value in told.items()}
        if "blob.core.windows.net" in url:
            headers["x-ms-blob-type"] = "BlockBlob"
        return url, headers


class _Watched:
    """A stream that is exactly as long as it says, and remembers why it broke.

    Attributes:
        failure: Why the bytes could not be read, if they could not.
    """

    def __init__(self, stream: ByteStream, progressed: Callable[[], None]) -> None:
        self._stream = stream
        self._progressed = progressed
        self.size_bytes = stream.size_bytes
        self.failure: OSError | None = None

    def chunks(self) -> Iterator[bytes]:
        left = self.size_bytes
        pieces = self._stream.chunks()
        while True:
            chunk = self._next(pieces)
            left -= len(chunk)
            if left < 0 or (left and not chunk):
                self.failure = OSError("the file changed while it was read")
                raise BrokenStreamError(str(self.failure))
            if not chunk:
                return
            self._progressed()
            yield chunk

    def _next(self, pieces: Iterator[bytes]) -> bytes:
        try:
            return next(pieces, b"")
        except OSError as error:
            self.failure = error
            raise BrokenStreamError(str(error)) from error


def _opened(attachment: Uploadable) -> ByteStream:
    try:
        return attachment.open()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise _unreadable(attachment, error) from error


def _raise_refused(what: str, error: SendError) -> None:
    """Raise IsolateError if *error* is about this very attachment: others may still be taken."""
    if isinstance(error, (IsolateError, SplitError)):
        raise IsolateError(f"{what}: {error}", status=error.status, body=error.body) from error


def _unreadable(attachment: Uploadable, error: Exception) -> IsolateError:
    return IsolateError(f"Failed to read file: {attachment.filename!r} cannot be read ({error}).")


def _call(what: str, account: Account, path: str, body: object) -> Call:
    url = join_url(account.api_url, path)
    data = _json.dumps(body)
    return Call(what, "POST", url, key=account.api_key, body=data, headers=_JSON)


def _object(body: bytes) -> dict[str, object]:
    try:
        value = _json.loads(body)
    except ValueError:
        return {}
    return dict(value) if isinstance(value, dict) else {}
