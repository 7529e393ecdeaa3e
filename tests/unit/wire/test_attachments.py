"""Uploads and downloads of attachments, request by request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from braintrust_otel._model.attachments import DONE, InlineAttachment
from braintrust_otel._model.http import BytesStream, ByteStream, HttpRequest, HttpResponse
from braintrust_otel._wire.account import Account, Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.attachments import AttachmentApi, Located
from braintrust_otel._wire.login import LazyAccount
from braintrust_otel._wire.transport import FunctionTransport
from braintrust_otel.errors import HoldError, IsolateError, RetryError, SendError
from support.uploads import blob

ACCOUNT = Account("org-1", "acme", "http://app", "http://api", "http://api", "key")
SLOT = {"signedUrl": "http://store/k?s=1", "headers": {"X-Name": "v"}}


@dataclass
class Server:
    """Answers requests from a table, and keeps them with their bodies."""

    answers: dict[str, HttpResponse] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def handle(self, request: HttpRequest) -> HttpResponse:
        body = request.body or b"".join(request.stream.chunks() if request.stream else ())
        self.seen.append((request.method, request.url, dict(request.headers), body))
        found = self.answers.get(f"{request.method} {request.url.partition('?')[0]}")
        return found or HttpResponse(200)

    def api(self) -> AttachmentApi:
        api = Api(FunctionTransport(self.handle))
        account = LazyAccount(api, Credentials("key", "http://app"))
        account.adopt(ACCOUNT)
        return AttachmentApi(api, account)


def answer(value: object, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps(value).encode())


@pytest.fixture
def server() -> Server:
    return Server({"POST http://api/attachment": answer(SLOT)})


def nothing() -> None:
    """Take note of nothing."""


def test_an_upload_asks_for_a_url_and_puts_the_bytes(server: Server) -> None:
    """The bytes go to the signed URL with exactly its headers, and without the key."""
    pieces: list[int] = []

    server.api().store(blob("k", 3), lambda: pieces.append(1))

    asked, put = server.seen
    assert asked[:2] == ("POST", "http://api/attachment")
    assert asked[2]["authorization"] == "Bearer key"
    assert json.loads(asked[3]) == {
        "key": "k",
        "filename": "k.bin",
        "content_type": "application/octet-stream",
        "org_id": "org-1",
    }
    assert put == ("PUT", "http://store/k?s=1", {"x-name": "v"}, bytes(3))
    assert pieces == [1]


def test_azure_wants_to_know_the_kind_of_blob(server: Server) -> None:
    """A URL of Azure's object store needs a header more."""
    url = "http://x.blob.core.windows.net/k"
    server.answers["POST http://api/attachment"] = answer({"signedUrl": url, "headers": {}})

    server.api().store(blob("k"), nothing)

    assert server.seen[-1][2] == {"x-ms-blob-type": "BlockBlob"}


def test_a_report_tells_the_status(server: Server) -> None:
    """The status goes to its own endpoint, with the organisation."""
    server.api().report(blob("k"), DONE)

    ((method, url, _, body),) = server.seen
    assert (method, url) == ("POST", "http://api/attachment/status")
    assert json.loads(body) == {"key": "k", "org_id": "org-1", "status": {"upload_status": "done"}}


@pytest.mark.parametrize(
    "told",
    [{}, {"signedUrl": 5, "headers": {}}, {"signedUrl": "http://x"}, [], "no json"],
)
def test_an_answer_without_a_url_holds(server: Server, told: object) -> None:
    """An answer that names no upload comes from something else than Braintrust."""
    server.answers["POST http://api/attachment"] = (
        HttpResponse(200, {}, b"<") if told == "no json" else answer(told)
    )

    with pytest.raises(HoldError, match="names no upload"):
        server.api().store(blob("k"), nothing)


