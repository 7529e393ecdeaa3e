"""Lets a captured call be one span although the client makes spans of its own (since 2.12)."""

from __future__ import annotations

from typing import Any

from braintrust_otel.instrument import QuietTracer

__all__ = ["quieten"]

_TRACER = "_lazy_tracer"


def quieten(resource: Any) -> None:
    """Make the client that *resource* belongs to start no span of its own in captured calls.

    Whatever else it calls has its span as before. A client without spans stays as it is.
    """
    client = getattr(resource, "_client", None)
    attributes = getattr(client, "__dict__", {})
    if _TRACER not in attributes or type(attributes[_TRACER]) is QuietTracer:
        return
    # The client has no way to say this of one call only.
    tracer = getattr(client, "_tracer", None)
    if tracer is not None:
        attributes[_TRACER] = QuietTracer(tracer)
