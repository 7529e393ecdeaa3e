"""The page about settings says what the table says, and the table has all that the code names."""

from __future__ import annotations

import re
import runpy

import pytest

from braintrust_otel._settings import SETTINGS
from support.house import ROOT, Module, modules


def test_page_equals_table() -> None:
    """docs/settings.md is what scripts/settings_page.py makes of the table."""
    script = runpy.run_path(str(ROOT / "scripts" / "settings_page.py"))

    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")

    assert page == script["render"]()


@pytest.mark.parametrize("module", modules(), ids=str)
def test_variables_that_code_names_are_in_the_table(module: Module) -> None:
    """Whatever a message or docstring tells users to set has an effect."""
    named = set(re.findall(r"\bBRAINTRUST_[A-Z_]*[A-Z]\b", module.path.read_text(encoding="utf-8")))

    assert named <= {setting.variable for setting in SETTINGS}
