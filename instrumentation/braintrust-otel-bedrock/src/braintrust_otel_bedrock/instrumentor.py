"""The instrumentor: traces every client of the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from braintrust_otel.instrument import Instrumentor, Patch
from braintrust_otel_bedrock.patches import CALLS, class_patches

__all__ = ["BedrockInstrumentor"]


class BedrockInstrumentor(Instrumentor):
    """Traces the calls of models of every ``bedrock-runtime`` client in the process.

    ``instrument()`` patches the one method that the clients of all AWS services share, and
    ``uninstrument()`` restores it. Other services are told by the name of the operation, and go
    straight through. Asynchronous clients of ``aiobotocore`` are traced with the others.
    """

    library: ClassVar[str] = "botocore"
    supported: ClassVar[str] = "botocore >= 1.34.116, < 2"

    @override
    def patches(self) -> Sequence[Patch]:
        """Return the patches of the library's classes."""
        return class_patches(CALLS)
