"""Traces the calls of the ``google-genai`` client.

``GoogleGenAIInstrumentor().instrument()`` traces every client of the process,
``wrap_google_genai(client)`` one of them. Both may be used together; a call is one span either way.
"""

from __future__ import annotations

from braintrust_otel_google_genai.clients import wrap_google_genai
from braintrust_otel_google_genai.instrumentor import GoogleGenAIInstrumentor

__all__ = ["GoogleGenAIInstrumentor", "wrap_google_genai"]
