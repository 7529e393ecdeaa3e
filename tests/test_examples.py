"""Every example runs as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.house import ROOT
from support.house_programs import complaints, run_program

# Those of the guide have their own tests, in test_guide.py.
EXAMPLES = sorted(
    path for path in (ROOT / "examples").glob("*.py") if not path.stem.startswith("guide_")
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example: Path, tmp_path: Path) -> None:
    """The example runs and logs, without a key and without the network."""
    result = run_program(example, tmp_path)

    assert complaints(result, tmp_path) == [], result.stdout + result.stderr


def test_there_are_examples() -> None:
    """The examples are where this file looks for them."""
    assert "quickstart.py" in {example.name for example in EXAMPLES}
