"""Traces the calls of Amazon Bedrock that are made with ``boto3`` or ``botocore``.

``BedrockInstrumentor().instrument()`` traces every client of the process,
``wrap_bedrock(client)`` one of them. Both may be used together; a call is one span either way.
"""

from __future__ import annotations

from braintrust_otel_bedrock.clients import wrap_bedrock
from braintrust_otel_bedrock.instrumentor import BedrockInstrumentor

__all__ = ["BedrockInstrumentor", "wrap_bedrock"]
