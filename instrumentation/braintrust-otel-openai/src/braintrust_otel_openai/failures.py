"""Finds the answer that came before the client failed to make of it what the user wanted."""

from __future__ import annotations

from collections.abc import Iterator
from types import FrameType
from typing import Any

__all__ = ["answer_behind"]

_CLIENT = "openai"


def answer_behind(error: BaseException, member: str) -> Any | None:
    """Return the answer that the client was parsing when it raised *error*; None if there is none.

    Some exceptions carry the answer. Others, such as those of a pydantic model that the answer does
    not fit, know nothing of it, and nothing but the frames of the client's own functions does.

    Args:
        error: What the client raised.
        member: A member that every answer has, and nothing else that the client handles.
    """
    completion = getattr(error, "completion", None)
    if completion is not None:
        return completion
    for frame in _client_frames(error):
        for value in frame.f_locals.values():
            if member in getattr(value, "__dict__", ()) and hasattr(value, "model_fields_set"):
                return value
    return None


def _client_frames(error: BaseException) -> Iterator[FrameType]:
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if str(frame.f_globals.get("__name__")).partition(".")[0] == _CLIENT:
            yield frame
        traceback = traceback.tb_next
