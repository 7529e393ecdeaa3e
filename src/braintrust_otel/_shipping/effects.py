"""What a decision asks to be done outside the lock: dump, forget, say."""

from __future__ import annotations

from dataclasses import dataclass, field

from braintrust_otel._shipping.senders import Batch
from braintrust_otel._shipping.spool import Ticket
from braintrust_otel.errors import SendError

__all__ = ["Effects", "Notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One line to say.

    Attributes:
        topic: What it is about; one topic is heard at most once a minute.
        text: The line.
    """

    topic: str
    text: str


@dataclass(slots=True)
class Effects:
    """Things to do, collected while the lock is held and done after it was released.

    Attributes:
        notices: Lines to say.
        dumps: Batches for the failed-payload directory, each with its failure.
        tickets: Row writes that the spool may forget.
    """

    notices: list[Notice] = field(default_factory=list)
    dumps: list[tuple[Batch, SendError]] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)

    def say(self, topic: str, text: str) -> None:
        """Ask for a line."""
        self.notices.append(Notice(topic, text))
