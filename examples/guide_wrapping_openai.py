"""Wrapping OpenAI: a logger and a wrapped client are enough to log the model's calls.

It asks OpenAI. Without a key, run it with a stand-in::

    python examples/loopback examples/guide_wrapping_openai.py
"""

from openai import OpenAI

import braintrust_otel as braintrust

braintrust.init_logger(project="Wrapping OpenAI")
client = braintrust.wrap_openai(OpenAI())

result = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Name a city to travel to."}],
)
print(result.choices[0].message.content)
