"""Where the project's own files are, for tests about the project itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "MEMBERS",
    "ROOT",
    "SOURCE_ROOTS",
    "Module",
    "modules",
    "read_toml",
    "tracked_files",
]

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = sorted(path.parent for path in ROOT.glob("instrumentation/*/pyproject.toml"))
SOURCE_ROOTS = [ROOT / "src", *(member / "src" for member in MEMBERS)]


@dataclass(frozen=True)
class Module:
    """One module of the shipped packages.

    Attributes:
        name: Dotted name.
        path: Where it is.
    """

    name: str
    path: Path

    @property
    def is_public(self) -> bool:
        """Whether no part of its name starts with an underscore."""
        return not any(part.startswith("_") for part in self.name.split("."))

    def tree(self) -> ast.Module:
        """Return the parsed source."""
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    def declared(self) -> list[str] | None:
        """Return `__all__` as written, or None where there is none."""
        for node in self.tree().body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                return [str(name) for name in ast.literal_eval(node.value)]
        return None

    def defined(self) -> set[str]:
        """Return the public functions and classes that the module itself defines."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        names = {node.name for node in self.tree().body if isinstance(node, kinds)}
        return {name for name in names if not name.startswith("_")}

    def __str__(self) -> str:
        return self.name


def modules() -> list[Module]:
    """Return the modules of all shipped packages, in order of their names."""
    found = []
    for root in SOURCE_ROOTS:
        for path in root.rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found.append(Module(name, path))
    return sorted(found, key=lambda module: module.name)


def tracked_files() -> list[Path]:
    """Return the text files under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - git is found on PATH, as by any developer
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the content of a TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
