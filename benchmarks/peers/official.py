"""The official SDK, by the same API; it has an environment of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import braintrust  # type: ignore[import-not-found]  # not in the environment of the checks

__all__ = ["PEER"]


class Official:
    """A logger."""

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
        decorated: Callable[..., Any] = braintrust.traced(function)
        return decorated

    def wrap_openai(self, client: Any) -> Any:
        """Trace one client of OpenAI's."""
        return braintrust.wrap_openai(client)

    def flush(self) -> None:
        """Deliver everything."""
        braintrust.flush()


PEER = Official()
