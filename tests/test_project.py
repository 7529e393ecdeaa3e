"""The project's set-up says the same thing wherever it says it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from braintrust_otel._version import __version__
from support.house import MEMBERS, ROOT, read_toml
from support.house_pages import Page, pages

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
PROJECT = read_toml(ROOT / "pyproject.toml")["project"]


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_make_help_names_every_target(target: str) -> None:
    """`make` without a target prints each target with one line about it."""
    assert re.search(rf"^{target}:.*## \S", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("page", pages(), ids=str)
def test_pages_name_targets_that_exist(page: Page) -> None:
    """A `make` command on a page is one that the Makefile knows."""
    named = set(
        re.findall(r"^\s*make ([a-z][a-z-]*)|`make ([a-z][a-z-]*)`", page.text, re.MULTILINE)
    )

    assert {first or second for first, second in named} <= TARGETS


def test_ci_runs_make_test() -> None:
    """CI runs what a developer runs."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert "make --no-print-directory test" in script


def test_ci_script_is_executable() -> None:
    """The CI script can be started as it is checked out."""
    listed = subprocess.run(
        ["git", "ls-files", "--stage", ".ci/run"],  # noqa: S607 - git is found on PATH
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )

    assert listed.stdout.startswith("100755")


def test_extra_all_holds_every_extra() -> None:
    """`braintrust-otel[all]` installs what all other extras install."""
    extras = PROJECT["optional-dependencies"]

    everything = set(re.findall(r"\[(.*)\]", extras["all"][0])[0].split(","))

    assert everything == set(extras) - {"all"}


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_instrumentor_has_an_extra(member: Path) -> None:
    """Every instrumentor is installed by the extra that bears its name."""
    extra = member.name.removeprefix("braintrust-otel-")

    assert PROJECT["optional-dependencies"][extra] == [member.name]


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_instrumentor_is_packaged_like_the_others(member: Path) -> None:
    """An instrumentor has a prefixed entry point, a supported range, a licence and the version."""
    project = read_toml(member / "pyproject.toml")["project"]
    library = member.name.removeprefix("braintrust-otel-")

    entry_points = project["entry-points"]["opentelemetry_instrumentor"]

    assert set(entry_points) == {f"braintrust-{library}"}
    assert re.search(r">=.*<", project["optional-dependencies"]["instruments"][0])
    assert project["license"] == PROJECT["license"]
    assert project["version"] == __version__
    assert project["requires-python"] == PROJECT["requires-python"]
    assert (member / project["readme"]).is_file()
    assert (member / "LICENSE").samefile(ROOT / "LICENSE")
