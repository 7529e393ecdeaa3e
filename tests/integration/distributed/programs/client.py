"""Asks the service at the URL that is its only argument, and traces that."""

from __future__ import annotations

import sys
import urllib.request

import braintrust_otel as braintrust

braintrust.init_logger(project="my long-running project")


@braintrust.traced
def bedtime_story(summary: str) -> str:
    """Return a story; the request carries the trace."""
    headers = braintrust.inject_trace_context({"content-type": "text/plain"})
    request = urllib.request.Request(sys.argv[1], summary.encode(), headers)
    with urllib.request.urlopen(request) as answer:
        told: str = answer.read().decode()
    return told


bedtime_story("a fox")
