"""Attachments and uploaders for tests of the upload stage."""

from __future__ import annotations

from collections.abc import Callable

from braintrust_otel._model.attachments import AttachmentStatus, InlineAttachment, Uploadable

__all__ = ["Depot", "blob"]


def blob(key: str, size: int = 10) -> InlineAttachment:
    """Return an attachment of *size* bytes in memory."""
    return InlineAttachment(key, f"{key}.bin", "application/octet-stream", bytes(size))


class Depot:
    """An uploader that keeps what it gets, and fails when told to.

    Attributes:
        tried: Keys in the order in which their upload was tried.
        stored: Keys of what was taken.
        reported: Status by key.
        answers: What the next uploads meet, oldest first: None takes it, an exception is raised.
        judge: Looks at each upload when *answers* is empty; the same values.
        report_answers: What the next reports meet.
        during: Called during each upload with what tells the progress.
    """

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.stored: list[str] = []
        self.reported: dict[str, AttachmentStatus] = {}
        self.answers: list[BaseException | None] = []
        self.judge: Callable[[str], BaseException | None] = lambda key: None
        self.report_answers: list[BaseException | None] = []
        self.during: Callable[[Callable[[], None]], None] = lambda progressed: progressed()

    def store(self, attachment: Uploadable, progressed: Callable[[], None]) -> None:
        """Take *attachment*, or raise what the test wants."""
        self.tried.append(attachment.key)
        self.during(progressed)
        answer = self.answers.pop(0) if self.answers else self.judge(attachment.key)
        if answer is not None:
            raise answer
        self.stored.append(attachment.key)

    def report(self, attachment: Uploadable, status: AttachmentStatus) -> None:
        """Note *status*, or raise what the test wants."""
        answer = self.report_answers.pop(0) if self.report_answers else None
        if answer is not None:
            raise answer
        self.reported[attachment.key] = status
