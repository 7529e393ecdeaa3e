"""Media in texts: data URLs, base64, and types that the first bytes give away."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

import pytest

from braintrust_otel._mapping.base64_media import Media, from_base64, from_data_url

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(250))
TEXT = b64encode(PNG).decode()


def test_a_data_url_is_read() -> None:
    """A data URL gives its bytes and its type."""
    assert from_data_url(f"data:image/png;base64,{TEXT}") == Media(PNG, "image/png")


def test_a_data_url_keeps_its_parameters() -> None:
    """Parameters belong to the type; its own letters become small."""
    found = from_data_url(f"DATA:Text/Plain;charset=utf-8;BASE64,{TEXT}", "a.txt")

    assert found == Media(PNG, "text/plain;charset=utf-8", "a.txt")


@pytest.mark.parametrize(
    "text",
    [
        "data:image/png;base64,",
        "data:image/png;base64,AAAA",
        f"data:image/png,{TEXT}",
        f"data:;base64,{TEXT}",
        f"data:nothing;base64,{TEXT}",
        f"see data:image/png;base64,{TEXT}",
        f"data:image/png;base64,{TEXT} is it",
        f"data:image/png;base64,{TEXT}é",
        f"data:image/png;base64,{TEXT[:-3]}*",
        "data:image/png;base64,AAAAAAAAAAAAAAAAAAAAA",
        "https://example.com/image.png",
    ],
)
def test_what_is_no_whole_data_url_stays(text: str) -> None:
    """A text that only holds a data URL, or a broken one, is no media."""
    assert from_data_url(text) is None


@pytest.mark.parametrize(
    "text",
    [
        urlsafe_b64encode(PNG).decode(),
        TEXT.rstrip("="),
        "\n".join(TEXT[start : start + 76] for start in range(0, len(TEXT), 76)),
    ],
    ids=["url safe", "unpadded", "lines"],
)
def test_every_form_of_base64_is_read(text: str) -> None:
    """Both alphabets, missing padding and line ends are understood."""
    assert from_base64(text, "image/png") == Media(PNG, "image/png")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-1.7", "application/pdf"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb", "audio/mpeg"),
        (b"fLaC", "audio/flac"),
        (b"OggS", "audio/ogg"),
        (b"RIFF1234WAVE", "audio/wav"),
        (b"RIFF1234WEBP", "image/webp"),
    ],
)
def test_first_bytes_tell_the_type(start: bytes, kind: str) -> None:
    """Where nobody says the type, the first bytes do."""
    data = start + bytes(100)

    found = from_base64(b64encode(data).decode(), None)

    assert found == Media(data, kind)


@pytest.mark.parametrize("start", [b"RIFF1234AVI ", b"hello"])
def test_bytes_of_an_unknown_type_are_no_media(start: bytes) -> None:
    """What nothing tells the type of stays as it is."""
    assert from_base64(b64encode(start + bytes(100)).decode(), None) is None
