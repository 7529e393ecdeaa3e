"""Media inside a row: where it is found, and what stands there afterwards."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from braintrust_otel._json import Encoded, decode, encode
from braintrust_otel._mapping.media import media_extractor
from braintrust_otel._model.attachments import InlineAttachment, Uploadable, uploads_in
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(60))
PDF = b"%PDF-1.7" + bytes(range(60))
WAV = b"RIFF1234WAVE" + bytes(range(60))
PLAIN = bytes(range(60))
extract = media_extractor(b"secret")


def text(data: bytes) -> str:
    """Return *data* as base64."""
    return b64encode(data).decode()


def url(data: bytes, kind: str) -> str:
    """Return *data* as a data URL."""
    return f"data:{kind};base64,{text(data)}"


def row_of(value: object, **fields: object) -> Row:
    """Return a row with that input."""
    return Row("r", project_logs("p"), {"input": encode(value), **fields})


class Ref:
    """Stands for the reference to an attachment in an expected value."""

    def __init__(self, filename: str, content_type: str) -> None:
        self.filename = filename
        self.content_type = content_type

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict) or len(other.get("key", "")) != 36:
            return False
        rest = {name: value for name, value in other.items() if name != "key"}
        return rest == {
            "type": "braintrust_attachment",
            "filename": self.filename,
            "content_type": self.content_type,
        }

    __hash__ = None  # type: ignore[assignment] # it is never a key

    def __repr__(self) -> str:
        return f"Ref({self.filename!r}, {self.content_type!r})"


IMAGE = Ref("attachment.png", "image/png")
FILE = Ref("attachment.pdf", "application/pdf")
SOUND = Ref("attachment.wav", "audio/wav")

SHAPES: list[tuple[str, Any, Any]] = [
    ("text", url(PNG, "image/png"), IMAGE),
    ("list", ["a", url(PNG, "image/png")], ["a", IMAGE]),
    (
        "openai image",
        [{"role": "user", "content": [{"image_url": {"url": url(PNG, "image/png")}}]}],
        [{"role": "user", "content": [{"image_url": {"url": IMAGE}}]}],
    ),
    (
        "openai responses image",
        {"type": "input_image", "image_url": url(PNG, "image/png")},
        {"type": "input_image", "image_url": IMAGE},
    ),
    (
        "openai file",
        {"file": {"filename": "cv.pdf", "file_data": url(PDF, "application/pdf")}},
        {"file": {"filename": "cv.pdf", "file_data": Ref("cv.pdf", "application/pdf")}},
    ),
    (
        "openai file without a data url",
        {"filename": "cv.PDF", "file_data": text(PDF)},
        {"filename": "cv.PDF", "file_data": Ref("cv.PDF", "application/pdf")},
    ),
    ("file without a name", {"file_data": text(PDF)}, {"file_data": FILE}),
    (
        "openai audio in",
        {"input_audio": {"data": text(PLAIN), "format": "mp3"}},
        {"input_audio": {"data": Ref("attachment.mp3", "audio/mpeg"), "format": "mp3"}},
    ),
    (
        "openai audio out",
        {"audio": {"id": "a", "data": text(WAV), "transcript": "hi"}},
        {"audio": {"id": "a", "data": SOUND, "transcript": "hi"}},
    ),
    (
        "audio out with a format",
        {"audio": {"data": text(PLAIN), "format": "opus"}},
        {"audio": {"data": Ref("attachment.opus", "audio/opus"), "format": "opus"}},
    ),
    ("openai images", {"data": [{"b64_json": text(PNG)}]}, {"data": [{"b64_json": IMAGE}]}),
    (
        "openai image generation",
        {"type": "image_generation_call", "result": text(PLAIN), "output_format": "webp"},
        {
            "type": "image_generation_call",
            "result": Ref("attachment.webp", "image/webp"),
            "output_format": "webp",
        },
    ),
    (
        "anthropic",
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": text(PNG)},
        },
        {"type": "image", "source": IMAGE},
    ),
    (
        "bedrock image",
        {"image": {"format": "png", "source": {"bytes": text(PNG)}}},
        {"image": {"format": "png", "source": {"bytes": IMAGE}}},
    ),
    (
        "bedrock document",
        {"document": {"format": "pdf", "name": "cv", "source": {"bytes": text(PDF)}}},
        {
            "document": {
                "format": "pdf",
                "name": "cv",
                "source": {"bytes": Ref("cv.pdf", "application/pdf")},
            }
        },
    ),
    (
        "bedrock video",
        {"video": {"format": "mov", "source": {"bytes": text(PLAIN)}}},
        {
            "video": {
                "format": "mov",
                "source": {"bytes": Ref("attachment.mov", "video/quicktime")},
            }
        },
    ),
    (
        "google image",
        {"parts": [{"inlineData": {"mimeType": "image/png", "data": text(PNG)}, "n": 1}]},
        {"parts": [{"image_url": {"url": IMAGE}, "n": 1}]},
    ),
    (
        "google file",
        {
            "inline_data": {
                "mime_type": "application/pdf",
                "data": text(PDF),
                "display_name": "x.pdf",
            }
        },
        {"file": {"file_data": Ref("x.pdf", "application/pdf")}},
    ),
    (
        "mcp",
        {"type": "image", "mimeType": "image/png", "data": text(PNG)},
        {"type": "image", "mimeType": "image/png", "data": IMAGE},
    ),
    (
        "langchain",
        {"type": "image", "mime_type": "image/png", "base64": text(PNG)},
        {"type": "image", "mime_type": "image/png", "base64": IMAGE},
    ),
    (
        "opentelemetry",
        {"type": "blob", "mime_type": "image/png", "content": text(PNG)},
        {"type": "blob", "mime_type": "image/png", "content": IMAGE},
    ),
]


@pytest.mark.parametrize(("value", "expected"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES])
def test_media_is_replaced_in_place(value: Any, expected: Any) -> None:
    """Each provider's media gives way to a reference; everything around it stays."""
    extracted = extract(row_of(value))

    assert decode(extracted.fields["input"]) == expected
    assert len(uploads_in(extracted.fields)) == 1


