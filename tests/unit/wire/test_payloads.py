from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from braintrust_otel._diagnostics import Notices
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel.errors import IsolateError


def _files(directory: Path, lines: list[str]) -> PayloadFiles:
    tokens = iter(["0000000a", "0000000b", "0000000c"])
    return PayloadFiles(
        str(directory),
        Notices(lines.append, lambda: 0.0),
        clock=lambda: 1795317370.271244,
        token=lambda: next(tokens),
    )


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_a_body_is_kept_under_its_time(tmp_path: Path) -> None:
    """A body lands, as it is, in a file that time and a random part name."""
    files = _files(tmp_path, [])

    files.write_once(b'{"rows": []}')

    assert _names(tmp_path) == ["payload_1795317370.271244_0000000a.json"]
    assert (tmp_path / _names(tmp_path)[0]).read_bytes() == b'{"rows": []}'


def test_the_same_body_is_kept_once(tmp_path: Path) -> None:
    """A repeated try writes no further file, another body does."""
    files = _files(tmp_path, [])

    files.write_once(b"a")
    files.write_once(b"a")
    files.after_fork_in_child()
    files.write_once(b"b")

    assert len(_names(tmp_path)) == 2


def test_memory_of_kept_bodies_is_bounded(tmp_path: Path) -> None:
    """After many other bodies an old one counts as new: the memory of them does not grow."""
    tokens = iter(f"{number:08x}" for number in range(2000))
    files = PayloadFiles(
        str(tmp_path),
        Notices([].append, lambda: 0.0),
        clock=lambda: 1.0,
        token=lambda: next(tokens),
    )

    written = [files.write_once(b"%d" % number) for number in range(1025)]
    files.write_once(b"0")

    assert len(_names(tmp_path)) == len(written) + 1


def test_a_failed_body_has_its_reason_beside_it(tmp_path: Path) -> None:
    """Status, body and message of the refusal are in a file of the same name."""
    files = _files(tmp_path, [])

    files.write_failed(b"{}", IsolateError("Row refused.", status=400, body="bad row"))

    assert _names(tmp_path) == [
        "error_1795317370.271244_0000000a.json",
        "payload_1795317370.271244_0000000a.json",
    ]
    assert json.loads((tmp_path / _names(tmp_path)[0]).read_bytes()) == {
        "error": "Row refused.",
        "status": 400,
        "body": "bad row",
    }


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    """The directory is made when missing, and nobody else gets into it or its files."""
    directory = tmp_path / "deep" / "payloads"

    _files(directory, []).write_once(b"a")

    modes = [stat.S_IMODE(p.stat().st_mode) for p in (directory, *directory.iterdir())]
    assert modes == [0o700, 0o600]


def test_without_a_directory_nothing_is_kept() -> None:
    """No directory, no files."""
    lines: list[str] = []
    files = PayloadFiles(None, Notices(lines.append, lambda: 0.0))

    files.write_once(b"a")
    files.write_failed(b"a", IsolateError("x"))

    assert lines == []


def test_real_names_differ(tmp_path: Path) -> None:
    """By default the name holds the time of now and eight random hex digits."""
    files = PayloadFiles(str(tmp_path), Notices([].append, lambda: 0.0))

    files.write_once(b"a")

    assert re.fullmatch(r"payload_\d+\.\d{6}_[0-9a-f]{8}\.json", _names(tmp_path)[0])


def test_an_unwritable_directory_is_said_once(tmp_path: Path) -> None:
    """Where no file can be made, one line says so and nothing is raised."""
    (tmp_path / "file").write_text("in the way")
    lines: list[str] = []
    files = _files(tmp_path / "file", lines)

    files.write_once(b"a")
    files.write_failed(b"b", IsolateError("x"))

    assert len(lines) == 1
    assert "Payloads cannot be kept in" in lines[0]


def test_a_path_that_is_none_is_said(tmp_path: Path) -> None:
    """A directory name that no file system takes is said, not raised."""
    lines: list[str] = []

    _files(tmp_path / "a\0b", lines).write_once(b"a")

    assert len(lines) == 1
