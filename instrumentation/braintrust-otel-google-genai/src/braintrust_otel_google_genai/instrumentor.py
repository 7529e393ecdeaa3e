"""The instrumentor: traces every client of the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from braintrust_otel.instrument import Instrumentor, Patch
from braintrust_otel_google_genai.patches import CALLS, class_patches

__all__ = ["GoogleGenAIInstrumentor"]


class GoogleGenAIInstrumentor(Instrumentor):
    """Traces the model calls of every ``google-genai`` client in the process.

    ``instrument()`` patches the classes of the library and ``uninstrument()`` restores them.
    Clients of the Gemini API and of Vertex AI are traced alike.
    """

    library: ClassVar[str] = "google-genai"
    supported: ClassVar[str] = "google-genai >= 1.10.0, < 4"

    @override
    def patches(self) -> Sequence[Patch]:
        """Return the patches of the library's classes."""
        return class_patches(CALLS)
