"""Import spans that another program has written down, and score them on the way.

Each line of the input is a span with its children in it. With nothing on the standard input, it
takes what ``examples/loopback/generate_spans.py`` makes:

    python examples/import_spans.py < spans.jsonl

Where nothing is to be computed, a command does the same: braintrust-otel import spans.jsonl
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, NamedTuple

from loopback.generate_spans import generate
from loopback.provider import MODEL, start_provider
from openai import OpenAI

import braintrust_otel as braintrust


class Score(NamedTuple):
    """A score from 0 to 1, and how it came about."""

    score: float
    metadata: dict[str, Any]


class Mentions:
    """Scores whether the output mentions what is expected, and has a model say why."""

    def __init__(self) -> None:
        if os.environ.get("OPENAI_API_KEY"):
            client, self.model = OpenAI(), "gpt-4o-mini"
        else:
            client, self.model = OpenAI(base_url=start_provider(), api_key="not needed"), MODEL
        self.client = braintrust.wrap_openai(client)

    def __call__(self, *, output: str, expected: str) -> Score:
        """Score one answer; the model's call becomes a span under the current one."""
        question = f"Does {output!r} mention {expected!r}? Say why."
        answer = self.client.chat.completions.create(
            model=self.model, messages=[{"role": "user", "content": question}]
        )
        why = answer.choices[0].message.content
        return Score(float(expected in output), {"why": why})


def upload_tree(span: braintrust.Span, node: dict[str, Any], **event: Any) -> None:
    """Log *node* on *span*, and its children on spans below it. Fields that are None are left out.

    Each child goes below the one before it, because ``span`` is bound anew in the loop: several
    children become a chain. Use another name there to keep them side by side.
    """
    span.log(
        input=node.get("input"),
        output=node.get("output"),
        expected=node.get("expected"),
        metadata=node.get("metadata"),
        metrics=node.get("metrics"),
        **event,
    )
    for child in node.get("children", []):
        with span.start_span(name=child.get("name")) as span:  # noqa: PLR1704 - see above
            upload_tree(span, child)


if __name__ == "__main__":
    logger = braintrust.init_logger("My Support App")
    mentions = Mentions()
    given = [] if sys.stdin.isatty() else [line for line in sys.stdin if line.strip()]
    for line in given or generate():
        tree = json.loads(line)
        with logger.start_span(name="task") as span:
            upload_tree(span, tree)
            with span.start_span(name="Mentions"):
                found = mentions(output=tree["output"], expected=tree["expected"])
            # The metadata of the score is merged with that of the tree.
            span.log(scores={"mentions": found.score}, metadata={"mentions": found.metadata})
        print(f"{tree['input']}  ->  {found.score:g}")
    braintrust.flush()