UNCHANGED: list[Any] = [
    {"data": text(PNG)},
    {"type": "text", "data": "a" * 100, "media_type": 5},
    {"type": "base64", "data": 5, "media_type": "image/png"},
    {"type": "base64", "media_type": "unknown", "data": text(PNG)},
    {"inlineData": {"data": text(PNG)}},
    {"inlineData": "data: base64 " * 10},
    {"input_audio": {"data": text(PNG)}, "x": "base64"},
    {"input_audio": {"data": 7, "format": "mp3"}, "x": "base64 " * 10},
    {"audio": {"data": 7}, "x": "base64 " * 10},
    {"audio": {"data": text(PLAIN)}},
    {"audio": "base64 " * 10},
    {"image": {"format": "png", "source": {"bytes": 5}}, "x": "base64 " * 10},
    {"image": {"source": {"bytes": text(PNG)}}},
    {"document": {"format": "exe", "source": {"bytes": text(PNG)}}},
    {"image": {"format": "png", "source": "s3"}, "x": "base64 " * 10},
    {"file_data": text(PLAIN)},
    {"b64_json": text(PLAIN)},
    {"image_url": {"url": "https://example.com/a.png?data=base64"}, "x": "y" * 50},
    f"look: {url(PNG, 'image/png')}",
]


@pytest.mark.parametrize("value", UNCHANGED)
def test_what_is_no_media_stays(value: Any) -> None:
    """Unknown types, broken shapes, links and texts around a data URL leave the row as it is."""
    row = row_of(value)

    assert extract(row) is row


@pytest.mark.parametrize("value", [None, "short", 5, "x" * 100, {"a": "b" * 100}])
def test_rows_without_media_are_passed_through(value: object) -> None:
    """A row in which nothing looks like media is the same object afterwards."""
    row = row_of(value)

    assert extract(row) is row


LARGE = text(PNG + bytes(1500))
WORDS = 'many words, and a quote " now and then. ' * 100


def test_large_media_is_found_in_long_texts() -> None:
    """Whatever stands around it, media of a kibibyte and more is found in every shape."""
    row = row_of([WORDS, {"b64_json": LARGE}, WORDS])

    assert decode(extract(row).fields["input"]) == [WORDS, {"b64_json": IMAGE}, WORDS]


