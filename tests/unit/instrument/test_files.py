"""Files become attachments, and nobody who owns them notices."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path
from typing import Any

import pytest

from braintrust_otel.instrument import attach_bytes, attach_file
from support.attached import told

MP3 = b"ID3" + b"sound" * 10
PNG = b"\x89PNG\r\n\x1a\npixels"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Provide a file."""
    path = tmp_path / "call.mp3"
    path.write_bytes(MP3)
    return path


def attached(data: bytes, filename: str, content_type: str) -> dict[str, Any]:
    """Return an attachment as ``told`` tells it."""
    return {"filename": filename, "content_type": content_type, "data": data}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (PNG, attached(PNG, "attachment.png", "image/png")),
        (bytearray(PNG), attached(PNG, "attachment.png", "image/png")),
        (b"anything", attached(b"anything", "attachment.bin", "application/octet-stream")),
        (("call.mp3", MP3), attached(MP3, "call.mp3", "audio/mpeg")),
        (("call", MP3, "audio/x-own"), attached(MP3, "call", "audio/x-own")),
        (("call", MP3, None, {"x": "y"}), attached(MP3, "call", "audio/mpeg")),
        ((None, PNG), attached(PNG, "attachment.png", "image/png")),
        (("a/b/call.mp3", io.BytesIO(MP3)), attached(MP3, "call.mp3", "audio/mpeg")),
    ],
)
def test_forms_that_clients_take_are_attached(file: Any, expected: dict[str, Any]) -> None:
    """Bytes, with a name, a type and headers beside them or not."""
    assert told(attach_file(file)) == expected


def test_path_is_read_at_once(path: Path) -> None:
    """The file may be gone right after the call."""
    attachment = attach_file(path)
    path.unlink()

    assert told(attachment) == attached(MP3, "call.mp3", "audio/mpeg")


@pytest.mark.parametrize("position", [0, 3, len(MP3)])
def test_open_file_stands_where_it_stood(path: Path, position: int) -> None:
    """The whole file is attached, as it is sent, wherever it stands, and it still stands there."""
    with path.open("rb") as file:
        file.seek(position)

        attachment = attach_file(file)

        assert file.tell() == position
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) in {position, len(MP3)}
        assert file.read() == MP3[position:]
    assert told(attachment) == attached(MP3, "call.mp3", "audio/mpeg")


def test_bytes_that_wait_to_be_written_count(tmp_path: Path) -> None:
    """A file that is being written is attached with what was written so far."""
    with (tmp_path / "call.mp3").open("w+b") as file:
        file.write(MP3)

        attachment = attach_file(file)

        assert file.tell() == len(MP3)
    assert told(attachment)["data"] == MP3


def test_memory_file_is_not_moved() -> None:
    """Neither is a file in memory."""
    file = io.BytesIO(MP3)
    file.seek(5)

    attachment = attach_file(file)

    assert file.tell() == 5
    assert told(attachment) == attached(MP3, "attachment.mp3", "audio/mpeg")


def test_unpacking_file_is_attached_unpacked(tmp_path: Path) -> None:
    """What is sent is what reading the object gives, not what is on disk."""
    packed = tmp_path / "call.mp3.gz"
    packed.write_bytes(gzip.compress(MP3))
    with gzip.open(packed) as file:
        file.read(3)

        attachment = attach_file(file)

        assert file.tell() == 3
    assert told(attachment)["data"] == MP3


def test_reader_over_an_unpacking_file_is_attached_unpacked(tmp_path: Path) -> None:
    """The same holds where the library's own reader stands between."""
    packed = tmp_path / "call.mp3.gz"
    packed.write_bytes(gzip.compress(MP3))
    with io.BufferedReader(gzip.open(packed)) as file:  # type: ignore[arg-type]  # it is raw enough
        attachment = attach_file(file)

    assert told(attachment)["data"] == MP3


def test_empty_file_is_attached(path: Path) -> None:
    """A file without bytes is a file all the same."""
    path.write_bytes(b"")
    with path.open("rb") as file:
        assert told(attach_file(file))["data"] == b""


def test_path_of_a_pipe_is_left_to_the_client(tmp_path: Path) -> None:
    """What comes through a pipe comes once, whether it is given open or by its path."""
    pipe = tmp_path / "call.mp3"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    writing = os.open(pipe, os.O_WRONLY)
    os.write(writing, MP3)

    found = attach_file(pipe)

    assert found == "call.mp3"
    assert os.read(reading, 1_000) == MP3
    os.close(writing)
    os.close(reading)


def test_pipe_is_left_to_the_client() -> None:
    """What can be read once is not read here; there is no name either."""
    reading, writing = os.pipe()
    os.write(writing, MP3)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        assert attach_file(("call.mp3", file)) == "call.mp3"
        assert file.read() == MP3


class Broken(io.BytesIO):
    """A file that cannot be read."""

    def getvalue(self) -> bytes:
        raise OSError("not today")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (Path("no/such/call.mp3"), "call.mp3"),
        (("call.mp3", Broken()), "call.mp3"),
        (io.StringIO("text"), None),
        (None, None),
        (5, None),
    ],
)
def test_what_cannot_be_read_is_told_by_name(file: Any, expected: str | None) -> None:
    """The client says what is wrong with it; here it costs nothing."""
    assert attach_file(file) == expected


def test_closed_file_is_told_by_name(path: Path) -> None:
    """So is a file that is closed already."""
    file = path.open("rb")
    file.close()

    assert attach_file(file) == "call.mp3"


@pytest.mark.parametrize(
    ("data", "content_type", "expected"),
    [
        (MP3, "audio/mpeg", ("speech.mp3", "audio/mpeg")),
        (b"x", "audio/opus; codecs=1", ("speech.opus", "audio/opus")),
        (MP3, "application/octet-stream", ("speech.mp3", "audio/mpeg")),
        (MP3, None, ("speech.mp3", "audio/mpeg")),
        (b"x", None, ("speech.bin", "application/octet-stream")),
    ],
)
def test_received_media_is_named_by_its_type(
    data: bytes, content_type: str | None, expected: tuple[str, str]
) -> None:
    """The type comes from the answer; where that says nothing, from the first bytes."""
    attachment = attach_bytes(data, "speech", content_type)

    assert told(attachment) == attached(data, *expected)
