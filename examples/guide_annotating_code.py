"""Annotating your code: each call of a decorated function is a span.

It asks OpenAI. Without a key, run it with a stand-in::

    python examples/loopback examples/guide_annotating_code.py
"""

from openai import OpenAI

import braintrust_otel as braintrust

logger = braintrust.init_logger(project="Annotating code")
client = braintrust.wrap_openai(OpenAI())


@braintrust.traced
def answer_question(body: str) -> str:
    """Return the model's answer; the argument is logged as input, the result as output."""
    result = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": body},
        ],
    )
    content = result.choices[0].message.content
    if not content:
        raise ValueError("The model answered with nothing.")
    return content


print(answer_question("What is the best way to Lisbon?"))
