"""Whatever happens to uploads, rows arrive, and no attachment is lost while the process lives."""

from __future__ import annotations

from pathlib import Path

import pytest

import braintrust_otel as braintrust
from braintrust_otel._shipping.stats import UploadStats
from support import backend_faults as faults
from support.backend import Backend
from support.backend_faults import Fault
from support.pipeline_here import MAX_LINES, Here, shipping_here

IMPATIENT = {"BRAINTRUST_HTTP_TIMEOUT": "1.0"}
FAULTS: dict[str, Fault] = {
    "hang": faults.hang(),
    "500": faults.status(500),
    "503": faults.status(503),
    "429": faults.status(429, {"retry-after": "60"}),
    "401": faults.status(401),
    "404": faults.status(404),
    "redirect": faults.redirect("/elsewhere"),
    "reset": faults.reset(),
    "closed": faults.closed(),
    "no HTTP": faults.no_http(),
    "answer lost": faults.answer_lost(),
}


def uploads(here: Here) -> UploadStats:
    """Return what became of the attachments."""
    return here.pipeline.shipper.stats().attachments


def attachment(data: bytes = b"bytes") -> braintrust.Attachment:
    """Return a small attachment."""
    return braintrust.Attachment(data=data, filename="a.txt")


def test_requests_come_in_the_documented_order(backend: Backend) -> None:
    """A signed URL is asked for, the bytes are put, and the end is reported."""
    with shipping_here(backend) as here:
        logged = attachment()
        here.log(logged)
        flushed = here.flush()

    assert flushed
    wanted = ("attachment", "blob", "status")
    assert [each.endpoint for each in backend.requests() if each.endpoint in wanted] == [*wanted]
    assert backend.requests("blob")[0].headers["x-blob"] == logged.key
    assert "content-type" not in backend.requests("blob")[0].headers
    assert backend.routes.blobs == {logged.key: b"bytes"}
    assert backend.routes.statuses == {logged.key: {"upload_status": "done"}}
    assert backend.stored()[0]["input"] == logged.reference


