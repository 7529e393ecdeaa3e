"""Which distribution and configurator is in charge, and when the hook acts."""

from __future__ import annotations

import pytest

from braintrust_otel._distro.entry_points import (
    DISTRO_VARIABLE,
    DISTROS,
    exporter_names,
    offers,
    others,
)
from braintrust_otel._distro.hook import is_wanted
from braintrust_otel._settings import load_settings


def test_our_own_offers_are_installed() -> None:
    """The package registers each of its entry points under its name."""
    groups = ["distro", "configurator", "traces_exporter", "post_instrument"]

    found = {group: [offer.name for offer in offers(f"opentelemetry_{group}")] for group in groups}

    assert all("braintrust" in names for names in found.values()), found


def test_ours_is_not_among_the_others() -> None:
    """What stands in for another distribution is not ours."""
    assert "braintrust" not in [offer.name for offer in others(DISTROS, DISTRO_VARIABLE, {})]


def test_named_ours_stands_in_for_none() -> None:
    """With ours chosen, nobody else's is looked at."""
    assert list(others(DISTROS, DISTRO_VARIABLE, {DISTRO_VARIABLE: "braintrust"})) == []


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        ("", []),
        ("none", []),
        ("otlp", ["otlp"]),
        (" braintrust , otlp,", ["braintrust", "otlp"]),
    ],
)
def test_exporters_are_read_as_opentelemetry_reads_them(
    value: str | None, names: list[str]
) -> None:
    """A list with commas, blanks around its members; ``none`` is no exporter."""
    environ = {} if value is None else {"OTEL_TRACES_EXPORTER": value}

    assert exporter_names(environ) == names


@pytest.mark.parametrize(
    ("environ", "acts"),
    [
        ({}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, False),
        ({"BRAINTRUST_LOCAL": "auto"}, False),
        ({"BRAINTRUST_API_KEY": "sk-1"}, True),
        ({"BRAINTRUST_LOCAL": "always"}, True),
        ({"BRAINTRUST_OTEL_CONTENT": "only"}, True),
        ({"BRAINTRUST_OTEL_CONTENT": "true"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp,braintrust"}, True),
    ],
)
def test_hook_acts_only_when_it_is_wanted(environ: dict[str, str], *, acts: bool) -> None:
    """Without a word about us in the environment nothing of ours is added to a program."""
    assert is_wanted(load_settings(environ, {}), environ) is acts
