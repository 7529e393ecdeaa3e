"""Streaming metrics: a stream's tokens are logged when the provider is asked to count them.

It asks OpenAI. Without a key, run it with a stand-in::

    python examples/loopback examples/guide_streaming_metrics.py
"""

from openai import OpenAI

import braintrust_otel as braintrust

braintrust.init_logger(project="Streaming metrics")
client = braintrust.wrap_openai(OpenAI())

chunks = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Name a city to travel to."}],
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in chunks:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="")
print()
