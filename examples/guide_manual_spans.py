"""Manually managing spans: one span over several callbacks.

It asks OpenAI. Without a key, run it with a stand-in::

    python examples/loopback examples/guide_manual_spans.py
"""

from openai import OpenAI

import braintrust_otel as braintrust

client = braintrust.wrap_openai(OpenAI())
logger = braintrust.init_logger(project="My long-running project")


def compute_output(system_prompt: str, user_input: str, parent: braintrust.Span) -> str | None:
    """Ask the model, under a span that is not current here."""
    with parent.start_span(name="compute_output", type="function", input=user_input):
        result = client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[
                {"role": "system", "content": system_prompt},
                {"role": "user", "content": user_input},
            ],
        )
    return result.choices[0].message.content


class MyHandler:
    """Logs to the span of a request in several callbacks, and ends it in the last one."""

    def __init__(self) -> None:
        self.live_spans: dict[str, tuple[braintrust.Span, str]] = {}

    def on_request_start(self, request_id: str, text: str, expected: str) -> None:
        """Start the span; that does not make it current."""
        span = braintrust.start_span(name=request_id, input=text, expected=expected)
        self.live_spans[request_id] = span, text

    def on_get_output(self, request_id: str, system_prompt: str) -> None:
        """Log what came out."""
        span, text = self.live_spans[request_id]
        span.log(output=compute_output(system_prompt, text, span))

    def on_request_end(self, request_id: str, metadata: dict[str, str]) -> None:
        """Log what remains, and end the span."""
        span, _ = self.live_spans.pop(request_id)
        span.log(metadata=metadata)
        span.end()


handler = MyHandler()
handler.on_request_start("request-1", "I want to go to Lisbon", "Lisbon")
handler.on_request_start("request-2", "I want to go to Porto", "Porto")
handler.on_get_output("request-2", "Answer with the name of the city.")
handler.on_get_output("request-1", "Answer with the name of the city.")
handler.on_request_end("request-1", {"user": "ann"})
handler.on_request_end("request-2", {"user": "bob"})
