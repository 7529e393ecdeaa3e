"""Settings are reported with their sources, and without secrets."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from braintrust_otel._runtime.places import choose_place
from braintrust_otel._settings import SETTINGS, Dotenv, Settings, load_settings
from braintrust_otel.cli.checks.configuration import check_place, check_settings
from braintrust_otel.cli.checks.findings import Finding

KEY = "sk-secret-1234567890"


def settings(environ: Mapping[str, str], dotenv: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that these variables come to."""
    return load_settings(environ, Dotenv(dotenv or {}))


def reported(environ: Mapping[str, str], dotenv: Mapping[str, str] | None = None) -> dict:
    """Return state, value and source of each setting by its variable."""
    found = check_settings(settings(environ, dotenv))
    return {finding.name: (finding.state, finding.value, finding.source) for finding in found}


def place_of(environ: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what is reported of where rows go."""
    read = settings(environ)
    found = check_place(read, choose_place(read))
    return [(finding.state, finding.name, finding.value) for finding in found]


def test_every_setting_is_reported() -> None:
    """The report leaves nothing out."""
    assert list(reported({})) == [setting.variable for setting in SETTINGS]


@pytest.mark.parametrize(
    ("environ", "name", "value"),
    [
        ({"BRAINTRUST_API_KEY": KEY}, "BRAINTRUST_API_KEY", "set (not shown)"),
        (
            {"BRAINTRUST_APP_URL": "http://u:p@a.test/x?k=1"},
            "BRAINTRUST_APP_URL",
            "http://a.test/x",
        ),
        ({"BRAINTRUST_SYNC_FLUSH": "1"}, "BRAINTRUST_SYNC_FLUSH", "true"),
        ({"BRAINTRUST_EXIT_TIMEOUT": "2.5"}, "BRAINTRUST_EXIT_TIMEOUT", "2.5"),
        ({"BRAINTRUST_LOCAL_DIR": "d\x1b[2J"}, "BRAINTRUST_LOCAL_DIR", "d\\x1b[2J"),
        ({"BRAINTRUST_QUEUE_SIZE": "0"}, "BRAINTRUST_QUEUE_SIZE", "0"),
    ],
)
def test_value_of_the_environment_is_shown(environ: dict[str, str], name: str, value: str) -> None:
    """Values are shown as they are used, but for what may be secret in them."""
    assert reported(environ)[name] == ("ok", value, "environment")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BRAINTRUST_API_KEY", "not set"),
        ("BRAINTRUST_APP_URL", "https://www.braintrust.dev"),
        ("BRAINTRUST_API_URL", "the organisation's"),
        ("BRAINTRUST_QUEUE_SIZE", "25000"),
        ("BRAINTRUST_SYNC_FLUSH", "false"),
    ],
)
def test_default_is_shown(name: str, value: str) -> None:
    """What nobody set has the value that is used instead."""
    assert reported({})[name] == ("ok", value, "the default")


def test_value_of_a_file_names_the_file() -> None:
    """A value out of .env.braintrust says so."""
    found = reported({}, {"BRAINTRUST_ORG_NAME": "acme"})

    assert found["BRAINTRUST_ORG_NAME"] == ("ok", "acme", ".env.braintrust")


def test_wrong_value_is_wrong() -> None:
    """A value that cannot be used is reported beside what is used instead."""
    found = check_settings(settings({"BRAINTRUST_QUEUE_SIZE": "many"}))

    assert found[-1] == Finding(
        "Settings",
        "wrong",
        "problem",
        "BRAINTRUST_QUEUE_SIZE is 'many', which is not a whole number from 0. "
        "The default is used: 25000.",
    )


@pytest.mark.parametrize(
    ("environ", "state", "value"),
    [
        ({}, "ok", "the store on this machine, because no API key is set"),
        (
            {"BRAINTRUST_API_KEY": KEY, "BRAINTRUST_LOCAL": "always"},
            "ok",
            "the store on this machine, because BRAINTRUST_LOCAL is always",
        ),
        ({"BRAINTRUST_API_KEY": KEY}, "ok", "the Braintrust of https://www.braintrust.dev"),
        (
            {"BRAINTRUST_LOCAL": "never"},
            "wrong",
            (
                "nowhere: there is no API key, and BRAINTRUST_LOCAL is never. Set "
                "BRAINTRUST_API_KEY, or allow the store on this machine."
            ),
        ),
    ],
)
def test_backend_follows_from_the_settings(environ: dict[str, str], state: str, value: str) -> None:
    """Where rows go is said with the reason."""
    assert place_of(environ)[0] == (state, "backend", value)


@pytest.mark.parametrize(
    ("environ", "container"),
    [
        ({}, "project_name:default-otel-project"),
        ({"BRAINTRUST_PROJECT": "shop"}, "project_name:shop"),
        ({"BRAINTRUST_PARENT": "experiment_id:e1"}, "experiment_id:e1"),
    ],
)
def test_container_follows_from_the_settings(environ: dict[str, str], container: str) -> None:
    """What nothing routes has a place, too."""
    said = f"{container}, where no logger says otherwise"
    assert place_of(environ)[1:] == [("ok", "container", said)]


def test_parent_that_is_not_understood_is_wrong() -> None:
    """Such spans go elsewhere than their user thinks."""
    state, name, value = place_of({"BRAINTRUST_PARENT": "my project"})[1]

    assert (state, name) == ("wrong", "container")
    assert value.startswith("BRAINTRUST_PARENT is not understood, so it is ignored.")
