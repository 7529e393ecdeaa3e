"""The store is looked at, and never made."""

from __future__ import annotations

from pathlib import Path

import pytest

from braintrust_otel.cli.checks.local_store import check_store
from support.command_line import fill
from support.trace_rows import story

MIB = 1 << 20


def check(directory: Path, *, is_used: bool = True) -> list[tuple[str, str, str]]:
    """Return what is found out about the store in *directory*."""
    found = check_store(directory, MIB, is_used=is_used)
    return [(finding.state, finding.name, finding.value) for finding in found]


def test_store_is_reported_with_size_and_traces(tmp_path: Path) -> None:
    """Path, size against its limit, and the number of traces."""
    fill(tmp_path, story())

    path, size, content = check(tmp_path)

    assert path == ("ok", "path", str(tmp_path / "store.db"))
    assert size[2].endswith(" KiB of at most 1.0 MiB")
    assert content == ("ok", "content", "1 trace")


def test_missing_store_is_not_made(tmp_path: Path) -> None:
    """Before the first trace there is nothing wrong."""
    home = tmp_path / "a" / "b"

    assert check(home) == [
        ("ok", "path", str(home / "store.db")),
        ("note", "content", "no traces yet; the first one makes the store"),
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("is_used", "state"), [(True, "wrong"), (False, "warning")])
def test_directory_that_cannot_be_made_is_reported(
    tmp_path: Path, state: str, *, is_used: bool
) -> None:
    """It matters only where rows go there."""
    (tmp_path / "file").touch()

    found = check(tmp_path / "file" / "home", is_used=is_used)[1]

    assert found[:2] == (state, "content")
    assert found[2].startswith(f"The directory {tmp_path / 'file' / 'home'} cannot be made or wri")


def test_store_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """Rows would be kept in memory, which is not what anybody wants."""
    (tmp_path / "store.db").mkdir()

    found = check(tmp_path)[2]

    assert found[:2] == ("wrong", "content")
    assert "rows are kept in memory" in found[2]


@pytest.mark.parametrize(("is_used", "state"), [(True, "wrong"), (False, "warning")])
def test_damaged_store_is_reported(tmp_path: Path, state: str, *, is_used: bool) -> None:
    """The file is named, with what to do."""
    (tmp_path / "store.db").write_bytes(b"no database " * 1000)

    found = check(tmp_path, is_used=is_used)[2]

    assert found[:2] == (state, "content")
    assert "is damaged" in found[2]
