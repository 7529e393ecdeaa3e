"""The settings, and what they come to: where rows would go."""

from __future__ import annotations

from braintrust_otel._model.containers import format_container, parse_container
from braintrust_otel._runtime.defaults import container_from
from braintrust_otel._runtime.places import Place
from braintrust_otel._settings import SETTINGS, Setting, Settings
from braintrust_otel._settings.kinds import KEY, URL
from braintrust_otel._wire.urls import shown_url
from braintrust_otel.cli.checks.findings import Finding, State
from braintrust_otel.cli.texts import clean

__all__ = ["check_place", "check_settings"]

_SETTINGS = "Settings"
_PLACE = "Where rows go"


def check_settings(settings: Settings) -> list[Finding]:
    """Report every setting with its source, and each wrong value."""
    found = [
        Finding(
            _SETTINGS,
            "ok",
            setting.variable,
            _shown(setting, getattr(settings, setting.name)),
            _source(setting, settings.sources[setting.name]),
        )
        for setting in SETTINGS
    ]
    return found + [Finding(_SETTINGS, "wrong", "problem", text) for text in settings.problems]


def check_place(settings: Settings, place: Place) -> list[Finding]:
    """Report where rows go as long as the program itself does not say."""
    state, value = _backend(settings, place)
    found = [Finding(_PLACE, state, "backend", value)]
    if settings.parent and parse_container(settings.parent) is None:
        text = (
            "BRAINTRUST_PARENT is not understood, so it is ignored. It is project_name:NAME, "
            "project_id:ID or experiment_id:ID."
        )
        found.append(Finding(_PLACE, "wrong", "container", text))
    container = format_container(container_from(settings)) or "unknown"
    found.append(Finding(_PLACE, "ok", "container", f"{container}, where no logger says otherwise"))
    return found


def _backend(settings: Settings, place: Place) -> tuple[State, str]:
    if place.is_embedded:
        why = "BRAINTRUST_LOCAL is always" if settings.local == "always" else "no API key is set"
        return "ok", f"the store on this machine, because {why}"
    if not (place.api_key or "").strip():
        return "wrong", (
            "nowhere: there is no API key, and BRAINTRUST_LOCAL is never. Set BRAINTRUST_API_KEY, "
            "or allow the store on this machine."
        )
    return "ok", f"the Braintrust of {shown_url(place.app_url)}"


def _shown(setting: Setting, value: object) -> str:
    """Return a value without anything secret in it."""
    if setting.kind is KEY:
        return "set (not shown)" if value else "not set"
    if setting.kind is URL and isinstance(value, str):
        return shown_url(value)
    if value is None:
        return (setting.default_text or "not set").replace("`", "")
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else clean(value)


def _source(setting: Setting, source: str) -> str:
    """Return where a value came from, in fewer words: its variable's name is beside it."""
    if source == setting.variable:
        return "environment"
    return source.removeprefix(f"{setting.variable} in ")
