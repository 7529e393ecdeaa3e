"""The kit is documented as a whole."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import braintrust_otel.instrument

PAGE = Path(__file__).parents[3] / "docs" / "instrumentors.md"


def test_every_public_name_is_on_the_page() -> None:
    """Whatever the kit offers is in the table of its page, and nothing else is."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    modules = pkgutil.iter_modules(braintrust_otel.instrument.__path__)
    packages = {module.name for module in modules if module.ispkg}

    assert documented == {*braintrust_otel.instrument.__all__, *packages}
