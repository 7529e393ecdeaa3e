"""What no linter looks at in the project's own files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.house import ROOT, Module, modules, tracked_files

MAX_LINES = 400

# Written so that this file does not hold what it looks for.
FOREIGN = {
    "a path of one machine": r"(?<![\w.~/:-])/(?:work|root|home|Users|opt)/\w",
    "the address of a package registry": r"pypi\.[a-z]+/|python[h]osted\.org|/simple/\w",
    "a key": r"\bsk-[A-Za-z0-9]{20,}",
}


def relative(path: Path) -> str:
    """Return the path as it is shown in a test's name."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("module", modules(), ids=str)
def test_file_is_not_too_long(module: Module) -> None:
    """A source file past 400 lines has a second job; it is time to find it."""
    assert len(module.path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("what", FOREIGN)
def test_files_hold_nothing_of_one_machine(what: str) -> None:
    """No file under version control speaks of where it was made."""
    pattern = re.compile(FOREIGN[what])

    found = [
        f"{relative(path)}: {match.group()}"
        for path in tracked_files()
        for match in pattern.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "requirements.txt"])
def test_no_lock_file_is_tracked(name: str) -> None:
    """Tested lower bounds take the place of a lock file, which would record addresses."""
    assert name not in {path.name for path in tracked_files()}
