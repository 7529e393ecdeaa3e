"""Attachments as users log them: what the row holds, and what is kept beside it."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

import braintrust_otel as braintrust
from braintrust_otel._runtime import root
from braintrust_otel.testing import CapturedRows

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


@dataclass
class Page:
    """A dataclass with an attachment in it."""

    scan: object


class Letter(BaseModel):
    """A pydantic model with an attachment in it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    scan: Any


def logged(rows: CapturedRows, value: object) -> Any:
    """Log *value*, and return what the row holds of it."""
    braintrust.init_logger(project="demo").log(input=value, output="x")
    return rows.one()["input"]


def read(reference: Any) -> bytes:
    """Return the bytes behind a reference in a row."""
    return braintrust.ReadonlyAttachment(reference).data


def uploads() -> Any:
    """Return what became of the attachments."""
    return root.pipeline().shipper.stats().attachments


def test_bytes_become_a_reference(rows: CapturedRows) -> None:
    """Bytes are uploaded; the row holds what they are called and where they are."""
    attachment = braintrust.Attachment(data=PNG, filename="x.png", content_type="image/png")

    reference = logged(rows, attachment)

    assert reference == attachment.reference
    assert reference["type"] == "braintrust_attachment"
    assert (reference["filename"], reference["content_type"]) == ("x.png", "image/png")
    assert read(reference) == PNG


def test_a_file_is_named_and_typed_by_its_path(rows: CapturedRows, tmp_path: Path) -> None:
    """A path as text or as Path gives the file's own name, and the type that it suggests."""
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF")

    reference = logged(
        rows, [braintrust.Attachment(data=str(path)), braintrust.Attachment(data=path)]
    )

    assert [each["filename"] for each in reference] == ["scan.pdf", "scan.pdf"]
    assert [each["content_type"] for each in reference] == ["application/pdf"] * 2
    assert [read(each) for each in reference] == [b"%PDF", b"%PDF"]


def test_file_objects_are_read(rows: CapturedRows, tmp_path: Path) -> None:
    """An open file, one that was read from, one in memory and one of text are attached."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789")
    with path.open("rb") as whole, path.open("rb") as rest, path.open() as lines:
        rest.seek(5)
        lines.read(1)
        files = [whole, rest, lines, io.BytesIO(b"memory"), io.StringIO("é")]
        attachments = [braintrust.Attachment(data=each, filename="a.txt") for each in files]

    references = logged(rows, attachments)

    assert [read(each) for each in references] == [
        b"0123456789",
        b"56789",
        b"123456789",
        b"memory",
        "é".encode(),
    ]


def test_attachments_may_stand_anywhere(rows: CapturedRows) -> None:
    """Dictionaries, lists, dataclasses, pydantic models and tuples may hold them."""
    attachment = braintrust.Attachment(data=b"x", filename="x.txt")
    value = {"a": [attachment], "b": Page(attachment), "c": Letter(scan=(attachment,))}

    row = logged(rows, value)

    reference = attachment.reference
    assert row == {"a": [reference], "b": {"scan": reference}, "c": {"scan": [reference]}}
    assert uploads().tries == 1


def test_every_field_may_hold_attachments(rows: CapturedRows) -> None:
    """Input, output, expected and metadata of one span are looked through."""
    names = ("input", "output", "expected", "metadata")
    with braintrust.init_logger(project="demo").start_span(name="s") as span:
        for name in names:
            attachment = braintrust.Attachment(data=name.encode(), filename=f"{name}.txt")
            span.log(**{name: {"file": attachment}})

    row = rows.one()

    assert [read(row[name]["file"]) for name in names] == [name.encode() for name in names]


def test_json_attachments_hold_values(rows: CapturedRows) -> None:
    """A value becomes a file of JSON, indented on demand."""
    plain = braintrust.JSONAttachment({"é": [1]})
    pretty = braintrust.JSONAttachment({"a": 1}, filename="p.json", pretty=True)

    references = logged(rows, [plain, pretty])

    assert [read(each) for each in references] == ['{"é": [1]}'.encode(), b'{\n  "a": 1\n}']
    assert [each["filename"] for each in references] == ["data.json", "p.json"]
    assert {each["content_type"] for each in references} == {"application/json"}


def test_json_attachments_refuse_what_is_no_json() -> None:
    """A value that json cannot write raises at once."""
    with pytest.raises(TypeError):
        braintrust.JSONAttachment({"a": object()})


def test_external_attachments_are_not_uploaded(rows: CapturedRows) -> None:
    """A file elsewhere is referred to, and never touched."""
    external = braintrust.ExternalAttachment(
        url="s3://bucket/k", filename="k.png", content_type="image/png"
    )

    reference = logged(rows, external)

    assert reference == {
        "type": "external_attachment",
        "filename": "k.png",
        "content_type": "image/png",
        "url": "s3://bucket/k",
    }
    assert external.upload() == {"upload_status": "done"}
    assert external.debug_info() == {"url": "s3://bucket/k", "reference": reference}
    assert uploads().logged == 0
    with pytest.raises(RuntimeError, match="no access to object stores"):
        _ = external.data


def test_a_missing_file_costs_nothing_but_itself(
    rows: CapturedRows, caplog: pytest.LogCaptureFixture
) -> None:
    """Creating it warns, the row arrives, and reading it says what was wrong."""
    attachment = braintrust.Attachment(data="no/such/file.txt")

    reference = logged(rows, attachment)

    readonly = braintrust.ReadonlyAttachment(reference)
    assert "'file.txt' cannot be read" in caplog.text
    assert readonly.status()["upload_status"] == "error"
    with pytest.raises(
        RuntimeError, match='Expected attachment status "done", got "error": Failed'
    ):
        _ = readonly.data
    with pytest.raises(OSError, match="no/such"):
        _ = attachment.data


class Hostile:
    """A file object that cannot be read."""

    def read(self) -> bytes:
        raise ValueError("closed")


@pytest.mark.parametrize("data", [Hostile(), 5, None, "nul\0", "."])
def test_creating_an_attachment_never_raises(rows: CapturedRows, data: Any) -> None:
    """Whatever is given, the row arrives, and the attachment is shown as failed."""
    attachment = braintrust.Attachment(data=data, filename="x.bin")

    reference = logged(rows, attachment)

    assert braintrust.ReadonlyAttachment(reference).status()["upload_status"] == "error"
    with pytest.raises((OSError, ValueError)):
        _ = attachment.data


def test_an_attachment_tells_about_itself(tmp_path: Path) -> None:
    """For looking into what goes on there are the path, the reference and a short text."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"12")
    file = braintrust.Attachment(data=path)
    memory = braintrust.Attachment(data=bytearray(b"1"))

    assert file.debug_info() == {"input_data": str(path), "reference": file.reference}
    assert memory.debug_info()["input_data"] == "<in-memory data>"
    assert "a.txt" in repr(file)
    assert (file.memory_bytes, file.data, file.memory_bytes) == (0, b"12", 2)
    assert (memory.filename, memory.content_type) == ("attachment.bin", "application/octet-stream")


