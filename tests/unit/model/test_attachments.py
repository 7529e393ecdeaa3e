"""Attachments as values: references, names, and finding them in a row."""

from __future__ import annotations

import pytest

from braintrust_otel._json import Marker, encode
from braintrust_otel._model.attachments import (
    InlineAttachment,
    Uploadable,
    default_filename,
    failed_upload,
    uploads_in,
)


class Link(Marker):
    """An attachment that is not uploaded."""

    @property
    def reference(self) -> dict[str, object]:
        return {"type": "external_attachment", "url": "s3://x"}


def inline(key: str = "k") -> InlineAttachment:
    """Return an attachment of three bytes."""
    return InlineAttachment(key, "a.txt", "text/plain", b"abc")


def test_inline_attachment_says_what_it_is() -> None:
    """Rows hold a reference; the bytes are there for the upload."""
    attachment = inline()

    assert attachment.reference == {
        "type": "braintrust_attachment",
        "filename": "a.txt",
        "content_type": "text/plain",
        "key": "k",
    }
    assert attachment.memory_bytes == 3
    assert attachment.open().size_bytes == 3
    assert list(attachment.open().chunks()) == [b"abc"]


@pytest.mark.parametrize(
    "read",
    [
        lambda each: each.key,
        lambda each: each.filename,
        lambda each: each.content_type,
        lambda each: each.memory_bytes,
        lambda each: each.open(),
    ],
)
def test_an_attachment_has_to_say_what_it_is(read) -> None:  # noqa: ANN001 - any of these
    """The base says nothing of its own."""
    with pytest.raises(NotImplementedError):
        read(Uploadable())


@pytest.mark.parametrize(
    ("content_type", "filename"),
    [
        ("image/png", "attachment.png"),
        ("IMAGE/JPEG", "attachment.jpg"),
        ("text/plain; charset=utf-8", "attachment.txt"),
        ("application/x-strange+thing", "attachment.bin"),
        ("", "attachment.bin"),
    ],
)
def test_the_type_gives_a_filename(content_type: str, filename: str) -> None:
    """An attachment without a name gets one that people know how to open."""
    assert default_filename(content_type) == filename


def test_a_failed_upload_says_why() -> None:
    """The status of a failure holds the message."""
    assert failed_upload("no") == {"upload_status": "error", "error_message": "no"}


def test_uploads_are_found_anywhere_in_a_row() -> None:
    """Encoded text, plain objects and plain lists are looked through; links are left out."""
    one, two, three = inline("1"), inline("2"), inline("3")
    fields = {
        "input": encode([one, Link()]),
        "metadata": {"a": {"b": encode(two), "c": encode("none"), "d": 1}},
        "tags": ["x", [encode(three)]],
        "error": encode("none"),
        "created": "now",
    }

    assert uploads_in(fields) == [one, two, three]
