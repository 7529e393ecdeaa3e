"""What a call of a client came to, in a form that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a call came to.

    Attributes:
        kind: Class of the result or of the exception.
        values: Plain data of the answer, of each chunk, or of what the exception carries.
    """

    kind: type[Any]
    values: list[Any]
