"""Where the embedded store is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from braintrust_otel._settings.values import Settings

__all__ = ["store_directory"]


def _user_data_dir() -> str:
    # Imported here, because programs that use no store of this machine need not wait for it.
    from platformdirs import user_data_dir

    return user_data_dir("braintrust-otel", appauthor=False)


def store_directory(settings: Settings, data_dir: Callable[[], str] = _user_data_dir) -> Path:
    """Return the directory of the embedded store; it need not exist.

    Args:
        settings: The settings, which may name it.
        data_dir: Returns the directory where none is named: by default the user's data directory
            as the platform defines it.
    """
    if settings.local_dir is not None:
        return settings.local_dir
    found = data_dir()
    # Without any home the path keeps its tilde, and a directory of that name would appear
    # wherever the program runs. Under the null device none can be made, which the store takes
    # for what it is: nowhere to write.
    return Path(os.devnull, "braintrust-otel") if found.startswith("~") else Path(found)
