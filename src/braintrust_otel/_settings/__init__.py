"""What the environment, ``.env.braintrust`` and the defaults say, resolved once."""

from __future__ import annotations

from braintrust_otel._settings.dotenv import Dotenv, find_dotenv
from braintrust_otel._settings.loading import load_settings
from braintrust_otel._settings.locating import store_directory
from braintrust_otel._settings.table import SETTINGS, Setting
from braintrust_otel._settings.values import Settings

__all__ = [
    "SETTINGS",
    "Dotenv",
    "Setting",
    "Settings",
    "find_dotenv",
    "load_settings",
    "store_directory",
]
