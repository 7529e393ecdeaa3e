"""Traces the calls of the ``anthropic`` client.

``AnthropicInstrumentor().instrument()`` traces every client of the process,
``wrap_anthropic(client)`` one of them. Both may be used together; a call is one span either way.
"""

from __future__ import annotations

from braintrust_otel_anthropic.clients import wrap_anthropic
from braintrust_otel_anthropic.instrumentor import AnthropicInstrumentor

__all__ = ["AnthropicInstrumentor", "wrap_anthropic"]
