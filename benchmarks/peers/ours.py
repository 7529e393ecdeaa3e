"""braintrust-otel, by its own API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import braintrust_otel as braintrust

__all__ = ["PEER"]


class Ours:
    """A logger over a provider of ours."""

    logger: Any = None

    def start(self) -> None:
        """Make the logger."""
        self.logger = braintrust.init_logger(project="benchmark")

    def log(self, name: str, given: object, made: object) -> None:
        """Make one span."""
        with self.logger.start_span(name, input=given) as span:
            span.log(output=made)

    def open(self, name: str, given: object) -> Any:
        """Start a span."""
        return self.logger.start_span(name, input=given)

    def traced(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function."""
        return braintrust.traced(function)

    def wrap_openai(self, client: Any) -> Any:
        """Trace one client of OpenAI's."""
        return braintrust.wrap_openai(client)

    def flush(self) -> None:
        """Deliver everything."""
        braintrust.flush()


PEER = Ours()
