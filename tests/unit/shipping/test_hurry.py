from __future__ import annotations

from support.shipping import Rig
from support.sink import source


def test_rows_that_take_somebodys_room_do_not_wait_for_company() -> None:
    """A put that waits for room makes the worker convert and send at once what is there."""
    rig = Rig()
    pipeline = rig.pipeline()
    pipeline.offer(source("a"))
    rig.run(pipeline)
    before = rig.sink.taken_ids

    pipeline.ask_for_room()
    rig.run(pipeline)

    assert (before, rig.sink.taken_ids) == ([], [["a"]])
