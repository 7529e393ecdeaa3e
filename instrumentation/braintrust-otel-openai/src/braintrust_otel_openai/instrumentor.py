"""The instrumentor: traces every client of the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from braintrust_otel.instrument import Instrumentor, Patch
from braintrust_otel_openai.patches import CALLS, class_patches

__all__ = ["OpenAIInstrumentor"]


class OpenAIInstrumentor(Instrumentor):
    """Traces the chat completions of every ``openai`` client in the process.

    ``instrument()`` patches the classes of the library and ``uninstrument()`` restores them.
    """

    library: ClassVar[str] = "openai"
    supported: ClassVar[str] = "openai >= 1.55.3, < 4"

    @override
    def patches(self) -> Sequence[Patch]:
        """Return the patches of the library's classes."""
        return class_patches(CALLS)
