from __future__ import annotations

import json

import pytest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.overflow import OverflowUpload
from braintrust_otel.errors import HoldError, RetryError, SplitError
from support.backend_script import ACCOUNT, KEY, Script, answer, text

STORED = HttpResponse(200)
PUT = {"method": "PUT", "signedUrl": "http://s3.test/x?sig=1", "headers": {"X-Sig": 1}, "key": "k"}
POST = {
    "method": "POST",
    "signedUrl": "http://s3.test/form",
    "fields": {"key": "k", "policy": "p"},
    "key": "k",
}


def test_a_slot_is_asked_for_with_what_the_rows_are() -> None:
    """The request for a slot tells of each row where it goes, what it is and how long it is."""
    script = Script(answer(PUT), STORED)
    rows = [
        b'{"id":"1","project_id":"p","log_id":"g","input":1}',
        b'{"id":"2","experiment_id":"e","_object_delete":true}',
        b'{"id":"3","dataset_id":"d","comment":{},"_object_delete":1}',
        b'{"id":"4","prompt_session_id":"s","log_id":"x","function_data":{}}',
        b"no JSON",
        b"[]",
    ]

    key = OverflowUpload(script.api).upload(ACCOUNT, rows, b"the body")

    assert key == "k"
    asked = script.requests[0]
    assert (asked.method, asked.url) == ("POST", "http://api.test/logs3/overflow")
    assert asked.headers == {
        "content-type": "application/json",
        "authorization": f"Bearer {KEY}",
    }
    told = json.loads(asked.body)
    assert (told["content_type"], told["size_bytes"]) == ("application/json", 8)
    assert [row["object_ids"] for row in told["rows"]] == [
        {"project_id": "p", "log_id": "g"},
        {"experiment_id": "e"},
        {"dataset_id": "d"},
        {"prompt_session_id": "s", "log_id": "x", "function_data": {}},
        {},
        {},
    ]
    assert [row["is_delete"] for row in told["rows"]] == [False, True, False, False, False, False]
    assert [row["has_comment"] for row in told["rows"]] == [False, False, True, False, False, False]
    assert [row["input_row"]["byte_size"] for row in told["rows"]] == [50, 52, 59, 66, 7, 2]


@pytest.mark.parametrize(
    ("url", "extra"),
    [
        ("http://s3.test/x?sig=1", {}),
        ("http://a.blob.core.windows.net/x", {"x-ms-blob-type": "BlockBlob"}),
    ],
)
def test_a_put_uploads_the_bytes_without_our_key(url: str, extra: dict[str, str]) -> None:
    """A PUT carries the body, the slot's headers, what Azure wants, and nothing else."""
    script = Script(answer({**PUT, "signedUrl": url}), STORED)

    OverflowUpload(script.api).upload(ACCOUNT, [b"{}"], b"the body")

    assert script.requests[1] == HttpRequest("PUT", url, {"x-sig": "1", **extra}, b"the body")


@pytest.mark.parametrize(
    ("fields", "file_type"),
    [
        ({"key": "k", "policy": "p"}, "application/json"),
        ({"key": "k", "policy": "p", "Content-Type": "text/x"}, "text/x"),
    ],
)
def test_a_post_uploads_a_form(fields: dict[str, str], file_type: str) -> None:
    """A POST carries the slot's fields first and the body as a file last, without our key."""
    script = Script(answer({**POST, "fields": fields}), STORED)

    OverflowUpload(script.api).upload(ACCOUNT, [b"{}"], b"the body")

    form = script.requests[1]
    assert (form.method, form.url) == ("POST", "http://s3.test/form")
    assert list(form.headers) == ["content-type"]
    boundary = form.headers["content-type"].removeprefix("multipart/form-data; boundary=")
    parts = form.body.split(f"--{boundary}".encode())[1:-1]
    assert parts[0] == b'\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
    assert parts[-1].decode() == (
        '\r\nContent-Disposition: form-data; name="file"; filename="logs3.json"\r\n'
        f"Content-Type: {file_type}\r\n\r\nthe body\r\n"
    )
    assert len(parts) == len(fields) + 1


