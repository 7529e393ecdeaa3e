"""The stage of attachments, without threads: whoever waits uploads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from braintrust_otel._model.attachments import DONE, InlineAttachment
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.stats import UploadStats
from braintrust_otel._shipping.uploads import Uploads
from braintrust_otel.errors import IsolateError, SendError
from support.shipping import Rig
from support.sink import down, refused, unwanted
from support.uploads import Depot, blob


class Stage:
    """The stage with a depot behind it; a fixed clock passes every wait at once."""

    def __init__(self, options: ShippingOptions | None = None, **changes: object) -> None:
        self.depot = Depot()
        self.rig = Rig(options or ShippingOptions(retries=1))
        self.rig.change(uploader=self.depot, **changes)
        self.uploads = Uploads(self.rig.options, self.rig.surroundings)

    def put(self, *keys: str) -> None:
        self.uploads.put([blob(key) for key in keys])

    def wait(self, seconds: float | None = None, *, is_last: bool = False) -> list[SendError]:
        until = None if seconds is None else self.rig.clock.now + seconds
        left: Callable[[], float | None] = lambda: (  # noqa: E731 - one expression
            None if until is None else until - self.rig.clock.now
        )
        return self.uploads.wait(self.uploads.pending(), left, is_last=is_last)


def balanced(stats: UploadStats) -> bool:
    """Tell whether every attachment is accounted for."""
    settled = stats.uploaded + stats.failed + stats.lost
    return stats.logged == settled + stats.held + stats.queued + stats.in_flight


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_attachments_are_uploaded_and_reported(stage: Stage) -> None:
    """What is put is uploaded in order, and reported as done."""
    stage.put("a", "b")

    failures = stage.wait()

    assert failures == []
    assert stage.depot.stored == ["a", "b"]
    assert stage.depot.reported == {"a": DONE, "b": DONE}
    assert stage.uploads.stats() == UploadStats(logged=2, uploaded=2, tries=2)


def test_an_attachment_is_uploaded_once(stage: Stage) -> None:
    """An attachment that is put twice, or again after its upload, is uploaded once."""
    stage.put("a", "a")
    stage.wait()

    stage.put("a")
    stage.wait()

    assert stage.depot.tried == ["a"]


def test_a_passing_trouble_is_tried_again(stage: Stage) -> None:
    """After a pause the upload is tried again; nothing is said of it."""
    stage.depot.answers = [down()]
    stage.put("a")

    failures = stage.wait()

    assert failures == []
    assert stage.rig.clock.waited == [1.0]
    assert stage.depot.tried == ["a", "a"]
    assert stage.rig.said == []


def test_uploads_are_held_when_nothing_gets_through(stage: Stage) -> None:
    """Quick tries used up, attachments are kept, which is said once; the wait ends."""
    stage.depot.judge = lambda key: down()
    stage.put("a", "b", "c")

    failures = stage.wait()

    assert [str(failure) for failure in failures][:1] == ["Delivering rows failed."]
    assert stage.uploads.stats().held == 3
    assert balanced(stage.uploads.stats())
    assert len(stage.rig.said) == 1
    assert "No attachment is uploaded for now: 3 attachments kept" in stage.rig.said[0]


def test_held_uploads_are_probed_one_at_a_time(stage: Stage) -> None:
    """While held, each interval tries one attachment, another one each time."""
    stage.depot.judge = lambda key: refused()
    stage.put("a", "b")
    stage.uploads.step()
    due = stage.uploads.pending()

    tried_early = stage.uploads.step()
    stage.rig.clock.advance(2.0)
    tried_then = stage.uploads.step()

    assert (tried_early, tried_then) == (False, True)
    assert stage.depot.tried == ["a", "b"]
    assert len(due) == 2


def test_uploads_go_on_after_a_probe(stage: Stage) -> None:
    """The first upload that gets through lets all others go at once, and that is said."""
    stage.depot.answers = [refused()]
    stage.put("a", "b", "c")
    stage.wait()

    failures = stage.wait()

    assert failures == []
    assert sorted(stage.depot.stored) == ["a", "b", "c"]
    assert stage.rig.said[-1].startswith("Attachments are uploaded again; 3 attachments")


def test_another_cause_is_said(stage: Stage) -> None:
    """When what keeps uploads back changes, that is said as well."""
    stage.depot.answers = [refused(401), refused(404)]
    stage.put("a")
    stage.wait()
    said = len(stage.rig.said)

    stage.wait()

    assert (said, len(stage.rig.said)) == (1, 1)


def test_one_bad_attachment_rests_alone(stage: Stage) -> None:
    """While others are uploaded, the one that fails is kept and said, and nothing is held."""
    stage.depot.judge = lambda key: down() if key == "bad" else None
    stage.depot.during = lambda progressed: stage.rig.clock.advance(0.1)
    stage.put("bad", "a")

    failures = stage.wait()

    assert len(failures) == 1
    assert stage.depot.stored == ["a"]
    assert stage.uploads.stats().held == 1
    assert "Other attachments are uploaded" in stage.rig.said[0]


def test_what_rests_alone_is_tried_again(stage: Stage) -> None:
    """The attachment that rested is uploaded once it can be."""
    stage.depot.answers = [down(), None, down()]
    stage.depot.during = lambda progressed: stage.rig.clock.advance(0.1)
    stage.put("bad", "a")
    stage.wait()

    failures = stage.wait()

    assert failures == []
    assert stage.depot.reported == {"a": DONE, "bad": DONE}


def test_a_refused_attachment_is_reported_as_failed(stage: Stage) -> None:
    """What is refused for what it is, is given up: said, reported, counted."""
    stage.depot.answers = [unwanted()]
    stage.put("a")

    failures = stage.wait()

    assert [type(failure) for failure in failures] == [IsolateError]
    assert stage.depot.reported["a"] == {
        "upload_status": "error",
        "error_message": "A row was refused.",
    }
    assert stage.uploads.stats() == UploadStats(logged=1, failed=1, tries=2)
    assert "The row stays" in stage.rig.said[0]


def test_a_report_is_tried_again_without_the_upload(stage: Stage) -> None:
    """An upload whose report fails is not repeated; the report is."""
    stage.depot.report_answers = [down()]
    stage.put("a")

    stage.wait()

    assert stage.depot.tried == ["a"]
    assert stage.depot.reported == {"a": DONE}


def test_a_refused_report_ends_the_matter(stage: Stage) -> None:
    """A report that the server will never take is not repeated: the bytes are there."""
    stage.depot.report_answers = [unwanted()]
    stage.put("a")

    failures = stage.wait()

    assert failures == []
    assert stage.uploads.stats().uploaded == 1


def test_a_bug_costs_one_attachment(stage: Stage) -> None:
    """An error that is no SendError is reported as a bug; the others are uploaded."""
    stage.depot.answers = [ValueError("oops")]
    stage.put("a", "b")

    stage.wait()

    assert stage.depot.stored == ["b"]
    assert stage.depot.reported["a"]["upload_status"] == "error"
    assert "ValueError: oops" in stage.rig.said[0]


def test_an_interrupted_upload_is_taken_back(stage: Stage) -> None:
    """What interrupts an upload goes on its way, and the attachment is tried again later."""
    stage.depot.answers = [KeyboardInterrupt()]
    stage.put("a")

    with pytest.raises(KeyboardInterrupt):
        stage.wait()
    failures = stage.wait()

    assert failures == []
    assert stage.depot.stored == ["a"]


def test_a_wait_ends_in_time(stage: Stage) -> None:
    """With no time left the wait says what is not uploaded yet."""
    stage.put("a")

    failures = stage.wait(0.0)

    assert [str(failure) for failure in failures] == ["'a.bin' is not uploaded yet."]


def test_a_wait_that_helps_ends_between_tries(stage: Stage) -> None:
    """A pause that is longer than the time left is cut short."""
    stage.depot.judge = lambda key: down()
    stage.put("a")

    failures = stage.wait(0.5)

    assert len(failures) == 1
    assert stage.rig.clock.waited == [0.5]


def test_a_flush_keeps_to_pauses(stage: Stage) -> None:
    """Who only waits does not cut the pause before another try short."""
    stage.depot.answers = [down()]
    stage.put("a")
    stage.uploads.step()

    failures = stage.wait()

    assert failures == []
    assert stage.rig.clock.waited == [1.0]


def test_the_last_call_skips_pauses(stage: Stage) -> None:
    """At the end the pause before another try is not kept."""
    stage.depot.answers = [down()]
    stage.put("a")
    stage.uploads.step()

    failures = stage.wait(5.0, is_last=True)

    assert failures == []
    assert stage.rig.clock.waited == []


def test_a_full_queue_drops_what_is_put() -> None:
    """What has no room is counted as lost and said; what was queued is uploaded."""
    stage = Stage(ShippingOptions(upload_queue_bytes=25))

    stage.put("a", "b", "c")

    assert not stage.uploads.has_room([blob("c")])
    assert stage.uploads.has_room([blob("a")])
    assert stage.wait() == []
    assert stage.uploads.stats() == UploadStats(logged=3, uploaded=2, lost=1, tries=2)
    assert "1 attachment so far" in stage.rig.said[0]


def test_a_queue_is_bounded_in_number_too() -> None:
    """Files on disk take no memory, so their number is bounded as well."""
    stage = Stage(ShippingOptions(upload_queue_bytes=0, upload_queue_count=1))

    stage.uploads.put([blob("a", 0), blob("b", 0)])

    assert stage.uploads.stats().lost == 1


def test_bounds_can_be_lifted() -> None:
    """0 lifts a bound."""
    stage = Stage(ShippingOptions(upload_queue_bytes=0, upload_queue_count=0))

    stage.put("a", "b", "c")

    assert stage.uploads.stats().queued == 3


def test_upload_now_uses_the_calling_thread(stage: Stage) -> None:
    """An attachment can be uploaded at once; its status is remembered."""
    first = stage.uploads.upload(blob("a"))

    second = stage.uploads.upload(blob("a"))

    assert (first, second) == (DONE, DONE)
    assert stage.depot.tried == ["a"]


def test_upload_now_tells_a_passing_trouble(stage: Stage) -> None:
    """An upload that cannot be made now says why, and stays queued."""
    stage.depot.judge = lambda key: down()

    status = stage.uploads.upload(blob("a"))

    assert status == {"upload_status": "error", "error_message": "Delivering rows failed."}
    assert stage.uploads.stats().held == 1


def test_upload_now_raises_what_keeps_it_from_being_reported(stage: Stage) -> None:
    """An upload that is over, but cannot be reported, is an error of its own."""
    stage.depot.report_answers = [refused()]

    with pytest.raises(SendError, match="refused"):
        stage.uploads.upload(blob("a"))


def test_upload_now_after_the_end(stage: Stage) -> None:
    """After the end nothing is uploaded any more."""
    stage.uploads.close()

    status = stage.uploads.upload(blob("a"))

    assert status["upload_status"] == "error"


def test_the_end_tells_what_is_left(stage: Stage) -> None:
    """What is not uploaded at the end is lost, counted and said, what is under way included."""
    closed: list[bool] = []
    stage.depot.during = lambda progressed: closed.append(stage.uploads.close())
    stage.put("a", "b")

    stage.uploads.step()

    assert closed == [False]
    assert stage.uploads.stats() == UploadStats(logged=2, lost=2, tries=1)
    assert "2 attachments not uploaded, and so lost (1 of them perhaps" in stage.rig.said[0]


def test_the_end_says_nothing_when_nothing_is_left(stage: Stage) -> None:
    """A stage without anything to do ends quietly; what is put later is lost."""
    is_clean = stage.uploads.close()
    stage.put("late")

    assert is_clean
    assert stage.uploads.stats() == UploadStats(logged=1, lost=1)
    assert not stage.uploads.has_room([])


def test_pieces_are_signs_of_life(stage: Stage) -> None:
    """Each piece is told, and the end of the time that is left breaks an upload off."""
    heard: list[int] = []
    left: list[float | None] = [None, 1.0, 0.0]
    stage.uploads.heard = lambda: heard.append(1)
    stage.uploads.time_left = lambda: left.pop(0)
    raised: list[OSError] = []

    def during(progressed: Callable[[], None]) -> None:
        progressed()
        progressed()
        with pytest.raises(TimeoutError) as caught:
            progressed()
        raised.append(caught.value)

    stage.depot.during = during
    stage.put("a")
    stage.uploads.step()

    assert heard == [1, 1, 1]
    assert len(raised) == 1


def test_threads_are_started_for_what_there_is() -> None:
    """One thread for one attachment, two for more; none when Python refuses, none twice."""
    started: list[str] = []
    stage = Stage(start_thread=lambda target, name: started.append(name))

    stage.put("a")
    one = len(started)
    stage.put("b", "c")

    assert (one, started) == (1, ["braintrust-otel uploader"] * 2)


def test_a_thread_runs_until_the_end() -> None:
    """A thread uploads, rests when nothing is due, and survives whatever is raised in it."""
    stage = Stage()
    bugs: list[BaseException | None] = [SystemExit(), None]
    stage.depot.answers = bugs
    stage.put("a")
    ends = iter([False, True])

    def wait(condition: object, timeout: float | None) -> None:
        stage.rig.clock.now += timeout or 0.0
        if next(ends):
            stage.uploads.close()

    stage.rig.change(wait=wait)
    stage.uploads._surroundings = stage.rig.surroundings
    stage.uploads.run()

    assert stage.depot.stored == ["a"]


def test_a_turn_after_a_bug_pauses(stage: Stage) -> None:
    """A bug of the stage itself is said, and does not make a thread spin."""
    stage.rig.change(chance=lambda: 1 / 0)
    stage.uploads = Uploads(stage.rig.options, stage.rig.surroundings)
    stage.depot.answers = [down()]
    stage.put("a")

    stage.uploads.turn()

    assert "ZeroDivisionError" in stage.rig.said[0]


def test_a_turn_after_the_end_does_nothing(stage: Stage) -> None:
    """A thread that comes back after the end does not rest any more."""
    stage.uploads.close()

    stage.uploads.turn()

    assert stage.rig.clock.waited == []


def test_a_wait_ends_when_the_stage_does(stage: Stage) -> None:
    """Who waits is let go when the stage ends meanwhile."""
    stage.depot.during = lambda progressed: (stage.uploads.close(), None)[1]
    stage.put("a", "b")

    failures = stage.wait()

    assert len(failures) == 2


def test_old_uploads_are_forgotten(stage: Stage) -> None:
    """Not every key is remembered for ever."""
    attachments = [InlineAttachment(str(n), "x", "x/y", b"") for n in range(10_001)]
    stage.uploads.put(attachments)
    stage.wait()

    stage.uploads.put([attachments[0], attachments[-1]])

    assert stage.uploads.stats().queued == 1


def test_while_others_probe_a_wait_waits() -> None:
    """While held, who waits for one attachment lets a thread's probe of another one end first."""
    stage = Stage(start_thread=lambda target, name: None)
    stage.depot.answers = [refused()]
    stage.put("a", "b")
    stage.uploads.step()
    stage.rig.clock.advance(60.0)
    inner: list[list[SendError]] = []

    def during(progressed: Callable[[], None]) -> None:
        stage.depot.during = lambda progressed: None
        inner.append(stage.wait(1.0))

    stage.depot.during = during
    stage.uploads.step()

    assert len(inner[0]) == 2
    assert len(stage.depot.stored) == 1


def test_what_is_queued_can_be_uploaded_at_once(stage: Stage) -> None:
    """An upload by hand of what is queued already is that very upload."""
    stage.put("a")

    status = stage.uploads.upload(blob("a"))

    assert status == DONE
    assert stage.uploads.stats() == UploadStats(logged=1, uploaded=1, tries=1)


def test_held_uploads_are_due_at_the_next_probe(stage: Stage) -> None:
    """A thread rests until then when everything is held."""
    stage.depot.answers = [refused()]
    stage.put("a")
    stage.uploads.turn()

    stage.uploads.turn()
    stage.uploads.turn()

    assert stage.rig.clock.waited == [2.0]
    assert stage.depot.stored == ["a"]
