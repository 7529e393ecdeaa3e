"""Settings come from the environment, the dotenv file or the table, and say which."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from braintrust_otel._settings import (
    SETTINGS,
    Dotenv,
    Setting,
    Settings,
    load_settings,
    store_directory,
)

BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}
WITH_DEFAULT = [setting for setting in SETTINGS if setting.name != "local_dir"]
IN_DOTENV = [setting for setting in SETTINGS if setting.in_dotenv]
NOT_IN_DOTENV = [setting for setting in SETTINGS if not setting.in_dotenv]


def load(environ: Mapping[str, str], dotenv: Mapping[str, str] | None = None) -> Settings:
    return load_settings(environ, {} if dotenv is None else dotenv)


def value_of(settings: Settings, variable: str) -> object:
    return getattr(settings, BY_VARIABLE[variable].name)


def test_table_and_settings_name_the_same_things() -> None:
    """Every row of the table has its attribute, and every attribute its row."""
    named = {field.name for field in fields(Settings)} - {"sources", "problems"}

    assert sorted(setting.name for setting in SETTINGS) == sorted(named)


@pytest.mark.parametrize("setting", WITH_DEFAULT, ids=lambda setting: setting.name)
def test_default(setting: Setting) -> None:
    """Without any source a setting has the table's default and says so."""
    settings = load({})

    assert getattr(settings, setting.name) == setting.default
    assert settings.sources[setting.name] == "the default"


def test_nothing_set_is_no_problem() -> None:
    """Defaults are silent."""
    assert load({}).problems == ()


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("BRAINTRUST_API_KEY", "sk-1\n\r\n", "sk-1"),
        ("BRAINTRUST_API_KEY", " sk-1", " sk-1"),
        ("BRAINTRUST_APP_URL", " http://localhost:8000/ ", "http://localhost:8000"),
        ("BRAINTRUST_API_URL", "HTTPS://api.example.com/x/", "HTTPS://api.example.com/x"),
        ("BRAINTRUST_PROXY_URL", "https://proxy.example.com", "https://proxy.example.com"),
        ("BRAINTRUST_ORG_NAME", " acme ", "acme"),
        ("BRAINTRUST_LOCAL", "Never", "never"),
        ("BRAINTRUST_LOCAL_DIR", " /srv/traces ", Path("/srv/traces")),
        ("BRAINTRUST_LOCAL_MAX_BYTES", "1048576", 1048576),
        ("BRAINTRUST_PARENT", "project_name:demo", "project_name:demo"),
        ("BRAINTRUST_PROJECT", "demo", "demo"),
        ("BRAINTRUST_PROJECT_ID", "p-1", "p-1"),
        ("BRAINTRUST_SYNC_FLUSH", " YES ", True),
        ("BRAINTRUST_MAX_REQUEST_SIZE", "1000", 1000),
        ("BRAINTRUST_DEFAULT_BATCH_SIZE", " 7 ", 7),
        ("BRAINTRUST_NUM_RETRIES", "0", 0),
        ("BRAINTRUST_QUEUE_SIZE", "0", 0),
        ("BRAINTRUST_QUEUE_MAX_BYTES", "1", 1),
        ("BRAINTRUST_QUEUE_DROP_WHEN_FULL", "on", True),
        ("BRAINTRUST_QUEUE_DROP_LOGGING_PERIOD", "0", 0.0),
        ("BRAINTRUST_HTTP_TIMEOUT", "1.5", 1.5),
        ("BRAINTRUST_EXIT_TIMEOUT", "0", 0.0),
        ("BRAINTRUST_DISABLE_ATEXIT_FLUSH", "1", True),
        ("BRAINTRUST_FAILED_PUBLISH_PAYLOADS_DIR", "/tmp/failed", "/tmp/failed"),  # noqa: S108 - never opened
        ("BRAINTRUST_ALL_PUBLISH_PAYLOADS_DIR", "all", "all"),
        ("BRAINTRUST_MAX_GENERATOR_ITEMS", "-1", -1),
        ("BRAINTRUST_OTEL_CONTENT", "Yes", "true"),
        ("BRAINTRUST_OTEL_CONTENT", "0", "false"),
        ("BRAINTRUST_OTEL_CONTENT", "ONLY", "only"),
        ("BRAINTRUST_ENVIRONMENT_TYPE", "ci", "ci"),
        ("BRAINTRUST_ENVIRONMENT_NAME", "staging", "staging"),
    ],
)
def test_variable_is_read(variable: str, text: str, value: object) -> None:
    """A variable's text becomes the value that it means, and the source names the variable."""
    settings = load({variable: text})

    assert value_of(settings, variable) == value
    assert settings.sources[BY_VARIABLE[variable].name] == variable
    assert settings.problems == ()


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("BRAINTRUST_LOCAL", "perhaps", "is 'perhaps', which is not one of auto, always, never"),
        ("BRAINTRUST_LOCAL_MAX_BYTES", "0", "is '0', which is not a whole number from 1048576"),
        ("BRAINTRUST_SYNC_FLUSH", "maybe", "is 'maybe', which is not true or false"),
        ("BRAINTRUST_MAX_REQUEST_SIZE", "0", "The default is used: the server's limit, else 6291"),
        ("BRAINTRUST_NUM_RETRIES", "-1", "is '-1', which is not a whole number from 0"),
        ("BRAINTRUST_QUEUE_SIZE", "many", "which is not a whole number from 0. The default is"),
        ("BRAINTRUST_QUEUE_SIZE", "9" * 5000, f"is '{'9' * 60}', which is not a whole number"),
        ("BRAINTRUST_HTTP_TIMEOUT", "0", "is '0', which is not a number of seconds over 0"),
        ("BRAINTRUST_HTTP_TIMEOUT", "inf", "is 'inf', which is not a number of seconds over 0"),
        ("BRAINTRUST_EXIT_TIMEOUT", "nan", "is 'nan', which is not a number of seconds from 0"),
        ("BRAINTRUST_EXIT_TIMEOUT", "-1", "is '-1', which is not a number of seconds from 0"),
        ("BRAINTRUST_EXIT_TIMEOUT", "soon", "The default is used: 30.0."),
    ],
)
def test_wrong_value_falls_back(variable: str, text: str, says: str) -> None:
    """A wrong value is said in one line, and the default holds."""
    settings = load({variable: text})

    (problem,) = settings.problems
    assert problem.startswith(f"{variable} is ")
    assert says in problem
    assert "\n" not in problem
    assert value_of(settings, variable) == BY_VARIABLE[variable].default
    assert settings.sources[BY_VARIABLE[variable].name] == "the default"


