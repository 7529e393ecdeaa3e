"""Resolves the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from braintrust_otel._settings.dotenv import Dotenv
from braintrust_otel._settings.table import SETTINGS, Setting
from braintrust_otel._settings.values import Settings

__all__ = ["load_settings"]

_DEFAULT = "the default"
_MAX_SHOWN = 60


def load_settings(
    environ: Mapping[str, str],
    dotenv: Mapping[str, str],
) -> Settings:
    """Resolve every setting: environment, else ``.env.braintrust``, else default.

    A blank value counts as absent. A wrong one is described in ``problems`` and replaced by the
    default, but for a URL: taking another server's instead would send data where the user did
    not want it, so a wrong URL stays as it is, and requests to it fail.

    Args:
        environ: The environment's variables.
        dotenv: The variables of the nearest ``.env.braintrust``, as ``find_dotenv`` returns them.
    """
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    problems = [dotenv.problem] if isinstance(dotenv, Dotenv) and dotenv.problem else []
    for setting in SETTINGS:
        text, source = _find(setting, environ, dotenv)
        value, problem = _parse(setting, text, source)
        is_default = problem is not None and not setting.kind.keeps_wrong
        values[setting.name] = value
        sources[setting.name] = _DEFAULT if is_default else source
        problems += [] if problem is None else [problem]
    if values["legacy_ids"]:
        problems.append(
            "BRAINTRUST_LEGACY_IDS has no effect: spans always have OpenTelemetry's ids."
        )
    return Settings(**values, sources=sources, problems=tuple(problems))


def _find(
    setting: Setting, environ: Mapping[str, str], dotenv: Mapping[str, str]
) -> tuple[str, str]:
    text = environ.get(setting.variable, "")
    if text.strip():
        return text, setting.variable
    text = dotenv.get(setting.variable, "") if setting.in_dotenv else ""
    if text.strip():
        path = dotenv.path if isinstance(dotenv, Dotenv) else None
        return text, f"{setting.variable} in {path or '.env.braintrust'}"
    return "", _DEFAULT


def _parse(setting: Setting, text: str, source: str) -> tuple[object, str | None]:
    """Return the value, and what is wrong with *text*."""
    if not text:
        return setting.default, None
    try:
        return setting.kind.parse(text), None
    except ValueError:
        wrong = f"is not {setting.kind.meaning}"
    if setting.kind.keeps_wrong:
        # Not repeated, because a URL may hold a password.
        return text.strip(), f"{source} {wrong}. Requests to it will fail until it is corrected."
    default = setting.default_text or setting.default
    shown = text.strip()[:_MAX_SHOWN]
    return setting.default, f"{source} is {shown!r}, which {wrong}. The default is used: {default}."
