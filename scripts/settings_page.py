"""Writes docs/settings.md from the table of settings.

Run it from the project's root after a change of the table: python scripts/settings_page.py
"""

# ruff: noqa: INP001 - a program, not a package
from __future__ import annotations

from itertools import groupby
from pathlib import Path

from braintrust_otel._settings import SETTINGS, Setting

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

_HEAD = """# Settings

<!-- Made by scripts/settings_page.py from src/braintrust_otel/_settings/table.py. Do not edit. -->

Every environment variable that braintrust-otel reads. An argument in code comes before a variable,
a variable before a line in `.env.braintrust`, and that before the default.

- Blank values count as absent. A wrong value is reported in one line and the default is used; only
  a wrong URL stays as it is, because another server must not get your data by accident.
- True is `true`, `1`, `yes`, `y` or `on`; false is `false`, `0`, `no`, `n` or `off`; in any case.
- Variables marked with * may also stand in a file `.env.braintrust`, as `NAME=value` lines. The
  nearest one counts: in the working directory, or else in one of its 64 next parents. It is read
  only, never put into the environment.
"""


def render() -> str:
    """Return the page."""
    parts = [_HEAD]
    for group, settings in groupby(SETTINGS, lambda setting: setting.group):
        rows = "\n".join(map(_row, settings))
        parts.append(
            f"\n## {group}\n\n| Variable | Takes | Default | Meaning |\n|---|---|---|---|\n{rows}\n"
        )
    return "".join(parts)


def _row(setting: Setting) -> str:
    star = " *" if setting.in_dotenv else ""
    cells = (
        f"`{setting.variable}`{star}",
        setting.kind.meaning,
        setting.default_text or _default(setting.default),
        setting.meaning,
    )
    return f"| {' | '.join(cells)} |"


def _default(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
