"""Traces the calls of the ``openai`` client.

``OpenAIInstrumentor().instrument()`` traces every client of the process, ``wrap_openai(client)``
one of them. Both may be used together; a call is one span either way.
"""

from __future__ import annotations

from braintrust_otel_openai.clients import wrap_openai
from braintrust_otel_openai.instrumentor import OpenAIInstrumentor

__all__ = ["OpenAIInstrumentor", "wrap_openai"]
