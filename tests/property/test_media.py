"""Laws of turning media into attachments."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import decode, encode
from braintrust_otel._mapping.media import media_extractor
from braintrust_otel._model.attachments import uploads_in
from braintrust_otel._model.containers import project_logs
from braintrust_otel._model.rows import Row

PNG = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()
extract = media_extractor(b"secret")

KEYS = st.sampled_from(
    [
        *("type", "source", "data", "media_type", "mime_type", "format", "bytes", "image", "audio"),
        *("inlineData", "file_data", "b64_json", "result", "url", "input_audio", "content", "x"),
    ]
)
TEXTS = st.sampled_from(
    ["base64", "image/png", "png", "blob", PNG, f"data:image/png;base64,{PNG}", "", "text"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def row_of(value: object) -> Row:
    """Return a row with that input."""
    return Row("r", project_logs("p"), {"input": encode(value)})


@given(VALUES)
def test_extraction_never_raises_and_keeps_rows_without_media(value: Any) -> None:
    """Whatever is logged, the row is the same object, or refers to what was taken out of it."""
    row = row_of(value)

    extracted = extract(row)

    assert (extracted is row) == (not uploads_in(extracted.fields))


@given(VALUES)
def test_extraction_is_done_once(value: Any) -> None:
    """A row whose media was taken out has none left."""
    once = extract(row_of(value))

    twice = extract(once)

    assert twice is once


@given(VALUES)
def test_every_attachment_is_referred_to(value: Any) -> None:
    """The row holds the reference of each attachment, and of no other."""
    extracted = extract(row_of(value))

    text = encode(decode(extracted.fields["input"])).data
    assert all(encode(each.reference).data in text for each in uploads_in(extracted.fields))
    assert text.count(b'"braintrust_attachment"') == len(uploads_in(extracted.fields))