@pytest.mark.parametrize("endpoint", ["attachment", "blob", "status"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_upload_loses_nothing(backend: Backend, endpoint: str, fault: str) -> None:
    """The row arrives at once; the attachment is kept, said, and uploaded when things are well."""
    backend.fail_always(endpoint, FAULTS[fault])
    with shipping_here(backend, IMPATIENT) as here:
        logged = attachment()
        here.log(logged)
        flushed = here.flush()
        stored, held = len(backend.stored()), uploads(here)
        backend.heal()
        healed = here.flush()
        done = uploads(here)

    assert (flushed, stored, healed) == (False, 1, True)
    assert (held.held, held.lost, held.failed) == (1, 0, 0)
    assert (done.uploaded, done.held) == (1, 0)
    assert backend.routes.blobs == {logged.key: b"bytes"}
    assert backend.routes.statuses == {logged.key: {"upload_status": "done"}}
    assert any("attachment" in line for line in here.said)
    assert len(here.said) <= MAX_LINES


@pytest.mark.parametrize(
    ("endpoint", "status"), [("attachment", 400), ("blob", 422), ("blob", 413)]
)
def test_a_refused_attachment_is_reported(backend: Backend, endpoint: str, status: int) -> None:
    """An attachment that is refused for what it is, is reported as failed; its neighbours go on."""
    backend.fail(endpoint, faults.status(status, body="no thanks"))
    with shipping_here(backend) as here:
        bad, good = attachment(), attachment(b"good")
        here.log(bad)
        flushed = here.flush()
        here.log(good)
        here.flush()

    assert not flushed
    assert backend.routes.statuses[bad.key]["upload_status"] == "error"
    assert "no thanks" in backend.routes.statuses[bad.key]["error_message"]
    assert backend.routes.statuses[good.key] == {"upload_status": "done"}
    assert len(backend.stored()) == 2


def test_rows_do_not_wait_for_a_hanging_upload(backend: Backend) -> None:
    """While uploads hang, rows that come later arrive."""
    backend.fail_always("blob", faults.hang())
    with shipping_here(backend) as here:
        here.log(*[attachment() for _ in range(4)])
        backend.wait_for_requests("blob", 2)
        here.log("later")
        backend.wait_for_rows(5)
        backend.heal()
        here.flush()  # may still meet an upload that the healing broke off
        flushed = here.flush()

    assert flushed
    assert len(backend.routes.blobs) == 4


def test_a_backend_that_disappears_and_comes_back(backend: Backend) -> None:
    """After the port was closed for a while, rows and attachments arrive."""
    with shipping_here(backend) as here:
        here.log("first")
        here.flush()
        backend.refuse()
        here.log(attachment())
        away = here.flush()
        backend.accept()
        back = here.flush()

    assert (away, back) == (False, True)
    assert (len(backend.stored()), len(backend.routes.blobs)) == (2, 1)


def test_a_slow_reader_is_given_time(backend: Backend, tmp_path: Path) -> None:
    """A line that takes longer than a request may is no failure while pieces get through."""
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(2_000_000))
    backend.fail("blob", faults.slow_read(piece=400_000, interval=0.1))
    with shipping_here(backend, IMPATIENT) as here:
        logged = braintrust.Attachment(data=path)
        here.log(logged)
        flushed = here.flush()

    assert flushed
    assert len(backend.routes.blobs[logged.key]) == 2_000_000
    assert len(backend.requests("blob")) == 1


def test_an_upload_by_hand_says_what_is_wrong(backend: Backend) -> None:
    """upload() returns the failure, and works once things are well."""
    backend.fail("blob", faults.status(503))
    with shipping_here(backend):
        logged = attachment()
        first = logged.upload()
        second = logged.upload()

    assert first["upload_status"] == "error"
    assert "503" in str(first.get("error_message"))
    assert second == {"upload_status": "done"}


def test_an_upload_that_cannot_be_reported_raises(backend: Backend) -> None:
    """upload() raises when the server cannot be told."""
    backend.fail("status", faults.status(401))
    with shipping_here(backend), pytest.raises(RuntimeError, match="Failed to report"):
        attachment().upload()


def test_a_failed_download_raises(backend: Backend) -> None:
    """Reading an attachment that cannot be downloaded says so."""
    with shipping_here(backend) as here:
        logged = attachment()
        here.log(logged)
        here.flush()
        backend.fail("blob", faults.status(500))
        readonly = braintrust.ReadonlyAttachment(logged.reference)
        with pytest.raises(RuntimeError, match="Failed to download attachment"):
            _ = readonly.data
        data = readonly.data

    assert data == b"bytes"


def test_an_attachment_that_is_on_its_way_cannot_be_read(backend: Backend) -> None:
    """Before its upload is reported an attachment is uploading."""
    with shipping_here(backend):
        readonly = braintrust.ReadonlyAttachment(attachment().reference)

        with pytest.raises(RuntimeError, match='status "done", got "uploading"'):
            _ = readonly.data


def test_conversion_can_be_switched_off(backend: Backend) -> None:
    """With the switch off, media stays in the row."""
    url = "data:image/png;base64," + "iVBORw0KGgo" * 8
    off = {"BRAINTRUST_AUTO_CONVERT_AI_ATTACHMENTS": "false"}
    with shipping_here(backend, off) as here:
        here.log(url)
        here.flush()

    assert backend.stored()[0]["input"] == url
    assert backend.requests("attachment") == []


def test_media_stays_in_the_row_without_room(backend: Backend) -> None:
    """When the queue has no room for the bytes, the row keeps its base64, and all is delivered."""
    url = "data:image/png;base64," + "iVBORw0KGgo=" + "A" * 80
    with shipping_here(backend, {"BRAINTRUST_ATTACHMENT_QUEUE_MAX_BYTES": "10"}) as here:
        here.log("data:image/png;base64," + "iVBORw0KGgoA" * 8, url)
        here.flush()

    assert len(backend.stored()) == 2
    assert backend.stored()[0]["input"].startswith("data:")
    assert uploads(here) == UploadStats()
