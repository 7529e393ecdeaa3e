"""Importing the package is cheap: it loads nothing that is not needed yet."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from support.house import ROOT

# -S: no site-packages, so nothing but the standard library is even reachable, and no .pth file
# loads anything on its own account.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import braintrust_otel
import json
print(json.dumps(sorted(set(sys.modules) - before - {"json"})))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """Return the modules that `import braintrust_otel` loads in a bare interpreter."""
    result = subprocess.run(
        [sys.executable, "-S", "-E", "-c", PROGRAM, str(ROOT / "src")],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(json.loads(result.stdout))


@pytest.mark.parametrize(
    "dear",
    ["opentelemetry", "requests", "typing", "asyncio", "logging", "importlib.metadata", "orjson"],
)
def test_import_leaves_dear_modules_alone(loaded: set[str], dear: str) -> None:
    """`import braintrust_otel` does not load what costs milliseconds."""
    assert dear not in loaded


def test_import_loads_the_facade_only(loaded: set[str]) -> None:
    """`import braintrust_otel` loads none of its own parts."""
    ours = {name for name in loaded if name.startswith("braintrust_otel")}

    assert ours == {"braintrust_otel"}
