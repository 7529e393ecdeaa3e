"""What is installed is reported, and whether the parts fit."""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution
from pathlib import Path

import pytest

from braintrust_otel._version import __version__
from braintrust_otel.cli.checks.software import (
    Instrumentor,
    check_instrumentors,
    check_sdk,
    check_versions,
    find_instrumentors,
)


def distribution(directory: Path, name: str, instruments: str | None) -> Distribution:
    """Return an installed distribution; an instrumentor if *instruments* is a requirement."""
    info = directory / f"{name}-1.0.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0"]
    if instruments is not None:
        lines.append(f"Requires-Dist: {instruments}; extra == 'instruments'")
        (info / "entry_points.txt").write_text("[opentelemetry_instrumentor]\nx = x:X\n")
    (info / "METADATA").write_text("\n".join(lines))
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("installed", "state", "text"),
    [
        ("1.30.0", "ok", "1.30.0 (tested: 1.30 to 1.45)"),
        ("1.45.9", "ok", "1.45.9 (tested: 1.30 to 1.45)"),
        ("1.46.0rc1", "warning", "1.46.0rc1 is newer than what was tested: 1.30 to 1.45"),
        ("2.0", "warning", "2.0 is newer than what was tested: 1.30 to 1.45"),
        ("1.29.0", "wrong", "1.29.0 is too old; 1.30 to 1.45 are tested"),
        (None, "wrong", "not installed: pip install --upgrade braintrust-otel"),
    ],
)
def test_sdk_is_compared_with_what_was_tested(installed: str | None, state: str, text: str) -> None:
    """An SDK outside of the tested range is said to be so."""
    found = check_sdk(installed)

    assert (found.state, found.name, found.value) == (state, "opentelemetry-sdk", text)


def test_versions_are_reported() -> None:
    """This package, Python and the SDK of this environment are there, and fit."""
    found = check_versions()

    assert [finding.name for finding in found] == ["braintrust-otel", "Python", "opentelemetry-sdk"]
    assert found[0].value == __version__
    assert found[2].state in {"ok", "warning"}


def test_missing_sdk_is_wrong() -> None:
    """An environment that lost the SDK is told how to mend it."""

    def find(name: str) -> str:
        raise PackageNotFoundError(name)

    assert check_versions(find)[2] == check_sdk(None)


def test_instrumentors_are_found_among_distributions(tmp_path: Path) -> None:
    """Ours come first; what is no instrumentor is left out; libraries are checked."""
    installed = [
        distribution(tmp_path, "plain", None),
        distribution(tmp_path, "other-instrumentor", "click>=8"),
        distribution(tmp_path, "braintrust-otel-old", "click<1,>=0.5"),
        distribution(tmp_path, "braintrust-otel-gone", "no-such-library>=1"),
    ]

    gone, old, other = find_instrumentors(installed)

    assert (gone.name, gone.found) == ("braintrust-otel-gone", None)
    assert gone.missing == "no-such-library>=1"
    assert (old.name, old.missing) == ("braintrust-otel-old", "click<1,>=0.5")
    assert str(old.found).startswith("click 8")
    assert other == Instrumentor("other-instrumentor", "1.0")


def test_installed_instrumentors_are_found() -> None:
    """The distributions of this Python are looked through."""
    assert "braintrust-otel-openai" in {found.name for found in find_instrumentors()}


@pytest.mark.parametrize(
    ("instrumentor", "state", "text"),
    [
        (
            Instrumentor("braintrust-otel-a", "1.0"),
            "ok",
            "1.0; its library is installed and supported",
        ),
        (
            Instrumentor("braintrust-otel-a", "1.0", "a>=2"),
            "note",
            "1.0; a>=2 is not installed, so there is nothing to trace",
        ),
        (
            Instrumentor("braintrust-otel-a", "1.0", "a>=2", "a 1.9"),
            "wrong",
            (
                "1.0 supports a>=2, but there is a 1.9, so nothing of that is traced. "
                "Install a supported version."
            ),
        ),
        (
            Instrumentor("someone-else", "1.0", "a>=2", "a 1.9"),
            "warning",
            (
                "1.0 supports a>=2, but there is a 1.9, so nothing of that is traced. "
                "Install a supported version."
            ),
        ),
    ],
)
def test_instrumentor_is_reported_with_its_library(
    instrumentor: Instrumentor, state: str, text: str
) -> None:
    """A library that is missing is no trouble; one that is not supported is."""
    (found,) = check_instrumentors([instrumentor])

    assert (found.state, found.name, found.value) == (state, instrumentor.name, text)


def test_no_instrumentor_is_worth_a_note() -> None:
    """Who has none learns how to get one."""
    (found,) = check_instrumentors([])

    assert found.state == "note"
    assert "pip install 'braintrust-otel[openai]'" in found.value
