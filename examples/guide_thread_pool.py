"""Running traced functions in a thread pool: the workers know the span that submitted their work.

It asks OpenAI. Without a key, run it with a stand-in::

    python examples/loopback examples/guide_thread_pool.py
"""

import sys

import openai

import braintrust_otel as braintrust

braintrust.init_logger("math")


@braintrust.traced
def addition(client: openai.OpenAI) -> str | None:
    """Have the model add."""
    return ask(client, "What is 1+1?")


@braintrust.traced
def multiplication(client: openai.OpenAI) -> str | None:
    """Have the model multiply."""
    return ask(client, "What is 1*1?")


def ask(client: openai.OpenAI, question: str) -> str | None:
    """Return the model's answer."""
    result = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": question}]
    )
    return result.choices[0].message.content


@braintrust.traced
def main() -> None:
    """Ask both at once; their spans go under this function's."""
    client = braintrust.wrap_openai(openai.OpenAI())
    with braintrust.TracedThreadPoolExecutor(max_workers=2) as pool:
        answers = [pool.submit(addition, client=client), pool.submit(multiplication, client=client)]
        try:
            print(*[answer.result() for answer in answers])
        except openai.OpenAIError as error:
            print("Failed:", error, file=sys.stderr)


if __name__ == "__main__":
    main()
