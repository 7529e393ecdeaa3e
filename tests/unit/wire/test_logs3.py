from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.logs3 import ENVELOPE_BYTES, Logs3Sender, logs3_body
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel._wire.version import RequestLimits
from braintrust_otel.errors import (
    HoldError,
    IsolateError,
    LoginError,
    RetryError,
    SendError,
    SplitError,
)
from support.backend_script import KEY, Script, answer, text

NO_LIMIT = answer({})
LIMIT = answer({"logs3_payload_max_bytes": 40})
TAKEN = answer({"ids": ["1"]})
SLOT = answer({"method": "PUT", "signedUrl": "http://s3.test/x?sig=1", "headers": {}, "key": "k"})
STORED = HttpResponse(200)
LARGE = b'{"id":"1","input":"more than forty bytes"}'
REFERENCE = b'{"rows":{"type":"logs3_overflow","key":"k","size_bytes":72},"api_version":2}'


@dataclass(frozen=True)
class OneRow:
    data: bytes


@dataclass(frozen=True)
class Rows:
    rows: Sequence[OneRow]


def batch(*rows: bytes) -> Rows:
    return Rows([OneRow(row) for row in rows])


def sender_of(script: Script, directory: Path | None = None) -> Logs3Sender:
    notices = Notices([].append, lambda: 0.0)
    every_body = PayloadFiles(str(directory) if directory else None, notices)
    limits = RequestLimits(script.api, notices)
    return Logs3Sender(script.api, script.logged_in(), limits, every_body)


def test_the_body_is_an_envelope_around_the_rows() -> None:
    """The rows stand in the envelope as they are; the envelope alone has thirty bytes."""
    assert logs3_body([b'{"a":1}', b"{}"]) == b'{"rows": [{"a":1},{}], "api_version": 2}'
    assert (len(logs3_body([])), ENVELOPE_BYTES) == (30, 30)


def test_a_batch_is_posted_after_the_limit_is_known() -> None:
    """The first batch asks for the limit, then goes out as raw bytes without a content type."""
    script = Script(NO_LIMIT, TAKEN)

    sender_of(script).send(batch(b'{"id":"1"}'))

    assert script.asked == ["GET http://api.test/version", "POST http://api.test/logs3"]
    assert script.requests[1] == HttpRequest(
        "POST",
        "http://api.test/logs3",
        {"authorization": f"Bearer {KEY}"},
        b'{"rows": [{"id":"1"}], "api_version": 2}',
    )


def test_the_limit_is_what_is_known_so_far() -> None:
    """Before the first batch the default is the limit, afterwards what the server told."""
    sender = sender_of(Script(LIMIT, TAKEN))

    before = sender.max_request_bytes
    sender.send(batch(b"{}"))

    assert (before, sender.max_request_bytes) == (6 * 1024 * 1024, 40)


@pytest.mark.parametrize(
    "response", [TAKEN, answer({}), HttpResponse(204), text(" \n"), answer({}, 201)]
)
def test_a_success_with_an_object_or_nothing_is_taken(response: HttpResponse) -> None:
    """Any success whose body is a JSON object or empty acknowledges the batch."""
    sender_of(Script(NO_LIMIT, response)).send(batch(b"{}"))


@pytest.mark.parametrize(
    "response",
    [
        text("<!doctype html><html>"),
        text("", content_type="text/html"),
        text("OK"),
        answer([]),
        answer("fine"),
        text('{"ids": ['),
        text("", 302, location="http://elsewhere"),
        text("", 401),
        text("", 404),
    ],
)
def test_what_acknowledges_nothing_is_held(response: HttpResponse) -> None:
    """A page, another shape, a redirect or a refused key keeps the rows."""
    with pytest.raises(HoldError, match=r"^Sending 2 row\(s\) at http://api.test/logs3"):
        sender_of(Script(NO_LIMIT, response)).send(batch(b"{}", b"{}"))


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (text("", 503), RetryError),
        (RetryError("down"), RetryError),
        (text("", 400), IsolateError),
        (text("", 413), SplitError),
    ],
)
def test_errors_say_what_happens_next(
    response: HttpResponse | Exception, kind: type[SendError]
) -> None:
    """What the transport and the statuses say reaches the caller as it is."""
    with pytest.raises(kind):
        sender_of(Script(NO_LIMIT, response)).send(batch(b"{}"))


