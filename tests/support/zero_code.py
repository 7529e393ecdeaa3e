"""Starting programs without code, as their users do, and looking at the trees they leave."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from typing_extensions import Self

from support.house import ROOT

__all__ = [
    "APP",
    "Server",
    "ask",
    "bin_path",
    "environment",
    "instrumented",
    "trees",
    "wrong_trees",
]

APP = ROOT / "tests" / "support" / "zero_code_app.py"

# Seconds; far more than any program takes, so that a hanging one is an error.
_TIMEOUT = 100


def bin_path(name: str) -> str:
    """Return a command that is installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this environment with *settings*, without what would trace or choose otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return {**kept, "PYTHONPATH": str(ROOT / "tests"), **settings}


def instrumented(
    *command: str, settings: Mapping[str, str], directory: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run *command* under ``opentelemetry-instrument`` in *directory*."""
    return subprocess.run(
        [bin_path("opentelemetry-instrument"), *command],
        env=environment(settings),
        cwd=directory,
        input=stdin,
        capture_output=True,
        check=False,
        text=True,
        timeout=_TIMEOUT,
    )


class Server:
    """A server process and its workers; a context manager, which leaves none of them behind.

    Args:
        command: What starts it, without ``opentelemetry-instrument``.
        settings: Variables of its own.
        directory: Where it runs.
    """

    def __init__(
        self, command: Sequence[str], settings: Mapping[str, str], directory: Path
    ) -> None:
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [bin_path("opentelemetry-instrument"), *command],
            env=environment(settings),
            cwd=directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=_TIMEOUT)

    def wait_for(self, pattern: str, count: int = 1) -> str:
        """Read what it says until *count* more lines match, and return what the last one holds."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line)
            found = re.search(pattern, line)
            if found is not None:
                count -= 1
                if count == 0:
                    return found[found.lastindex or 0]
        raise AssertionError("".join(self.said))

    def wait_for_port(self, address: str, ready: str, count: int) -> str:
        """Return the port that *address* holds, once *count* workers were ready after it."""
        port = self.wait_for(address)
        if count:
            self.wait_for(ready, count)
        return port

    def stop(self) -> int:
        """Tell it to end, as whoever runs servers does, and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        out, _ = self._process.communicate(timeout=_TIMEOUT)
        self.said.append(out)
        return self._process.returncode


def ask(port: str, number: int) -> str:
    """Ask a server to work, as soon as it listens, and return the process that did."""
    address = ("127.0.0.1", int(port))
    while True:  # a worker says that it has started before it listens
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                break
    with urlopen(f"http://127.0.0.1:{port}/?number={number}", timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def trees(rows: Sequence[Mapping[str, Any]]) -> list[tuple[object, tuple[str, ...]]]:
    """Return input and names, from the root down, of each chain of spans; sorted by input."""
    by_parent = {row["span_parents"][0]: row for row in rows if row.get("span_parents")}
    found = []
    for row in rows:
        if row.get("span_parents"):
            continue
        chain: Mapping[str, Any] | None = row
        names = []
        while chain is not None:
            names.append(chain["span_attributes"]["name"])
            chain = by_parent.get(chain["span_id"])
        found.append((row["input"]["number"], tuple(names)))
    return sorted(found)


def wrong_trees(rows: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> str:
    """Return what is wrong with *rows*, every write of them, for work on *numbers*."""
    ids = [row["id"] for row in rows]
    wanted = [(number, ("outer", "middle", "inner")) for number in sorted(numbers)]
    if len(ids) != len(set(ids)):
        return f"{len(ids) - len(set(ids))} rows came twice"
    return "" if trees(rows) == wanted else f"wanted {wanted}, got {trees(rows)}"
