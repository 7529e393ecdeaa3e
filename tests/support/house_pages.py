"""The runnable code of documentation pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from support.house import MEMBERS, ROOT

__all__ = ["Page", "pages"]

_FENCE = re.compile(r"^\s*```(\w*)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """One Markdown page.

    Attributes:
        path: Where it is.
        text: Its content.
    """

    path: Path
    text: str

    def code(self) -> str:
        """Return the ```python blocks as one program, each line at the number it has in the page.

        So a page reads, and runs, from top to bottom, and a traceback points into the page.
        """
        lines = []
        language = None
        for line in self.text.splitlines():
            fence = _FENCE.match(line)
            if fence:
                language = fence.group(1) if language is None else None
            lines.append(line if language == "python" and not fence else "")
        return "\n".join(lines) + "\n"

    def local_links(self) -> list[str]:
        """Return the targets of links that lead to files of the project."""
        targets = (target.partition("#")[0] for target in _LINK.findall(self.text))
        return [target for target in targets if target and "://" not in target]

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


def pages() -> list[Page]:
    """Return every page that a user or contributor reads."""
    paths = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *(path for member in MEMBERS for path in member.glob("*.md")),
    ]
    return [Page(path, path.read_text(encoding="utf-8")) for path in sorted(paths)]
