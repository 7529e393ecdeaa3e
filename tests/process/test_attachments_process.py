"""Attachments in real processes: large files in little memory, exit, and fork."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from braintrust_otel.server.app import LocalServer
from braintrust_otel.server.running import listen
from braintrust_otel.server.store import open_store
from support import backend_faults as faults
from support.backend import Backend

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
LARGE_BYTES = 200 * 1024 * 1024
MEMORY_KIB = 48 * 1024
"""What uploading a file of any size may add to the peak of a process, SQLite's caches included."""

UPLOAD = """
import resource, sys
import braintrust_otel as braintrust

logger = braintrust.init_logger(project="demo")
small = braintrust.Attachment(data=b"warm up", filename="a.txt")
logger.log(input=small, output="x")
braintrust.flush()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
large = braintrust.Attachment(data=sys.argv[1])
logger.log(input=large, output="x")
braintrust.flush()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(large.upload()["upload_status"], large.key, after - before)
"""


def run(body: str, environ: Mapping[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    inherited = {name: value for name, value in os.environ.items() if "BRAINTRUST" not in name}
    return subprocess.run(
        [sys.executable, "-c", body, *args],
        env={**inherited, **environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a file of 200 MB."""
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(LARGE_BYTES)
    return path


def test_a_large_file_takes_little_memory_on_its_way_to_a_server(
    tmp_path: Path, large: Path
) -> None:
    """200 MB reach a server while the program's memory hardly grows."""
    store, _ = open_store(tmp_path / "store")
    with listen(LocalServer(store)).start() as running:
        done = run(UPLOAD, running.environment, str(large))

    status, key, grown = done.stdout.split()
    found = store.attachments.find(key)
    store.close()
    assert status == "done"
    assert found is not None
    assert found.size_bytes == LARGE_BYTES
    assert int(grown) < MEMORY_KIB


def test_a_large_file_takes_little_memory_on_its_way_to_the_embedded_store(
    tmp_path: Path, large: Path
) -> None:
    """The store in the same process takes 200 MB piece by piece, too."""
    directory = tmp_path / "store"

    done = run(UPLOAD, {"BRAINTRUST_LOCAL_DIR": str(directory)}, str(large))

    status, key, grown = done.stdout.split()
    store, _ = open_store(directory)
    found = store.attachments.find(key)
    store.close()
    assert status == "done"
    assert found is not None
    assert found.size_bytes == LARGE_BYTES
    assert int(grown) < MEMORY_KIB


def test_attachments_logged_last_are_uploaded_at_exit() -> None:
    """A program that ends at once uploads what it logged."""
    body = """
import braintrust_otel as braintrust
logger = braintrust.init_logger(project="demo")
for number in range(20):
    logger.log(input=braintrust.Attachment(data=b"%d" % number, filename="a.txt"), output="x")
"""
    with Backend() as backend:
        done = run(body, backend.environment())
        blobs, rows = len(backend.routes.blobs), len(backend.stored())

    assert (blobs, rows, done.stderr) == (20, 20, "")


def test_an_upload_that_hangs_at_exit_is_said() -> None:
    """The rows are delivered; what is not uploaded is counted, and the process ends."""
    body = """
import braintrust_otel as braintrust
logger = braintrust.init_logger(project="demo")
logger.log(input=braintrust.Attachment(data=b"x", filename="a.txt"), output="x")
"""
    with Backend() as backend:
        backend.fail_always("blob", faults.hang())
        done = run(body, {**backend.environment(), "BRAINTRUST_EXIT_TIMEOUT": "3"})
        rows = len(backend.stored())

    assert rows == 1
    assert "1 attachment not uploaded, and so lost" in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_uploads_its_own() -> None:
    """After a fork the parent uploads what it logged, and the child what it logs."""
    body = """
import os, warnings
import braintrust_otel as braintrust
warnings.simplefilter("ignore")
logger = braintrust.init_logger(project="demo")
logger.log(input=braintrust.Attachment(data=b"parent", filename="a.txt"), output="x")
braintrust.flush()
logger.log(input=braintrust.Attachment(data=b"parent too", filename="a.txt"), output="x")
child = os.fork()
if not child:
    logger.log(input=braintrust.Attachment(data=b"child", filename="a.txt"), output="x")
    braintrust.flush()
    os._exit(0)
os.waitpid(child, 0)
"""
    with Backend() as backend:
        done = run(body, backend.environment())
        blobs = sorted(backend.routes.blobs.values())
        requests = len(backend.requests("blob"))

    assert blobs == [b"child", b"parent", b"parent too"]
    assert (requests, done.stderr) == (3, "")
