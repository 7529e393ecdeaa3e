"""What a check found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["DEFAULT", "Finding", "State", "brief"]

DEFAULT = "the default"
"""The source of a setting that nobody set."""

State = Literal["ok", "note", "warning", "wrong"]
"""As it should be; worth knowing; works, but perhaps not as meant; does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. Holds no secret.

    Attributes:
        part: What the finding is about, as a heading.
        state: How it is.
        name: What was looked at.
        value: What was found, and what to do where something is wrong.
        source: Where the value came from, for settings.
    """

    part: str
    state: State
    name: str
    value: str
    source: str | None = None


def brief(found: Sequence[Finding]) -> list[Finding]:
    """Return *found* with one line in the place of all settings that nobody set."""
    unset = [finding for finding in found if finding.source == DEFAULT]
    if not unset:
        return list(found)
    last = unset[-1]
    text = f"{len(unset)} have their defaults; --all lists them"
    others = replace(last, name="all others", value=text, source=None)
    kept = [finding for finding in found if finding is last or finding.source != DEFAULT]
    return [others if finding is last else finding for finding in kept]
