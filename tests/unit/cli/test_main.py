"""A command line ends in one line when it fails."""

from __future__ import annotations

import io

import click
import pytest
from typing_extensions import override

from braintrust_otel.cli.lazy_group import LazyCommand
from braintrust_otel.cli.main import COMMANDS, command_line, run
from support.command_line import surroundings

BROKEN = {
    name: LazyCommand(f"support.broken_commands:{name}", name)
    for name in ("bug", "refusal", "interrupt", "closed_pipe", "unreadable")
}


class ClosedPipe(io.StringIO):
    """A stream whose reader has gone."""

    @override
    def flush(self) -> None:
        raise BrokenPipeError


def ended(*arguments: str, out: io.StringIO | None = None) -> tuple[int, str]:
    """Run a command line; return its status and what it said."""
    around = surroundings(out)
    status = run(arguments, around, {**COMMANDS, **BROKEN})
    assert isinstance(around.err, io.StringIO)
    return status, around.err.getvalue()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'. See braintrust-otel --help."),
        (["--nonsense"], "No such option"),
        (["trace"], "Give either the id of a trace, or --last for the newest one. See brai"),
        (["trace", "abc", "--last"], "Give either the id of a trace, or --last for the newest "),
        (["traces", "--limit", "0"], "Invalid value for '--limit': 0 is not in the range"),
        (["serve", "--port", "x"], "Invalid value for '--port': 'x' is not a valid integer"),
        (["serve", "--port", "65536"], "Invalid value for '--port': 65536 is not in the range"),
    ],
)
def test_wrong_command_line_is_one_line(arguments: list[str], said: str) -> None:
    """Misuse ends with status 2 and says where the help is."""
    status, err = ended(*arguments)

    assert status == 2
    assert err.startswith(f"braintrust-otel: {said}")
    assert err.count("\n") == 1


def test_error_of_ours_is_one_line() -> None:
    """What went wrong is said in one line, even if the message has several."""
    assert ended("refusal") == (1, "braintrust-otel: It cannot be done. Do that instead.\n")


def test_bug_is_one_line() -> None:
    """An error that nobody thought of shows no traceback."""
    status, err = ended("bug")

    assert status == 1
    assert err == (
        "braintrust-otel: RuntimeError: unforeseen. This is a bug; "
        "braintrust-otel --debug COMMAND shows where.\n"
    )


def test_debug_shows_the_traceback() -> None:
    """With --debug an error shows where it came from, and the line about it."""
    status, err = ended("--debug", "bug")

    assert status == 1
    assert err.startswith("Traceback (most recent call last):")
    assert "in bug" in err
    assert "This is a bug" in err.splitlines()[-1]


def test_ctrl_c_is_quiet() -> None:
    """An interrupt ends with the status that shells expect."""
    assert ended("interrupt") == (130, "")


@pytest.mark.parametrize("arguments", [["closed_pipe"], ["--debug", "closed_pipe"]])
def test_closed_pipe_is_quiet(arguments: list[str]) -> None:
    """A reader that has seen enough is no error."""
    assert ended(*arguments) == (141, "")


def test_pipe_closed_at_the_end_is_quiet() -> None:
    """The same when it is noticed only when the rest is written."""
    assert ended(out=ClosedPipe()) == (141, "")


def test_commands_keep_the_order_of_the_table() -> None:
    """Tools that ask for the commands get them as help lists them."""
    group = command_line(COMMANDS)

    assert group.list_commands(click.Context(group)) == list(COMMANDS)


def test_refusal_of_click_is_one_line() -> None:
    """Other errors of click have a status of their own."""
    assert ended("unreadable") == (1, "braintrust-otel: Could not open file 'x': gone\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_summary_is_that_of_the_command(name: str) -> None:
    """The list of commands says what each command says of itself."""
    group = command_line(COMMANDS)

    command = group.get_command(click.Context(group), name)

    assert command is not None
    assert (command.help or "").startswith(COMMANDS[name].summary.rstrip("."))
