"""Numbers and times as people read them."""

from __future__ import annotations

import math
from datetime import datetime, timezone

__all__ = ["ABSENT", "as_count", "as_duration", "as_local_time", "as_size", "counted", "number"]

ABSENT = "-"
"""Stands for a value that is not known."""

_MINUTE = 60
_HOUR = 60 * _MINUTE
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


def number(value: object) -> float | None:
    """Return *value* if it is a number that can be shown, else None; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:  # JSON has no limit on integers
        return None
    return found if math.isfinite(found) else None


def as_duration(seconds: float | None) -> str:
    """Return a duration with three digits or so: ``12 ms``, ``3.21 s``, ``2m 05s``, ``1h 02m``."""
    if seconds is None:
        return ABSENT
    if seconds < 0.0095:  # noqa: PLR2004 - what would be one digit of milliseconds
        return f"{seconds * 1000:.1f} ms"
    if seconds < 0.9995:  # noqa: PLR2004 - what would be rounded to a second
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE - 0.005:
        return f"{seconds:.2f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def as_count(value: float | None) -> str:
    """Return a count; a whole number where it is one."""
    if value is None:
        return ABSENT
    return str(int(value)) if value == int(value) else f"{value:g}"


def counted(value: float, noun: str) -> str:
    """Return a count with its *noun* in the right form: ``1 span``, ``2 spans``."""
    return f"{as_count(value)} {noun}{'' if value == 1 else 's'}"


def as_local_time(seconds: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return seconds since the epoch as local date and time in the given *form*."""
    try:
        moment = datetime.fromtimestamp(seconds, timezone.utc).astimezone()
    except (ValueError, OverflowError, OSError):  # a year that calendars do not have
        return ABSENT
    return moment.strftime(form)


def as_size(count: int) -> str:
    """Return a number of bytes in the unit that suits it."""
    size = float(count)
    for unit in _UNITS[:-1]:
        if size < _STEP:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} {_UNITS[-1]}"
