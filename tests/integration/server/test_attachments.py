"""Attachments over HTTP: from the upload stage to the local server, and back."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import braintrust_otel as braintrust
from braintrust_otel._wire.account import Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.attachments import AttachmentApi
from braintrust_otel._wire.login import LazyAccount
from braintrust_otel._wire.requests_transport import RequestsTransport
from braintrust_otel.errors import IsolateError
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import Running, listen
from braintrust_otel.server.settings import ServerSettings
from braintrust_otel.server.store import Store
from support.stores import store_in_memory

LARGE = bytes(range(256)) * 12_000  # 3 MB
LIMIT = 4_000_000


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty store in memory."""
    made = store_in_memory()
    yield made
    made.close()


@pytest.fixture
def running(store: Store) -> Iterator[Running]:
    """A server over that store, on a free port."""
    with listen(LocalServer(store, ServerSettings(upload_max_bytes=LIMIT))).start() as made:
        yield made


@pytest.fixture
def wire(running: Running) -> Iterator[AttachmentApi]:
    """The way to that server."""
    transport = RequestsTransport()
    api = Api(transport, timeout=5.0)
    yield AttachmentApi(api, LazyAccount(api, Credentials("any", running.url)))
    transport.close()


def quiet() -> None:
    """Take note of nothing."""


@pytest.mark.parametrize("data", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_a_file_goes_there_and_back(wire: AttachmentApi, tmp_path: Path, data: bytes) -> None:
    """A file is streamed to the server and comes back the same."""
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    attachment = braintrust.Attachment(data=path)

    wire.store(attachment, quiet)
    wire.report(attachment, {"upload_status": "done"})
    found = wire.locate(attachment.reference)

    assert found.status == {"upload_status": "done"}
    assert wire.download(found.url) == data


def test_a_file_over_the_limit_is_refused(wire: AttachmentApi, tmp_path: Path) -> None:
    """The server reads what is too large to its end, keeps nothing of it, and says the limit."""
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(LIMIT + 1))

    with pytest.raises(IsolateError, match=f"{LIMIT} bytes"):
        wire.store(braintrust.Attachment(data=path), quiet)


def test_an_encoded_upload_is_refused(running: Running, wire: AttachmentApi) -> None:
    """Attachments are taken as they are only: what is stored must be what was hashed."""
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc)

    connection.request("PUT", "/attachment/k", b"x", {"content-encoding": "gzip"})
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status == 415


def test_served_files_are_sandboxed(running: Running, wire: AttachmentApi) -> None:
    """A page that was attached is served, as a download without any rights."""
    attachment = braintrust.Attachment(data=b"<script>alert(1)</script>", filename="x.html")
    wire.store(attachment, quiet)
    url = urlsplit(wire.locate(attachment.reference).url)
    connection = http.client.HTTPConnection(url.netloc)

    connection.request("GET", f"{url.path}?{url.query}")
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert body == b"<script>alert(1)</script>"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
