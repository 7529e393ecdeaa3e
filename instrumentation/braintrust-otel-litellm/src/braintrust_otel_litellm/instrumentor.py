"""The instrumentor: traces every call that the process makes through the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import wrapt
from typing_extensions import override

from braintrust_otel.instrument import Instrumentor, Patch
from braintrust_otel_litellm.patches import CALLS, library_patches

__all__ = ["LiteLLMInstrumentor"]


class LiteLLMInstrumentor(Instrumentor):
    """Traces every call of ``litellm`` in the process, and of its routers.

    ``instrument()`` patches the functions of the library, as soon as the program has imported it:
    that takes seconds, and so is left to the program. ``uninstrument()`` restores them.
    """

    library: ClassVar[str] = "litellm"
    supported: ClassVar[str] = "litellm >= 1.80.0, < 2"
    _is_waiting: bool = False

    @override
    def patches(self) -> Sequence[Patch]:
        """Return the patches of the library's functions and of its router."""
        return library_patches(CALLS)

    @override
    def _instrument(self, **kwargs: Any) -> None:
        self._is_waiting = True
        wrapt.register_post_import_hook(self._arrived, self.library)

    @override
    def _uninstrument(self, **kwargs: Any) -> None:
        if self._is_waiting:
            self._is_waiting = False
        else:
            super()._uninstrument(**kwargs)

    def _arrived(self, module: object) -> None:
        # The hook stays for good, and there may be several: each instrument() sets one.
        if self._is_waiting:
            self._is_waiting = False
            super()._instrument()
