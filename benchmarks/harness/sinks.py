"""Starts the loopback sink and asks it what arrived."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.harness.places import ROOT, neutral, python_of

__all__ = ["RunningSink", "refusing_port", "running_sink", "variables"]


def variables(url: str) -> dict[str, str]:
    """Return the variables that send every peer to *url*."""
    return {
        "BRAINTRUST_API_KEY": "benchmark",
        "BRAINTRUST_APP_URL": url,
        "BRAINTRUST_API_URL": url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "benchmark",
    }


class RunningSink:
    """The sink.

    Args:
        url: Where it answers.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send every peer here."""
        return variables(self.url)

    def take(self) -> dict[str, int]:
        """Return what arrived since the last time."""
        return self._tell("_take")

    def fault(self, kind: str) -> None:
        """Let requests hang (``hang``), be refused (a status), or be answered (``none``)."""
        self._tell(f"_fault/{kind}")

    def keep_bodies(self, *, keep: bool) -> None:
        """Choose between keeping bodies and counting their rows."""
        self._tell(f"_keep/{'yes' if keep else 'no'}")

    def _tell(self, command: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/{command}", timeout=60) as answer:  # noqa: S310  # our own sink
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def running_sink() -> Iterator[RunningSink]:
    """Run the sink in a process of its own, which a measured program's CPU does not include."""
    process = subprocess.Popen(
        [python_of("ours"), "-m", "benchmarks.sink"],
        cwd=ROOT,
        env=neutral(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield RunningSink(process.stdout.readline().strip())
    finally:
        process.communicate()


@contextmanager
def refusing_port() -> Iterator[str]:
    """Hold a port on which nobody listens, and give its URL: connections to it are refused."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