@pytest.mark.parametrize("offset", [0, 1, 511, 1023])
def test_large_media_is_found_wherever_it_begins(offset: int) -> None:
    """A kibibyte without a space is noticed at any distance from the spaces around it."""
    picture = PNG + bytes(range(1, 256)) * 4
    value = ["word " * 400 + "x" * offset, {"mimeType": "image/png", "data": text(picture)}]

    fields = extract(row_of([*value, "word " * 400])).fields

    assert len(uploads_in(fields)) == 1


def test_small_data_urls_are_found_in_long_texts() -> None:
    """What calls itself base64 is found however small it is."""
    row = row_of([WORDS, url(PNG, "image/png")])

    assert decode(extract(row).fields["input"]) == [WORDS, IMAGE]


def test_tiny_media_of_rare_shapes_stays_in_long_texts() -> None:
    """An upload is not worth it for some bytes that say only by their place what they are."""
    row = row_of([WORDS, {"b64_json": text(PNG)}])

    assert extract(row) is row


def test_media_below_the_depth_cap_stays() -> None:
    """Media nested deeper than 128 levels stays as it is."""
    value: Any = url(PNG, "image/png")
    for _ in range(129):
        value = [value]
    row = row_of(value)

    assert extract(row) is row


def test_plain_values_are_read_too() -> None:
    """A field that a dialect filled with a plain text or object is converted as well."""
    row = Row(
        "r",
        project_logs("p"),
        {"input": url(PNG, "image/png"), "output": {"a": encode([url(PDF, "application/pdf")])}},
    )

    extracted = extract(row)

    assert decode(extracted.fields["input"]) == IMAGE
    assert decode(extracted.fields["output"]) == {"a": [FILE]}


@pytest.mark.parametrize("value", ["plain", {"a": 1}, ["b"], 7])
def test_plain_values_without_media_stay(value: object) -> None:
    """A plain value without media is not even copied."""
    row = Row("r", project_logs("p"), {"output": value})

    assert extract(row) is row


def test_other_fields_stay() -> None:
    """Only input and output are looked at; the rest of the row is carried over."""
    metadata = encode({"icon": url(PNG, "image/png")})
    row = Row(
        "r",
        project_logs("p"),
        {"input": encode(url(PNG, "image/png")), "metadata": metadata},
        is_merge=True,
        may_join=False,
    )

    extracted = extract(row)

    assert extracted.fields["metadata"] is metadata
    assert (extracted.id, extracted.is_merge, extracted.may_join) == ("r", True, False)


def test_attachments_that_were_there_stay_attached() -> None:
    """Markers of the field are kept beside the new ones."""
    logged = InlineAttachment("k", "a.bin", "application/octet-stream", b"x")

    extracted = extract(row_of({"a": logged, "b": url(PNG, "image/png")}))

    assert uploads_in(extracted.fields)[0] is logged
    assert len(uploads_in(extracted.fields)) == 2


def test_equal_media_has_equal_keys() -> None:
    """A picture that is repeated in later rows is the same attachment; its bytes are kept."""
    first, second = (
        uploads_in(extract(row_of(value)).fields)[0]
        for value in (url(PNG, "image/png"), ["x", url(PNG, "image/png")])
    )

    assert first.key == second.key
    assert b"".join(first.open().chunks()) == PNG


def test_keys_tell_nothing_of_the_bytes() -> None:
    """Another process has other keys for the same bytes; both look like random UUIDs."""
    row = row_of(url(PNG, "image/png"))

    (one,) = uploads_in(extract(row).fields)
    (other,) = uploads_in(media_extractor(b"another")(row).fields)

    assert one.key != other.key
    assert one.key[14] == "4"
    assert one.key[19] in "89ab"


def test_the_text_stays_exact() -> None:
    """Numbers of any length beside media keep every digit."""
    row = Row(
        "r",
        project_logs("p"),
        {
            "input": Encoded(
                b'[123456789012345678901234567890,"%b"]' % url(PNG, "image/png").encode()
            )
        },
    )

    extracted = extract(row)

    field = extracted.fields["input"]
    assert isinstance(field, Encoded)
    assert field.data.startswith(b"[123456789012345678901234567890,{")
    assert isinstance(field.markers[0], Uploadable)
