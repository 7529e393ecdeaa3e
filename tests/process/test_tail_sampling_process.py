"""Tail sampling where processes fork and end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from support.backend import Backend

pytestmark = pytest.mark.process

PROGRAM = """
import os
import braintrust_otel as braintrust

braintrust.init_logger(project="demo")
span = braintrust.start_span(name="of the parent")
span.start_span(name="before the fork").end()
child = os.fork()
braintrust.start_span(name="failed in the child" if child == 0 else "fine", **(
    {"error": "broken"} if child == 0 else {}
)).end()
if child:
    os.waitpid(child, 0)
    span.log(error="broken in the parent")
    span.end()
    braintrust.start_span(name="open at the end", error="broken")
else:
    braintrust.flush()
    os._exit(0)
"""


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_each_process_decides_about_what_is_its_own(backend: Backend) -> None:
    """A child holds nothing of its parent's, and an end decides what is open; nothing is twice."""
    settings = {**backend.environment(), "BRAINTRUST_TAIL_SAMPLING_RATE": "0"}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )

    names = sorted(row["span_attributes"]["name"] for row in backend.stored())
    assert names == [
        "before the fork",
        "failed in the child",
        "of the parent",
        "open at the end",
    ]
    assert "kept 2 of 3 traces" in done.stderr
