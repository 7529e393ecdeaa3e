"""The page about the command line is complete, and what it shows works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from braintrust_otel.cli.main import COMMANDS, command_line
from support.command_line import fill, run_here
from support.house import ROOT
from support.trace_rows import story

PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^braintrust-otel ([^#\n]*)", PAGE, re.MULTILINE)
# Serving does not end by itself, and what runs a program becomes it; their own tests run them.
RUNNABLE = [line.strip() for line in SHOWN if not line.startswith(("serve", "run"))]


def options() -> list[tuple[str, str]]:
    """Return every option of every command."""
    group = command_line(COMMANDS)
    context = click.Context(group)
    commands = {name: group.get_command(context, name) for name in COMMANDS}
    return [
        (name, parameter.opts[0])
        for name, command in commands.items()
        for parameter in (command.params if command else ())
        if isinstance(parameter, click.Option)
    ]


def section(name: str) -> str:
    """Return what the page says about a command, with what it says about all of them."""
    before, _, about = PAGE.partition(f"\n## {name}\n")
    return before.partition("\n## ")[0] + about.partition("\n## ")[0]


@pytest.mark.parametrize("line", RUNNABLE)
def test_command_on_the_page_works(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of the page can be run as it is, in a directory with the files that it names."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path, story())
    rows = run_here(["export"], tmp_path).out
    (tmp_path / "rows.jsonl").write_text(rows, encoding="utf-8")

    ended = run_here(shlex.split(line), tmp_path)

    assert (ended.status, ended.err) == (0, "")
    assert ended.out


def test_page_shows_every_command() -> None:
    """No command is without an example."""
    assert {line.split()[0] for line in SHOWN} == set(COMMANDS)


@pytest.mark.parametrize(("command", "option"), options())
def test_page_names_every_option(command: str, option: str) -> None:
    """No option is without a word about it."""
    assert option in section(command)