@pytest.mark.parametrize(
    "response",
    [
        text("", 400),
        text("", 404),
        text("", 405),
        text("", 413),
        text("<html>"),
        answer([]),
        answer({**PUT, "method": "PATCH"}),
        answer({**PUT, "method": None}),
        answer({**PUT, "key": None}),
        answer({**PUT, "signedUrl": 1}),
        answer({**PUT, "headers": None}),
        answer({**POST, "fields": []}),
    ],
)
def test_where_no_upload_is_to_be_had_the_rows_are_to_be_split(response: HttpResponse) -> None:
    """A server that offers no usable slot leaves nothing but smaller requests."""
    with pytest.raises(SplitError):
        OverflowUpload(Script(response).api).upload(ACCOUNT, [b"{}"], b"the body")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_holds_the_rows(status: int) -> None:
    """A key that is refused says nothing about the size of the rows."""
    with pytest.raises(HoldError):
        OverflowUpload(Script(text("", status)).api).upload(ACCOUNT, [b"{}"], b"the body")


@pytest.mark.parametrize("status", [500, 429])
def test_a_passing_trouble_stays_one(status: int) -> None:
    """A server in trouble is asked again later, in either step."""
    refusal = text("", status)

    with pytest.raises(RetryError):
        OverflowUpload(Script(refusal).api).upload(ACCOUNT, [b"{}"], b"the body")
    with pytest.raises(RetryError):
        OverflowUpload(Script(answer(PUT), refusal).api).upload(ACCOUNT, [b"{}"], b"the body")


@pytest.mark.parametrize("status", [401, 403])
def test_a_stale_signature_gets_a_new_slot(status: int) -> None:
    """A slot that the storage no longer honours is a passing trouble; the next try has its own."""
    script = Script(answer(PUT), text("expired", status), answer(PUT), STORED)
    overflow = OverflowUpload(script.api)

    with pytest.raises(RetryError, match=r"^Uploading large rows at http://s3.test/x was refused"):
        overflow.upload(ACCOUNT, [b"{}"], b"the body")

    assert overflow.upload(ACCOUNT, [b"{}"], b"the body") == "k"


@pytest.mark.parametrize("status", [302, 400, 404, 413])
def test_a_storage_that_refuses_the_body_leaves_smaller_ones(status: int) -> None:
    """What the storage refuses for good is to be split."""
    script = Script(answer(PUT), text("", status, location="http://elsewhere"))

    with pytest.raises(SplitError):
        OverflowUpload(script.api).upload(ACCOUNT, [b"{}"], b"the body")


def test_a_known_upload_is_not_repeated_until_forgotten() -> None:
    """The same body is uploaded once until it is forgotten; forgetting twice does no harm."""
    script = Script(answer(PUT), STORED, answer(PUT), STORED)
    overflow = OverflowUpload(script.api)

    overflow.upload(ACCOUNT, [b"{}"], b"the body")
    overflow.upload(ACCOUNT, [b"{}"], b"the body")
    overflow.forget(b"the body")
    overflow.forget(b"the body")
    overflow.upload(ACCOUNT, [b"{}"], b"the body")

    assert len(script.requests) == 4


def test_the_memory_of_uploads_is_bounded() -> None:
    """The oldest of very many unfinished uploads is forgotten, the newest is not."""
    script = Script(*[answer(PUT), STORED] * 20)
    overflow = OverflowUpload(script.api)
    _ = [overflow.upload(ACCOUNT, [b"{}"], b"%d" % number) for number in range(17)]

    overflow.upload(ACCOUNT, [b"{}"], b"16")
    overflow.upload(ACCOUNT, [b"{}"], b"0")

    assert len(script.requests) == 2 * 18
