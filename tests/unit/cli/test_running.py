"""``braintrust-otel run`` says what it is going to execute, and with which environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from braintrust_otel.cli.running import command_for, environment_for
from support.command_line import run_here

PYTHON = "/usr/bin/python3"
HERE = Path("/srv/app")


@pytest.mark.parametrize(
    ("command", "executed"),
    [
        (["app.py", "--fast"], [PYTHON, "app.py", "--fast"]),
        (["-m", "app", "-v"], [PYTHON, "-m", "app", "-v"]),
        (["python", "app.py"], ["python", "app.py"]),
        (["uvicorn", "app:app"], ["uvicorn", "app:app"]),
    ],
)
def test_files_and_modules_are_given_to_python(command: list[str], executed: list[str]) -> None:
    """A file of Python and a module need its interpreter; a command is executed as it is."""
    assert command_for(command, PYTHON) == executed


def test_a_file_that_can_be_executed_is(tmp_path: Path) -> None:
    """A script that names its own interpreter is run by that one."""
    script = tmp_path / "tool.py"
    script.touch(mode=0o755)

    assert command_for([str(script)], PYTHON) == [str(script)]


def test_our_distribution_is_chosen() -> None:
    """Who runs our command has named us, whatever else is installed."""
    assert environment_for({}, HERE)["OTEL_PYTHON_DISTRO"] == "braintrust"


def test_another_choice_of_the_user_stays() -> None:
    """A variable that is set already is not changed."""
    environ = environment_for({"OTEL_PYTHON_DISTRO": "aws_distro", "LANG": "C"}, HERE)

    assert (environ["OTEL_PYTHON_DISTRO"], environ["LANG"]) == ("aws_distro", "C")


def test_python_finds_what_starts_us_before_all_else() -> None:
    """Python loads OpenTelemetry at its start, and finds the program's own modules after it."""
    environ = environment_for({"PYTHONPATH": os.pathsep.join(["/lib/a", "/lib/b"])}, HERE)

    first, *rest = environ["PYTHONPATH"].split(os.pathsep)
    assert Path(first, "sitecustomize.py").exists()
    assert rest == [str(HERE), "/lib/a", "/lib/b"]


def test_running_inside_of_running_adds_nothing() -> None:
    """A program that is run by a program that is run has the same environment."""
    environ = environment_for({}, HERE)

    assert environment_for(environ, HERE) == environ


def test_a_command_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """What cannot be executed is said in one line, with status 1."""
    ended = run_here(["run", "no-such-command"], tmp_path)

    assert ended.status == 1
    assert ended.err == "braintrust-otel: There is no command 'no-such-command' to run.\n"
