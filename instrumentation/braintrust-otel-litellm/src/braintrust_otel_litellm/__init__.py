"""Traces the calls of ``litellm``.

``LiteLLMInstrumentor().instrument()`` traces every call of the process; ``wrap_litellm`` of
``braintrust_otel`` those that are made through the module that it returns.
"""

from __future__ import annotations

from braintrust_otel_litellm.instrumentor import LiteLLMInstrumentor

__all__ = ["LiteLLMInstrumentor"]
