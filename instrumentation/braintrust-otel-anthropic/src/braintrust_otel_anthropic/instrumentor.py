"""The instrumentor: traces every client of the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from braintrust_otel.instrument import Instrumentor, Patch
from braintrust_otel_anthropic.patches import CALLS, class_patches

__all__ = ["AnthropicInstrumentor"]


class AnthropicInstrumentor(Instrumentor):
    """Traces the messages and message batches of every ``anthropic`` client in the process.

    ``instrument()`` patches the classes of the library and ``uninstrument()`` restores them. The
    clients for Bedrock, Vertex AI and Foundry are traced with the others.
    """

    library: ClassVar[str] = "anthropic"
    supported: ClassVar[str] = "anthropic >= 0.44.0, < 3"

    @override
    def patches(self) -> Sequence[Patch]:
        """Return the patches of the library's classes."""
        return class_patches(CALLS)
