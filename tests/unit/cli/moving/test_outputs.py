"""A file that is being exported: complete or not there, and gone on with after any cut."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from braintrust_otel.cli.moving.outputs import FileOutput, StreamOutput
from braintrust_otel.cli.surroundings import CommandError
from support.command_line import surroundings

FIRST, SECOND = [{"id": "a"}, {"id": "b"}], [{"id": "c"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "rows.jsonl"


@pytest.fixture
def begun(path: Path) -> Iterator[FileOutput]:
    """An export of which one page is written."""
    output = FileOutput(path, "here")
    output.begin()
    output.write(FIRST, "next")
    yield output
    output.close()


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_file_appears_once_it_is_complete(begun: FileOutput, path: Path) -> None:
    """Until the end there is only a part of the file, and afterwards nothing but the file."""
    assert not path.exists()

    begun.write(SECOND, None)
    begun.finish()

    assert lines(path) == ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600


def test_export_goes_on_after_the_last_page(begun: FileOutput, path: Path) -> None:
    """What was written after the last page that was noted is cut off, whatever it is."""
    begun.close()
    part = path.with_name("rows.jsonl.part")
    part.write_bytes(part.read_bytes() + b'{"id":"c"}\n{"id":"d')

    output = FileOutput(path, "here")
    cursor = output.resume()
    already = [row["id"] for row in output.exported()]
    output.write(SECOND, None)
    output.finish()

    assert (cursor, already, output.rows) == ("next", ["a", "b"], 3)
    assert lines(path) == ['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']


def test_beginning_anew_forgets_the_part(begun: FileOutput, path: Path) -> None:
    """Without resuming, what an earlier run left does not count."""
    begun.close()

    output = FileOutput(path, "here")
    output.begin()
    can_resume = output.can_resume
    output.write(SECOND, None)
    output.finish()

    assert not can_resume
    assert lines(path) == ['{"id":"c"}']


def test_part_of_another_export_is_refused(begun: FileOutput, path: Path) -> None:
    """Rows of two sources are never mixed in one file."""
    begun.close()

    with pytest.raises(CommandError, match=r"is a part of another export \(here\)"):
        FileOutput(path, "there").resume()


def test_part_that_lost_bytes_is_refused(begun: FileOutput, path: Path) -> None:
    """A part that is shorter than what was noted is not what was written."""
    begun.close()
    path.with_name("rows.jsonl.part").write_bytes(b"")
    output = FileOutput(path, "here")

    with pytest.raises(CommandError, match="is shorter than"):
        output.resume()

    output.close()


@pytest.mark.parametrize(
    ("notes", "reason"),
    [(b"{", "cannot be read"), (b"[]", "is not what was written"), (b"{}", "is not what was")],
)
def test_spoilt_notes_are_refused(notes: bytes, reason: str, begun: FileOutput, path: Path) -> None:
    """Notes that cannot be read are no place to go on from."""
    begun.close()
    path.with_name("rows.jsonl.part.json").write_bytes(notes)

    with pytest.raises(CommandError, match=reason):
        FileOutput(path, "here").resume()


def test_nothing_to_resume_is_said(path: Path) -> None:
    """Resuming says whether the file is there already or was never begun."""
    with pytest.raises(CommandError, match="was never begun"):
        FileOutput(path, "here").resume()


def test_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A directory that is a file is one line, not a traceback."""
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="cannot be written"):
        FileOutput(tmp_path / "file" / "rows.jsonl", "here").begin()


def test_stream_gets_nothing_that_a_terminal_obeys() -> None:
    """What is printed means the same, with escapes for control characters."""
    out = io.StringIO()

    output = StreamOutput(surroundings(out))
    output.write([{"id": "a\u202eb\x9b"}], None)
    output.finish()

    assert out.getvalue() == '{"id":"a\\u202eb\\u009b"}\n'