def test_what_changes_later_is_not_seen(rows: CapturedRows) -> None:
    """A bytearray is copied when the attachment is made."""
    data = bytearray(b"before")
    attachment = braintrust.Attachment(data=data, filename="a.txt")
    data[:] = b"after!"

    assert read(logged(rows, attachment)) == b"before"


def test_upload_runs_once(rows: CapturedRows) -> None:
    """An upload by hand is not repeated, by hand or for the row."""
    attachment = braintrust.Attachment(data=b"x", filename="x.txt")

    statuses = [attachment.upload(), attachment.upload()]
    logged(rows, attachment)

    assert statuses == [{"upload_status": "done"}] * 2
    assert uploads().tries == 1


def test_readonly_attachments_can_be_logged_again(rows: CapturedRows) -> None:
    """What was read from a row and is logged stays the same reference."""
    reference = logged(rows, braintrust.Attachment(data=b"x", filename="x.txt"))
    readonly = braintrust.ReadonlyAttachment(reference)

    braintrust.init_logger(project="other").log(input=readonly, output="x")

    assert rows.all("other")[0]["input"] == reference
    assert str(readonly) == f"data:text/plain;base64,{b64encode(b'x').decode()}"
    assert readonly.metadata()["status"] == {"upload_status": "done"}
    assert "x.txt" in repr(readonly)


@pytest.mark.parametrize("reference", [{}, {"type": "inline"}, {"type": "braintrust_attachment"}])
def test_only_references_are_readonly_attachments(reference: dict[str, object]) -> None:
    """What refers to nothing is refused."""
    with pytest.raises(RuntimeError, match="Unknown attachment type"):
        braintrust.ReadonlyAttachment(reference)


def test_an_unknown_attachment_cannot_be_read(rows: CapturedRows) -> None:
    """A reference to something that the server does not have says so."""
    unknown = {"type": "braintrust_attachment", "key": "x", "filename": "a", "content_type": "b/c"}

    with pytest.raises(RuntimeError, match="Failed to look up attachment"):
        braintrust.ReadonlyAttachment(unknown).status()


def test_media_in_messages_is_attached(rows: CapturedRows) -> None:
    """A data URL inside a message becomes an attachment in its place."""
    url = f"data:image/png;base64,{b64encode(PNG).decode()}"

    row = logged(rows, [{"role": "user", "content": [{"image_url": {"url": url}}]}])

    assert read(row[0]["content"][0]["image_url"]["url"]) == PNG


def test_media_of_other_libraries_is_attached(rows: CapturedRows) -> None:
    """A span that another library made is converted as well."""
    url = f"data:image/png;base64,{b64encode(PNG).decode()}"
    braintrust.init_logger(project="demo")
    with rows.provider.get_tracer("other").start_as_current_span("s") as span:
        span.set_attribute("braintrust.input_json", json.dumps({"image": url}))
        span.set_attribute("gen_ai.system", "x")

    assert read(rows.named("s")["input"]["image"]) == PNG


def test_masked_attachments_are_not_uploaded(rows: CapturedRows) -> None:
    """What the masking function takes out of a row is never uploaded."""
    braintrust.set_masking_function(lambda value: "masked")

    row = logged(rows, {"a": braintrust.Attachment(data=b"x", filename="x.txt")})

    assert row == "masked"
    assert uploads().logged == 0


def test_bases_tell_kinds_apart() -> None:
    """All attachments that can be logged share a base."""
    attachment = braintrust.Attachment(data=b"x")

    assert isinstance(attachment, braintrust.BaseAttachment)
    assert issubclass(braintrust.ExternalAttachment, braintrust.BaseAttachment)