@pytest.mark.parametrize("variable", ["BRAINTRUST_APP_URL", "BRAINTRUST_API_URL"])
@pytest.mark.parametrize(
    "text", ["localhost:8000", "ftp://x", "http:/x", "https//y", "user:secret@host"]
)
def test_wrong_url_stays(variable: str, text: str) -> None:
    """Data meant for a private server never goes to the public one because of a slip."""
    settings = load({variable: text})

    (problem,) = settings.problems
    assert value_of(settings, variable) == text
    assert settings.sources[BY_VARIABLE[variable].name] == variable
    assert problem.startswith(f"{variable} is not a URL that starts with http:// or https://")
    assert text not in problem


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_blank_value_is_absent(setting: Setting) -> None:
    """A variable that holds blanks only is as good as none."""
    settings = load({setting.variable: " \t\n"})

    assert settings == load({})


@pytest.mark.parametrize("setting", IN_DOTENV, ids=lambda setting: setting.name)
def test_dotenv_fills_what_the_environment_lacks(setting: Setting) -> None:
    """An allowed variable is taken from the file when the environment has it blank or not."""
    path = Path("/app/.env.braintrust")

    settings = load({setting.variable: " "}, Dotenv({setting.variable: "http://x"}, path))

    assert getattr(settings, setting.name) == "http://x"
    assert settings.sources[setting.name] == f"{setting.variable} in {path}"


@pytest.mark.parametrize("setting", NOT_IN_DOTENV, ids=lambda setting: setting.name)
def test_dotenv_may_not_hold_everything(setting: Setting) -> None:
    """Variables that are not allowed in the file are not taken from any mapping in its place."""
    assert load({}, {setting.variable: "1"}) == load({})


def test_environment_comes_before_dotenv() -> None:
    """What is set in both places is taken from the environment."""
    settings = load({"BRAINTRUST_PROJECT": "outer"}, {"BRAINTRUST_PROJECT": "inner"})

    assert settings.project == "outer"


def test_plain_mapping_serves_as_dotenv() -> None:
    """Where the path is unknown the source names the file alone."""
    settings = load({}, {"BRAINTRUST_PROJECT": "inner"})

    assert settings.sources["project"] == "BRAINTRUST_PROJECT in .env.braintrust"


def test_problem_of_the_file_is_passed_on() -> None:
    """What was wrong with the file is said together with what is wrong in the environment."""
    settings = load({"BRAINTRUST_NUM_RETRIES": "x"}, Dotenv(problem="The file is broken."))

    assert settings.problems[0] == "The file is broken."
    assert len(settings.problems) == 2


def test_key_is_never_shown() -> None:
    """A secret does not get into logs by way of the settings' text."""
    settings = load({"BRAINTRUST_API_KEY": "sk-secret"})

    assert "secret" not in repr(settings)


def test_legacy_ids_are_said() -> None:
    """Who asks for the old ids learns that there are none."""
    settings = load({"BRAINTRUST_LEGACY_IDS": "1"})

    assert settings.legacy_ids is True
    assert settings.problems == (
        "BRAINTRUST_LEGACY_IDS has no effect: spans always have OpenTelemetry's ids.",
    )


def test_store_is_in_the_data_directory() -> None:
    """Without a directory of its own the store is where the caller says that data belongs."""
    assert store_directory(load({}), lambda: "/data") == Path("/data")


def test_platform_says_where_data_belongs() -> None:
    """The platform's data directory is the default, in a folder of our own."""
    found = store_directory(load({}))

    assert found.name == "braintrust-otel"
    assert not str(found).startswith("~")


def test_without_a_home_there_is_no_directory() -> None:
    """A tilde that stands for nothing becomes a path that no store can be made at."""
    assert store_directory(load({}), lambda: "~/data").parent == Path(os.devnull)


def test_tilde_is_the_home() -> None:
    """A directory may be given relative to the home."""
    settings = load({"BRAINTRUST_LOCAL_DIR": "~/traces"})

    assert store_directory(settings) == Path(os.path.expanduser("~/traces"))  # noqa: PTH111 - as the code does it
