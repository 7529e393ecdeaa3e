"""Distributed tracing, the client: it starts a trace that goes on in another process."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import braintrust_otel as braintrust

SERVER = Path(__file__).with_name("guide_distributed_server.py")

braintrust.init_logger(project="Distributed tracing")


def ask(port: str, prompt: str, headers: dict[str, str]) -> str:
    """Send a request to the server."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}", prompt.encode(), headers)
    with urllib.request.urlopen(request) as answer:  # noqa: S310  # the server beside this
        return answer.read().decode()


@braintrust.traced
def bedtime_story(port: str) -> str:
    """Hand the span over as one opaque text, in a header of one's own choice."""
    return ask(port, "a fox", {"request_id": braintrust.current_span().export()})


@braintrust.traced
def another_story(port: str) -> str:
    """Hand the span over in the standard headers, which any OpenTelemetry program understands."""
    return ask(port, "a bear", braintrust.current_span().inject())


with subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE, text=True) as server:  # noqa: S603  # the example beside this one
    port = server.stdout.readline().strip()
    print(bedtime_story(port))
    print(another_story(port))
