"""Attachments on their way through shipping: queued before the row, uploaded beside it."""

from __future__ import annotations

import pytest

from braintrust_otel._json import encode
from braintrust_otel._model.attachments import DONE, failed_upload
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.senders import NoUploader
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.stats import UploadStats
from braintrust_otel.errors import FlushError
from support.shipping import Rig
from support.sink import DEMO, Rows, down, row, unwanted
from support.uploads import Depot, blob


class Scene:
    """A shipper with a depot for attachments."""

    def __init__(self, options: ShippingOptions | None = None, **changes: object) -> None:
        self.depot = Depot()
        self.rig = Rig(options or ShippingOptions(retries=0))
        self.rig.change(uploader=self.depot, **changes)
        self.shipper: Shipper = self.rig.shipper()

    def put(self, *keys: str) -> None:
        """Put one row that refers to all of *keys*."""
        self.shipper.put(Rows(row("r", input=encode([blob(key) for key in keys]))))


def test_attachments_of_a_row_are_uploaded() -> None:
    """A flush delivers the row with references, and uploads the bytes."""
    scene = Scene()
    scene.put("a", "b")

    flushed = scene.shipper.flush()

    (stored,) = scene.rig.sink.stored.values()
    assert flushed
    assert stored["input"] == [blob("a").reference, blob("b").reference]
    assert scene.depot.reported == {"a": DONE, "b": DONE}
    assert scene.shipper.stats().attachments == UploadStats(logged=2, uploaded=2, tries=2)


def test_a_failed_upload_does_not_hold_the_row() -> None:
    """The row is delivered while its attachment is held; the flush says that not all was done."""
    scene = Scene()
    scene.depot.judge = lambda key: down()
    scene.put("a")

    flushed = scene.shipper.flush()

    stats = scene.shipper.stats()
    assert not flushed
    assert (stats.sent, stats.attachments.held) == (1, 1)


def test_a_synchronous_flush_raises_for_uploads() -> None:
    """With sync flush an upload that failed raises, as rows do."""
    scene = Scene(ShippingOptions(retries=0, sync_flush=True))
    scene.depot.judge = lambda key: down()
    scene.put("a")

    with pytest.raises(FlushError):
        scene.shipper.flush()


def test_a_flush_tells_of_attachments_that_were_given_up_meanwhile() -> None:
    """A refusal before the flush waits for uploads counts; one before the flush does not."""
    scene = Scene()
    scene.depot.answers = [unwanted()]
    scene.rig.sink.judge = lambda batch: (scene.shipper._pipeline.uploads.step(), None)[1]
    scene.put("a")

    first, second = scene.shipper.flush(), scene.shipper.flush()

    assert (first, second) == (False, True)


def test_masked_attachments_are_not_uploaded() -> None:
    """What a masking function removed from a row is not uploaded."""
    masked = Row("r", DEMO, {"input": encode("masked")})
    scene = Scene(masker=lambda: lambda _: masked)
    scene.put("a")

    scene.shipper.flush()

    assert scene.depot.tried == []


def test_media_becomes_attachments_after_masking() -> None:
    """What the media function finds is uploaded, and the row that it returned is sent."""
    found = Row("r", DEMO, {"input": encode(blob("found"))})
    seen: list[Row] = []
    masked = row("r", input="masked")
    scene = Scene(masker=lambda: lambda _: masked, media=lambda each: (seen.append(each), found)[1])
    scene.put("a")

    scene.shipper.flush()

    (stored,) = scene.rig.sink.stored.values()
    assert seen == [masked]
    assert scene.depot.stored == ["found"]
    assert stored["input"] == blob("found").reference


def test_media_without_room_stays_in_the_row() -> None:
    """If not all media of a row has room, the row keeps all of it; nothing is lost."""
    found = Row("r", DEMO, {"input": encode([blob("x", 20), blob("y", 20), blob("a")])})
    scene = Scene(ShippingOptions(upload_queue_bytes=30), media=lambda _: found)
    scene.put("a")

    scene.shipper.flush()

    (stored,) = scene.rig.sink.stored.values()
    assert stored["input"] == [blob("a").reference]
    assert scene.depot.stored == ["a"]
    assert scene.shipper.stats().attachments.lost == 0


def test_a_broken_media_function_costs_nothing() -> None:
    """A bug in the search for media is said; the row is delivered as it is."""
    scene = Scene(media=lambda _: 1 / 0)
    scene.put("a")

    scene.shipper.flush()

    assert scene.shipper.stats().sent == 1
    assert "looking for attachments" in scene.rig.said[0]


def test_the_end_uploads_what_it_can() -> None:
    """A shutdown uploads, skipping pauses, and says what is left."""
    scene = Scene(ShippingOptions(exit_timeout=5.0))
    scene.depot.answers = [down(), None, down(), down(), down(), down()]
    scene.put("a", "b")

    is_clean = scene.shipper.shutdown()

    stats = scene.shipper.stats()
    assert not is_clean
    assert (stats.sent, stats.attachments.uploaded, stats.attachments.lost) == (1, 1, 1)
    assert "1 attachment not uploaded" in scene.rig.said[-1]


def test_a_forked_child_starts_without_attachments() -> None:
    """What was queued before a fork is the parent's to upload."""
    scene = Scene()
    scene.depot.judge = lambda key: down()
    scene.put("a")
    scene.shipper.flush()

    scene.shipper.after_fork_in_child()

    assert scene.shipper.stats().attachments == UploadStats()


def test_an_attachment_can_be_uploaded_at_once() -> None:
    """The shipper uploads a single attachment in the calling thread."""
    scene = Scene()

    assert scene.shipper.upload(blob("a")) == DONE


def test_without_an_uploader_attachments_go_nowhere() -> None:
    """A pipeline without an uploader takes attachments and drops them."""
    nowhere = NoUploader()

    nowhere.store(blob("a"), lambda: None)
    nowhere.report(blob("a"), failed_upload("x"))

    assert nowhere.store(blob("a"), lambda: None) is None


def test_a_flush_inside_an_upload_does_not_wait() -> None:
    """Who flushes from inside an upload, an adapter for instance, is not kept waiting."""
    scene = Scene()
    inner: list[bool] = []
    scene.depot.during = lambda progressed: inner.append(scene.shipper.flush())
    scene.put("a")

    flushed = scene.shipper.flush()

    assert flushed
    assert len(inner) == 1
