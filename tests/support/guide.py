"""Running the guide's examples as a user does, and looking at the rows they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braintrust_otel.server.store import open_store
from support.command_line import COMMAND, environment
from support.house import ROOT
from support.services import outline, stored_rows

__all__ = ["Left", "Place", "served_store"]

EXAMPLES = ROOT / "examples"
# Seconds; far more than any example takes, so that a hanging one is an error.
_TIMEOUT = 110


@dataclass(frozen=True)
class Left:
    """What an example left behind.

    Attributes:
        rows: Its project's rows, in the order of their starts.
        out: What it printed.
    """

    rows: list[dict[str, Any]]
    out: str

    @property
    def outline(self) -> list[str]:
        """Names of the spans, each indented below its parent."""
        return outline(self.rows)

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of the spans called *name*."""
        return [row for row in self.rows if row["span_attributes"]["name"] == name]


@dataclass(frozen=True)
class Place:
    """Where examples log to.

    Attributes:
        store: Directory of the store in which the rows are found.
        settings: The variables that lead there.
    """

    store: Path
    settings: Mapping[str, str]

    def run(self, example: str, directory: Path, project: str | None) -> Left:
        """Run an example, OpenAI played by the provider of the examples, and look at its rows.

        Args:
            example: Its name, without "guide" and ending.
            directory: An empty directory to run it in.
            project: The project that it logs to; None when it logs nothing.

        Raises:
            AssertionError: It failed, or something was amiss.
        """
        ended = subprocess.run(
            [sys.executable, str(EXAMPLES / "loopback"), str(EXAMPLES / f"guide_{example}.py")],
            cwd=directory,
            env={**os.environ, "HOME": str(directory), **self.settings},
            capture_output=True,
            check=False,
            text=True,
            timeout=_TIMEOUT,
        )
        assert ended.returncode == 0, ended.stderr
        assert "Traceback" not in ended.stderr, ended.stderr
        assert "A bug of braintrust-otel" not in ended.stderr
        return Left([] if project is None else stored_rows(self.store, project), ended.stdout)

    def projects(self) -> list[str]:
        """Return the names of all projects."""
        opened, _ = open_store(self.store)
        try:
            return [found.name for found in opened.projects(None)]
        finally:
            opened.close()


@contextmanager
def served_store(store: Path) -> Iterator[Place]:
    """Run ``braintrust-otel serve`` over the store in *store*, and yield the place that it is."""
    with subprocess.Popen(
        [COMMAND, "serve", "--port", "0"],
        cwd=store.parent,
        env=environment(store),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(3)]
            exported = (line.removeprefix("export ").strip().split("=", 1) for line in lines)
            yield Place(store, {**dict(exported), "BRAINTRUST_LOCAL_DIR": str(store / "unused")})
        finally:
            process.terminate()
