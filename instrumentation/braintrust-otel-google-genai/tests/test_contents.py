"""What users pass as contents, and what stands on the row for it."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from google.genai import types

from braintrust_otel import Attachment
from braintrust_otel_google_genai.contents import contents_of, system_message

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
HI = {"role": "user", "parts": [{"text": "hi"}]}
CALL = {"functionCall": {"name": "f", "args": {"some_name": 1}}}

FORMS = {
    "text": ("hi", [HI]),
    "part": (types.Part.from_text(text="hi"), [HI]),
    "content": (types.Content(role="user", parts=[types.Part(text="hi")]), [HI]),
    "content of a class that has its role": (types.UserContent("hi"), [HI]),
    "mapping": ({"role": "user", "parts": [{"text": "hi"}]}, [HI]),
    "mapping without a role": ({"parts": [{"text": "hi"}]}, [{"parts": [{"text": "hi"}]}]),
    "mapping of a part": ({"text": "hi"}, [HI]),
    "texts": (["hi", "you"], [{"role": "user", "parts": [{"text": "hi"}, {"text": "you"}]}]),
    "list in a list": ([["hi"], "hi"], [HI, HI]),
    "a call is the model's": (
        ["hi", {"function_call": {"name": "f", "args": {"some_name": 1}}}],
        [HI, {"role": "model", "parts": [CALL]}],
    ),
    "answer of a function": (
        types.Part.from_function_response(name="f", response={"some_name": None}),
        [
            {
                "role": "user",
                "parts": [{"functionResponse": {"name": "f", "response": {"some_name": None}}}],
            }
        ],
    ),
    "uploaded file": (
        types.File(name="files/1", uri="https://f/1", mime_type="application/pdf"),
        [
            {
                "role": "user",
                "parts": [{"fileData": {"fileUri": "https://f/1", "mimeType": "application/pdf"}}],
            }
        ],
    ),
    "file elsewhere": (
        types.Part.from_uri(file_uri="gs://b/f.pdf", mime_type="application/pdf"),
        [
            {
                "role": "user",
                "parts": [{"fileData": {"fileUri": "gs://b/f.pdf", "mimeType": "application/pdf"}}],
            }
        ],
    ),
    "nothing": (None, []),
}


@pytest.mark.parametrize(("given", "contents"), FORMS.values(), ids=FORMS)
def test_contents_are_written_as_they_are_sent(given: Any, contents: list[Any]) -> None:
    """Whatever form users choose, the row has the one that goes over the wire."""
    assert contents_of(given) == contents


@pytest.mark.parametrize(
    "given",
    [
        types.Part.from_bytes(data=PNG, mime_type="image/png"),
        {"inline_data": {"data": PNG, "mime_type": "image/png"}},
        {"inlineData": {"data": PNG, "mimeType": "image/png"}},
        {"inline_data": types.Blob(data=PNG, mime_type="image/png")},
    ],
)
def test_image_becomes_an_attachment_in_its_place(given: Any) -> None:
    """Bytes of an image are replaced where they stand."""
    ((part,),) = [content["parts"] for content in contents_of([given])]

    assert list(part) == ["image_url"]
    attachment = part["image_url"]["url"]
    assert isinstance(attachment, Attachment)
    assert (attachment.data, attachment.reference["content_type"]) == (PNG, "image/png")


def test_other_media_becomes_a_file() -> None:
    """Bytes of anything else stand as a file; what was said beside them stays."""
    blob = {"data": b"%PDF-1", "mime_type": "application/pdf", "display_name": "a.pdf"}
    part = {"inline_data": blob, "thought_signature": b"signed"}

    ((written,),) = [content["parts"] for content in contents_of(part)]

    attachment = written["file"]["file_data"]
    assert attachment.reference["filename"] == "a.pdf"
    assert written["thoughtSignature"] == "c2lnbmVk"


def test_base64_stays_for_the_worker() -> None:
    """Text is left as it is: turning it into an attachment is no work for the caller's thread."""
    given = {"inlineData": {"data": "iVBORw0=", "mimeType": "image/png"}}

    assert contents_of(given) == [{"role": "user", "parts": [given]}]


def test_bytes_without_a_type_stay() -> None:
    """Bytes of which nothing is known are no media."""
    given = {"inline_data": {"data": b"ab"}}

    assert contents_of(given) == [{"role": "user", "parts": [{"inlineData": {"data": "YWI="}}]}]


def test_picture_in_memory_is_attached() -> None:
    """An image of Pillow's is written in the format that it has."""
    kind = type("Image", (SimpleNamespace,), {"__module__": "PIL.Image"})
    picture = kind(format="PNG", save=lambda target, format: target.write(PNG))  # noqa: A006  # Pillow's name

    ((part,),) = [content["parts"] for content in contents_of([picture])]

    assert part["image_url"]["url"].data == PNG
    assert "PIL" not in sys.modules


INSTRUCTIONS = {
    "text": "Be brief.",
    "part": types.Part(text="Be brief."),
    "content": types.Content(parts=[types.Part(text="Be brief.")]),
    "list": ["Be brief."],
    "mapping": {"role": "user", "parts": [{"text": "Be brief."}]},
}


@pytest.mark.parametrize("given", INSTRUCTIONS.values(), ids=INSTRUCTIONS)
def test_system_instruction_is_a_message(given: Any) -> None:
    """In whatever form it is given, it is a message of the system."""
    assert system_message(given) == [{"role": "system", "parts": [{"text": "Be brief."}]}]


def test_no_system_instruction_is_no_message() -> None:
    """Without one there is nothing."""
    assert system_message(None) == []