def test_a_failing_login_sends_nothing() -> None:
    """Rows wait for a login, and nothing is asked of the API before it."""
    script = Script(text("", 401))
    notices = Notices([].append, lambda: 0.0)
    lazy = script.new_account()
    limits = RequestLimits(script.api, notices)
    sender = Logs3Sender(script.api, lazy, limits, PayloadFiles(None, notices))

    with pytest.raises(LoginError):
        sender.send(batch(b"{}"))

    assert script.asked == ["POST http://app.test/api/apikey/login"]


def test_a_body_over_the_limit_is_uploaded() -> None:
    """A body that the server will not take goes by upload, and a small request refers to it."""
    script = Script(LIMIT, SLOT, STORED, TAKEN)

    sender_of(script).send(batch(LARGE))

    assert script.asked == [
        "GET http://api.test/version",
        "POST http://api.test/logs3/overflow",
        "PUT http://s3.test/x?sig=1",
        "POST http://api.test/logs3",
    ]
    assert script.requests[2].body == logs3_body([LARGE])
    assert script.requests[3] == HttpRequest(
        "POST",
        "http://api.test/logs3",
        {"content-type": "application/json", "authorization": f"Bearer {KEY}"},
        REFERENCE,
    )


def test_a_body_over_our_own_limit_is_sent_where_no_upload_is_offered() -> None:
    """A server that names no limit gets the body as it is, and decides."""
    script = Script(NO_LIMIT, TAKEN)
    notices = Notices([].append, lambda: 0.0)
    limits = RequestLimits(script.api, notices, configured=40)
    sender = Logs3Sender(script.api, script.logged_in(), limits, PayloadFiles(None, notices))

    sender.send(batch(LARGE))

    assert script.requests[1].body == logs3_body([LARGE])


def test_one_row_that_is_refused_as_too_large_is_uploaded() -> None:
    """A single row that something on the way finds too large goes by upload, where offered."""
    offered = answer({"logs3_payload_max_bytes": 1000})
    script = Script(offered, text("", 413), SLOT, STORED, TAKEN)

    sender_of(script).send(batch(LARGE))

    assert script.asked[1:] == [
        "POST http://api.test/logs3",
        "POST http://api.test/logs3/overflow",
        "PUT http://s3.test/x?sig=1",
        "POST http://api.test/logs3",
    ]


def test_several_rows_that_are_refused_as_too_large_are_to_be_split() -> None:
    """A batch of several rows is not uploaded on a 413: smaller batches may pass."""
    script = Script(answer({"logs3_payload_max_bytes": 1000}), text("", 413))

    with pytest.raises(SplitError):
        sender_of(script).send(batch(LARGE, LARGE))

    assert len(script.requests) == 2


def test_a_finished_upload_is_not_repeated() -> None:
    """When only the last request fails for a passing reason, only that one is repeated."""
    script = Script(LIMIT, SLOT, STORED, text("", 503), TAKEN)
    sender = sender_of(script)

    with pytest.raises(RetryError):
        sender.send(batch(LARGE))
    sender.after_fork_in_child()
    sender.send(batch(LARGE))

    assert script.asked[3:] == ["POST http://api.test/logs3", "POST http://api.test/logs3"]


@pytest.mark.parametrize("refusal", [text("", 400), text("", 404), text("<html>")])
def test_an_upload_that_was_refused_is_not_used_again(refusal: HttpResponse) -> None:
    """When the reference is refused for good, the next try uploads anew."""
    script = Script(LIMIT, SLOT, STORED, refusal, SLOT, STORED, TAKEN)
    sender = sender_of(script)

    with pytest.raises(SendError, match=r"^Sending 1 uploaded row\(s\)"):
        sender.send(batch(LARGE))
    sender.send(batch(LARGE))

    assert len(script.requests) == 7


def test_an_upload_is_forgotten_once_it_was_taken() -> None:
    """The same rows sent again are uploaded again: the first upload was used up."""
    script = Script(LIMIT, SLOT, STORED, TAKEN, SLOT, STORED, TAKEN)
    sender = sender_of(script)

    sender.send(batch(LARGE))
    sender.send(batch(LARGE))

    assert len(script.requests) == 7


def test_every_body_can_be_kept(tmp_path: Path) -> None:
    """With a directory each body is kept once, before its first try, whatever comes of it."""
    sender = sender_of(Script(NO_LIMIT, text("", 503)), tmp_path)

    with pytest.raises(RetryError):
        sender.send(batch(LARGE))
    with pytest.raises(RetryError):
        sender.send(batch(LARGE))

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [logs3_body([LARGE])]
