"""Which versions of the OpenTelemetry SDK lean spans are tested with."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["NEWEST_SDK", "OLDEST_SDK", "is_tested"]

OLDEST_SDK: Final = (1, 30)
"""The oldest SDK that works, and that the tests are run with."""

NEWEST_SDK: Final = (1, 45)
"""The newest SDK that the tests are run with."""

_MAJOR_MINOR = re.compile(r"(\d+)\.(\d+)")


def is_tested(version: str) -> bool:
    """Tell whether *version* of the SDK is one whose spans ours are known to stand in for.

    With any other one its own spans are used: slower, and nothing of it is taken for granted.
    """
    found = _MAJOR_MINOR.match(version)
    if found is None:
        return False
    return OLDEST_SDK <= (int(found[1]), int(found[2])) <= NEWEST_SDK
