"""Shipping in real processes: exit with rows pending, and fork."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import atexit, os, sys
from support.sink import Sink, Switchboard, source, refused
from braintrust_otel._diagnostics import Notices
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.surroundings import Surroundings

sink = Sink()
shipper = Shipper(sink, Switchboard(), Surroundings(Notices()))

def finish():
    shipper.shutdown()
    stats = shipper.stats()
    sys.stdout.write(f"{stats.logged} {stats.sent} {stats.lost}\\n")
    sys.stdout.flush()

atexit.register(finish)
os.register_at_fork(after_in_child=shipper.after_fork_in_child)
"""


def run(body: str) -> subprocess.CompletedProcess[str]:
    """Run a program with a shipper, in a process of its own."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + body],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )


def test_a_program_that_ends_at_once_delivers_everything() -> None:
    """Rows put just before the exit arrive, although no thread can be started any more."""
    done = run("for number in range(3000): shipper.put(source(str(number)))")

    assert (done.stdout, done.stderr) == ("3000 3000 0\n", "")


def test_rows_put_at_exit_are_delivered() -> None:
    """An exit hook that runs before ours can still log, also when it is the first to log."""
    done = run("atexit.register(lambda: shipper.put(source('last words')))")

    assert (done.stdout, done.stderr) == ("1 1 0\n", "")


def test_a_dead_server_is_said_at_exit() -> None:
    """What could not be delivered is counted on standard error, in two lines."""
    done = run("sink.judge = lambda batch: refused()\nshipper.put(source('a'))")

    assert done.stdout == "1 0 1\n"
    assert "1 row undelivered and lost" in done.stderr
    assert "The key was refused" in done.stderr
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_children_deliver_their_own_rows_and_no_others() -> None:
    """After a fork under way with rows pending, nothing is lost and nothing sent twice."""
    done = run(
        """
for number in range(500): shipper.put(source(f"parent {number}"))
for number in range(20):
    if os.fork() == 0:
        shipper.put(source(f"child {number}"))
        sys.exit()
for number in range(20): os.wait()
"""
    )

    assert sorted(done.stdout.splitlines()) == ["1 1 0"] * 20 + ["500 500 0"]
    assert done.stderr == ""
