"""The nearest ``.env.braintrust`` is found, read forgivingly, and never exported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from braintrust_otel._settings import Dotenv, find_dotenv

NAME = ".env.braintrust"


def write(directory: Path, text: str | bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / NAME
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def values(directory: Path) -> dict[str, str]:
    return dict(find_dotenv(directory))


def test_file_in_the_directory(tmp_path: Path) -> None:
    """The file beside the program is read."""
    path = write(tmp_path, "BRAINTRUST_API_KEY=sk-1\nBRAINTRUST_PROJECT=demo\n")

    found = find_dotenv(tmp_path)

    assert found == {"BRAINTRUST_API_KEY": "sk-1", "BRAINTRUST_PROJECT": "demo"}
    assert (found.path, found.problem) == (path, None)


def test_nearest_file_is_a_boundary(tmp_path: Path) -> None:
    """A file further up does not add what the nearest one lacks."""
    write(tmp_path, "BRAINTRUST_API_KEY=outer\n")
    write(tmp_path / "inner", "BRAINTRUST_PROJECT=demo\n")

    assert values(tmp_path / "inner" / "deep" / "deeper") == {"BRAINTRUST_PROJECT": "demo"}


@pytest.mark.parametrize(("levels", "key"), [(64, "sk-1"), (65, None)])
def test_search_ends_after_64_parents(tmp_path: Path, levels: int, key: str | None) -> None:
    """The file may be 64 directories above, and no further."""
    write(tmp_path, "BRAINTRUST_API_KEY=sk-1\n")

    found = find_dotenv(tmp_path.joinpath(*["d"] * levels))

    assert found.get("BRAINTRUST_API_KEY") == key


def test_working_directory_is_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a directory the search begins where the program runs."""
    write(tmp_path, "BRAINTRUST_API_KEY=sk-1\n")
    monkeypatch.chdir(tmp_path)

    assert find_dotenv() == {"BRAINTRUST_API_KEY": "sk-1"}


def test_removed_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program whose directory is gone has no file, and no error."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert find_dotenv() == Dotenv()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("BRAINTRUST_PROJECT=demo", "demo"),
        ("  BRAINTRUST_PROJECT = demo  ", "demo"),
        ("export BRAINTRUST_PROJECT=demo", "demo"),
        ("export\tBRAINTRUST_PROJECT=demo", "demo"),
        ("BRAINTRUST_PROJECT=my demo", "my demo"),
        ("BRAINTRUST_PROJECT='my # demo'", "my # demo"),
        ('BRAINTRUST_PROJECT="my \\"demo\\""', 'my "demo"'),
        ("BRAINTRUST_PROJECT=my\\ demo", "my demo"),
        ("BRAINTRUST_PROJECT='my'\" demo\"", "my demo"),
        ("BRAINTRUST_PROJECT=demo # don't read this", "demo"),
        ("BRAINTRUST_PROJECT=demo#1", "demo#1"),
        ("BRAINTRUST_PROJECT=a=b", "a=b"),
        ("BRAINTRUST_PROJECT=$HOME", "$HOME"),
        ("BRAINTRUST_PROJECT=", ""),
        ("BRAINTRUST_PROJECT= # nothing", ""),
        ("BRAINTRUST_PROJECT=first\nBRAINTRUST_PROJECT=last", "last"),
        ("BRAINTRUST_PROJECT=demo\r\n", "demo"),
        ("\ufeffBRAINTRUST_PROJECT=demo", "demo"),
        ("BRAINTRUST_PROJECT=dämo", "dämo"),
        ("BRAINTRUST_PROJECT='a\u2028b'", "a\u2028b"),
    ],
)
def test_value_as_a_shell_reads_it(tmp_path: Path, line: str, value: str) -> None:
    """Quotes, escapes, comments and `export` mean what they mean in a shell; nothing expands."""
    write(tmp_path, line)

    assert values(tmp_path) == {"BRAINTRUST_PROJECT": value}


@pytest.mark.parametrize(
    "line",
    ["", "   ", "# BRAINTRUST_PROJECT=x", "nonsense", "=x", "PATH=x", "BRAINTRUST_NUM_RETRIES=5"],
)
def test_other_lines_are_passed_over(tmp_path: Path, line: str) -> None:
    """Blank lines, comments and variables that are not ours or not allowed count for nothing."""
    write(tmp_path, f"{line}\nBRAINTRUST_PROJECT=demo\n")

    found = find_dotenv(tmp_path)

    assert found == {"BRAINTRUST_PROJECT": "demo"}
    assert found.problem is None


@pytest.mark.parametrize("value", ["'open", '"open', "a'b", "back\\"])
def test_unbalanced_line_is_said(tmp_path: Path, value: str) -> None:
    """A line that a shell would not accept is skipped and named, the others count."""
    path = write(tmp_path, f"BRAINTRUST_ORG_NAME=acme\nBRAINTRUST_API_KEY={value}\n")

    found = find_dotenv(tmp_path)

    assert found == {"BRAINTRUST_ORG_NAME": "acme"}
    assert found.problem == (
        f"{path} is not understood in line 2, which is skipped. Check its quotes."
    )


def test_file_that_is_no_text(tmp_path: Path) -> None:
    """An unreadable file ends the search, and is said."""
    write(tmp_path, "BRAINTRUST_API_KEY=outer\n")
    path = write(tmp_path / "inner", b"BRAINTRUST_API_KEY=\xff\xfe")

    found = find_dotenv(tmp_path / "inner")

    assert found == {}
    assert str(found.problem).startswith(f"{path} could not be read: ")


def test_directory_of_that_name(tmp_path: Path) -> None:
    """What is no regular file is not opened, and ends the search."""
    path = tmp_path / NAME
    path.mkdir()

    found = find_dotenv(tmp_path)

    assert (found, found.path) == ({}, path)
    assert found.problem == f"{path} is no regular file, so it is not read."


def test_unlookable_place_is_passed_over(tmp_path: Path) -> None:
    """A path that the system refuses to look at holds no file."""
    write(tmp_path, "BRAINTRUST_API_KEY=sk-1\n")

    assert values(tmp_path / ("x" * 5000)) == {"BRAINTRUST_API_KEY": "sk-1"}


def test_environment_is_left_alone(tmp_path: Path) -> None:
    """Reading the file puts nothing into the process's environment."""
    write(tmp_path, "BRAINTRUST_PROJECT=from-file\n")
    before = dict(os.environ)

    find_dotenv(tmp_path)

    assert dict(os.environ) == before
