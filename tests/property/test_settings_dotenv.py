"""Laws of reading ``.env.braintrust``."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._settings import find_dotenv

LINES = st.text(st.sampled_from("BRAINTRUST_PROJECT=a \t'\"\\#$\n"))
VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


def read(text: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / ".env.braintrust").write_text(text, encoding="utf-8", newline="")
        return find_dotenv(Path(directory))


@given(LINES)
def test_any_text_is_read(text: str) -> None:
    """Whatever stands in the file, reading it gives variables and no error."""
    found = read(f"BRAINTRUST_PROJECT={text}")

    assert set(found) <= {"BRAINTRUST_PROJECT"}


@given(VALUES)
def test_quoted_value_comes_back(value: str) -> None:
    """What a shell quotes is read as it was."""
    assert read(f"BRAINTRUST_PROJECT={shlex.quote(value)}") == {"BRAINTRUST_PROJECT": value}
