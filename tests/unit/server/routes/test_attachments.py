"""Attachments at the local server, request by request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from braintrust_otel._model.http import BytesStream, HttpRequest, HttpResponse
from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.routes.attachments import safe_filename
from braintrust_otel.server.settings import ServerSettings
from support.stores import Client, store_in_memory

ASKED = {"key": "k/1", "filename": "a b.png", "content_type": "image/png", "org_id": "o"}


@pytest.fixture
def server() -> Iterator[LocalServer]:
    store = store_in_memory()
    yield LocalServer(store, ServerSettings(upload_max_bytes=1000))
    store.close()


@pytest.fixture
def client(server: LocalServer) -> Client:
    return Client(server)


def slot(client: Client, **changes: object) -> dict[str, Any]:
    status, answer = client.send("POST", "/attachment", {**ASKED, **changes})
    assert status == 200
    return answer


def put(client: Client, url: str, data: bytes = b"bytes") -> HttpResponse:
    return client.server.handle(HttpRequest("PUT", url, {}, stream=BytesStream(data)))


def get(client: Client, url: str) -> HttpResponse:
    return client.server.handle(HttpRequest("GET", url))


def located(client: Client) -> dict[str, Any]:
    status, answer = client.send("GET", "/attachment?key=k%2F1&filename=x&content_type=y&org_id=o")
    assert status == 200
    return answer


def test_an_upload_is_served_again(client: Client) -> None:
    """The bytes that were put come back from the address that the server names."""
    offered = slot(client)

    response = put(client, offered["signedUrl"])
    found = located(client)
    served = get(client, found["downloadUrl"])

    assert offered["headers"] == {"content-type": "image/png"}
    assert response.status == 200
    assert found["status"] == {"upload_status": "done"}
    assert b"".join(served.stream.chunks()) == b"bytes"


def test_a_body_that_is_no_stream_is_taken_too(client: Client) -> None:
    """A small body may come as it is."""
    response = client.server.handle(HttpRequest("PUT", slot(client)["signedUrl"], {}, b"whole"))

    assert response.status == 200
    assert b"".join(get(client, located(client)["downloadUrl"]).stream.chunks()) == b"whole"


def test_served_bytes_can_do_no_harm(client: Client) -> None:
    """Browsers are told to run nothing, to guess nothing, and to save rather than show."""
    put(client, slot(client, filename='<b>"é/../x.html', content_type="text/html")["signedUrl"])

    headers = get(client, located(client)["downloadUrl"]).headers

    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-disposition"] == (
        "attachment; filename=\"x.html\"; filename*=UTF-8''x.html"
    )
    assert headers["content-length"] == "5"


@pytest.mark.parametrize("kind", ["text/html\r\nx: y", "nothing", "", "x/" + "y" * 300, "é/x"])
def test_odd_types_are_served_as_plain_bytes(client: Client, kind: str) -> None:
    """A type that cannot stand in a header becomes that of plain bytes."""
    status, offered = client.send("POST", "/attachment", {**ASKED, "content_type": kind})

    expected = 400 if not kind else 200
    told = {} if not kind else offered["headers"]
    assert status == expected
    assert told in ({}, {"content-type": "application/octet-stream"})


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.png", "a.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("a\r\nb:c.txt", "a__b_c.txt"),
        ("...", "attachment"),
        ("", "attachment"),
        (".env", "env"),
        ("no dot", "no dot"),
        ("é.pdf", "é.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("x" * 300, "x" * 150),
        ("a." + "y" * 300, "a." + "y" * 148),
    ],
)
def test_filenames_are_safe(name: str, safe: str) -> None:
    """A name is one short segment without anything that a file system or header minds."""
    assert safe_filename(name) == safe


def test_an_address_is_good_for_what_it_was_made_for(client: Client) -> None:
    """Changing anything in an upload address, or reading with it, is refused."""
    url = slot(client)["signedUrl"]
    signature = parse_qs(urlsplit(url).query)["signature"][0]

    changed = put(client, url.replace("a+b.png", "evil.html"))
    read = get(client, f"{client.base}/attachment/k%2F1?signature={signature}")
    unsigned = put(client, url.partition("?")[0])

    assert (changed.status, read.status, unsigned.status) == (403, 403, 403)


def test_an_upload_has_a_largest_size(client: Client) -> None:
    """What is larger than the server takes is refused before it is read."""
    assert put(client, slot(client)["signedUrl"], bytes(1001)).status == 413


def test_an_upload_leaves_room_for_other_things() -> None:
    """An attachment may take half of a store that is capped."""
    client = Client(LocalServer(store_in_memory(100)))

    assert put(client, slot(client)["signedUrl"], bytes(51)).status == 413


class Short(BytesStream):
    """A stream that has less than it says."""

    @property
    def size_bytes(self) -> int:
        return 100


def test_an_upload_that_ends_early_is_refused(client: Client) -> None:
    """Half an attachment is none."""
    url = slot(client)["signedUrl"]

    response = client.server.handle(HttpRequest("PUT", url, {}, stream=Short(b"half")))

    assert response.status == 400
    assert located(client)["status"] == {"upload_status": "uploading"}


def test_a_failed_upload_is_told(client: Client) -> None:
    """The reported failure is what readers see."""
    slot(client)
    status = {"upload_status": "error", "error_message": "gone"}

    answered, _ = client.send("POST", "/attachment/status", {"key": "k/1", "status": status})

    assert answered == 200
    assert located(client)["status"] == status


def test_a_failure_before_any_upload_is_told(client: Client) -> None:
    """A file that could not even be opened was never announced; its failure is kept."""
    status = {"upload_status": "error", "error_message": "Failed to read file: x"}

    client.send("POST", "/attachment/status", {"key": "k/1", "status": status})

    assert located(client)["status"] == status
    assert get(client, located(client)["downloadUrl"]).status == 404


def test_bytes_count_without_a_report(client: Client) -> None:
    """An attachment whose bytes are here is done, whether that was reported or not."""
    put(client, slot(client)["signedUrl"])
    client.send(
        "POST", "/attachment/status", {"key": "k/1", "status": {"upload_status": "uploading"}}
    )

    assert located(client)["status"] == {"upload_status": "done"}


@pytest.mark.parametrize("status", [None, "done", {}, {"upload_status": "finished"}])
def test_a_status_has_to_be_one(client: Client, status: object) -> None:
    """What is no status is refused."""
    answered, _ = client.send("POST", "/attachment/status", {"key": "k", "status": status})

    assert answered == 400


@pytest.mark.parametrize("change", [{"key": ""}, {"key": "x" * 201}, {"filename": 5}])
def test_an_attachment_needs_its_names(client: Client, change: dict[str, object]) -> None:
    """Without a key, a name and a type there is no upload."""
    answered, _ = client.send("POST", "/attachment", {**ASKED, **change})

    assert answered == 400


@pytest.mark.parametrize("path", ["/attachment", "/attachment?key=unknown"])
def test_an_unknown_attachment_is_not_found(client: Client, path: str) -> None:
    """An attachment that is not in the store is a 404."""
    answered, _ = client.send("GET", path)

    assert answered == 404


def test_links_are_passed_on(client: Client) -> None:
    """An external attachment on the web is where it says; object stores are out of reach."""
    answered, found = client.send("GET", "/attachment?url=https%3A%2F%2Fexample.com%2Fx")
    refused, _ = client.send("GET", "/attachment?url=s3%3A%2F%2Fbucket%2Fx")

    assert (answered, refused) == (200, 400)
    assert found == {
        "downloadUrl": "https://example.com/x",
        "status": {"upload_status": "done"},
    }
