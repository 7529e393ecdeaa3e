"""What every test with real processes gets."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def unmeasured_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep coverage out of the processes that tests start.

    It takes a lock of its own whenever a thread comes to a file that is new to it: a child that is
    forked just then, and a signal handler that strikes just then, waits for that lock for ever.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)