@pytest.mark.parametrize(
    ("where", "status", "kind", "message"),
    [
        ("POST http://api/attachment", 400, IsolateError, "Failed to request signed URL"),
        ("POST http://api/attachment", 413, IsolateError, "Failed to request signed URL"),
        ("POST http://api/attachment", 403, HoldError, "403"),
        ("POST http://api/attachment", 503, RetryError, "503"),
        ("PUT http://store/k", 422, IsolateError, "Failed to upload attachment to object store"),
        ("PUT http://store/k", 403, RetryError, "403"),
        ("PUT http://store/k", 500, RetryError, "500"),
        ("PUT http://store/k", 404, HoldError, "404"),
    ],
)
def test_failures_say_what_to_do(
    server: Server, where: str, status: int, kind: type[SendError], message: str
) -> None:
    """A refusal of the content is told from a passing trouble and from an expired URL."""
    server.answers[where] = HttpResponse(status)

    with pytest.raises(kind, match=message) as caught:
        server.api().store(blob("k"), nothing)

    assert type(caught.value) is kind
    assert caught.value.status == status


class Broken(InlineAttachment):
    """An attachment whose bytes are read by the test."""

    def __init__(self, size: int, read: Callable[[], Iterator[bytes]]) -> None:
        super().__init__("k", "a.bin", "x/y", b"")
        self.size_bytes = size
        self.chunks = read

    def open(self) -> ByteStream:
        return self


def fail_in_the_middle() -> Iterator[bytes]:
    """Break off."""
    yield b"abc"
    raise OSError("disk gone")


@pytest.mark.parametrize(
    ("size", "read", "why"),
    [
        (6, fail_in_the_middle, "disk gone"),
        (6, lambda: iter([b"abc"]), "changed"),
        (3, lambda: iter([b"abc", b"d"]), "changed"),
    ],
    ids=["broken", "shorter", "longer"],
)
def test_a_file_that_cannot_be_read_is_given_up(
    server: Server, size: int, read: Callable[[], Iterator[bytes]], why: str
) -> None:
    """A file that breaks, shrinks or grows while it is read costs this attachment only."""
    transport = FunctionTransport(lambda request: failing(server, request))
    api = Api(transport)
    account = LazyAccount(api, Credentials("key", "http://app"))
    account.adopt(ACCOUNT)

    with pytest.raises(IsolateError, match=f"Failed to read file: 'a.bin'.*{why}"):
        AttachmentApi(api, account).store(Broken(size, read), nothing)


def failing(server: Server, request: HttpRequest) -> HttpResponse:
    """Answer as a network transport does when its body breaks."""
    try:
        return server.handle(request)
    except OSError as error:
        raise RetryError("broken") from error


class Missing(InlineAttachment):
    """An attachment that cannot be opened."""

    def open(self) -> ByteStream:
        raise ValueError("embedded null byte")


def test_a_file_that_cannot_be_opened_asks_for_no_url(server: Server) -> None:
    """A file that is missing is found out before anybody is asked."""
    with pytest.raises(IsolateError, match="Failed to read file: 'x'"):
        server.api().store(Missing("k", "x", "x/y", b""), nothing)

    assert server.seen == []


def test_a_download_is_located_first(server: Server) -> None:
    """The query names the attachment in the documented order; the answer is passed on."""
    server.answers["GET http://api/attachment"] = answer(
        {"downloadUrl": "http://store/d", "status": {"upload_status": "done"}}
    )
    server.answers["GET http://store/d"] = HttpResponse(200, {}, b"bytes")

    found = server.api().locate({"type": "t", "filename": "a b", "content_type": "x/y", "key": "k"})
    data = server.api().download(found.url)

    assert found == Located("http://store/d", {"upload_status": "done"})
    assert data == b"bytes"
    assert (
        server.seen[0][1]
        == "http://api/attachment?filename=a+b&content_type=x%2Fy&org_id=org-1&key=k"
    )
    assert "authorization" not in server.seen[1][2]


@pytest.mark.parametrize("told", [{}, {"downloadUrl": "x"}, {"downloadUrl": 5, "status": {}}])
def test_an_answer_without_a_download_holds(server: Server, told: object) -> None:
    """An answer that names no download is none of Braintrust's."""
    server.answers["GET http://api/attachment"] = answer(told)

    with pytest.raises(HoldError, match="names no download"):
        server.api().locate({"url": "s3://x"})


def test_a_streamed_answer_is_read_whole() -> None:
    """What the server in this process streams arrives as one body."""
    transport = FunctionTransport(
        lambda request: HttpResponse(200, {}, stream=BytesStream(b"whole"))
    )

    response = transport.send(HttpRequest("GET", "http://x"), 1.0)

    assert response.body == b"whole"
