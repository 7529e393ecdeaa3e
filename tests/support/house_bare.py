"""Log one row through a bare install (no extras) and find it again; run by `make bare`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

NAME = "bare"


def main() -> None:
    """Log a row into an embedded store of its own and read it with the command line."""
    extras = [name for name in ("starlette", "uvicorn", "jinja2", "openai") if find_spec(name)]
    assert not extras, f"this is no bare install, it has {extras}"
    with tempfile.TemporaryDirectory() as directory:
        os.environ["BRAINTRUST_LOCAL_DIR"] = directory
        log_one_row()
        traces = read_traces()
    assert NAME in json.dumps(traces), f"the row is not among {traces}"
    sys.stdout.write("A bare install imports, logs a row and shows it.\n")


def log_one_row() -> None:
    """Write one row and wait until it is stored."""
    import braintrust_otel

    assert ".venv" not in str(braintrust_otel.__file__), "this is the editable install"
    logger = braintrust_otel.init_logger(project="make-bare")
    with logger.start_span(name=NAME) as span:
        span.log(input="ping", output="pong")
    braintrust_otel.flush()


def read_traces() -> object:
    """Return what `braintrust-otel traces --json` prints."""
    command = Path(sys.executable).with_name("braintrust-otel")
    result = subprocess.run([command, "traces", "--json"], check=True, capture_output=True)
    return json.loads(result.stdout)


if __name__ == "__main__":
    main()
