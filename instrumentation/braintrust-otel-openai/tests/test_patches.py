"""What is patched is there in the installed version of the library."""

from __future__ import annotations

from braintrust_otel.instrument import PatchTable, library_version
from braintrust_otel_openai import OpenAIInstrumentor


def test_every_patch_finds_its_method() -> None:
    """No method that the table names for this version is missing."""
    table = PatchTable(OpenAIInstrumentor().patches())

    missing = table.apply(library_version(OpenAIInstrumentor.library))
    table.undo()

    assert missing == []
