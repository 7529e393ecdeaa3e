"""Deeply nested code: functions deep in the stack find the current span by themselves.

It asks OpenAI. Without a key, run it with a stand-in::

    python examples/loopback examples/guide_nested_code.py
"""

import asyncio
import random

from openai import AsyncOpenAI

import braintrust_otel as braintrust

braintrust.init_logger(project="Nested code")
client = braintrust.wrap_openai(AsyncOpenAI())


@braintrust.traced
async def run_llm(prompt: str) -> str | None:
    """Ask one of two models, and log which one on the current span: this function's."""
    model = random.choice(["gpt-4o", "gpt-4o-mini"])  # noqa: S311  # not a secret
    result = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": prompt}]
    )
    braintrust.current_span().log(metadata={"random_model": model})
    return result.choices[0].message.content


@braintrust.traced
async def some_logic(text: str) -> str | None:
    """Nothing is passed on but the text."""
    return await run_llm(f"You are a wizard. Which city does this lead to? {text}")


async def handle_request(user_id: str, text: str) -> None:
    """Serve a request, as an endpoint of a web framework does."""
    with braintrust.start_span(name="POST /ask", input=text) as span:
        span.log(output=await some_logic(text), metadata={"user_id": user_id})


async def main() -> None:
    """Serve two requests at once: each has a tree of its own."""
    await asyncio.gather(
        handle_request("ann", "I am on my way to Lisbon"),
        handle_request("bob", "I am on my way to Porto"),
    )


asyncio.run(main())
