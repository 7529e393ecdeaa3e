"""Wrapping a custom LLM client: what makes a span the call of a model.

Its type is ``llm``, its input is a list of messages, the tokens are in its metrics, and the model
and its other parameters are in its metadata.
"""

from typing import Any, NamedTuple

import braintrust_otel as braintrust

braintrust.init_logger(project="Custom LLM client")


class Completion(NamedTuple):
    """What the model behind the custom client answers."""

    text: str
    prompt_tokens: int
    completion_tokens: int


def call_my_llm(prompt: str, params: dict[str, Any]) -> Completion:
    """Stand in for a model of your own."""
    return Completion("Hello, world!", len(prompt.split()), 3)


@braintrust.traced(name="Custom LLM", type="llm", notrace_io=True)
def invoke_custom_llm(prompt: str, params: dict[str, Any]) -> str:
    """Call the model, and log the call as the wrappers of known clients do."""
    completion = call_my_llm(prompt, params)
    braintrust.current_span().log(
        input=[{"role": "user", "content": prompt}],
        output=[{"role": "assistant", "content": completion.text}],
        metadata=params,
        metrics={
            "prompt_tokens": completion.prompt_tokens,
            "completion_tokens": completion.completion_tokens,
            "tokens": completion.prompt_tokens + completion.completion_tokens,
        },
    )
    return completion.text


@braintrust.traced
def handle_request(body: str) -> str:
    """Answer a request; the model's call nests under it."""
    return invoke_custom_llm(body, {"model": "my-llm-2", "temperature": 0.1})


print(handle_request("Say hello to the world."))
