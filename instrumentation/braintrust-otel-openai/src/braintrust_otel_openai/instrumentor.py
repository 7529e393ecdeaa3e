"""The instrumentor: traces every client of the process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from typing_extensions import override

from braintrust_otel.instrument import Instrumentor, Patch
from braintrust_otel_openai.autoevals import ScorerClients
from braintrust_otel_openai.patches import calls_for, class_patches

__all__ = ["OpenAIInstrumentor"]


class OpenAIInstrumentor(Instrumentor):
    """Traces the calls of every ``openai`` client in the process.

    ``instrument()`` patches the classes of the library and ``uninstrument()`` restores them.
    ``instrument(request_stream_usage=True)`` asks streams that do not tell their token counts for
    them, out of the user's sight. What scorers of ``autoevals`` ask a model is traced with the
    rest, and marked as theirs.
    """

    library: ClassVar[str] = "openai"
    supported: ClassVar[str] = "openai >= 1.55.3, < 4"
    _request_stream_usage: bool | None = None
    _scorers: ScorerClients | None = None

    @override
    def patches(self) -> Sequence[Patch]:
        """Return the patches of the library's classes."""
        return class_patches(calls_for(self._request_stream_usage))

    @override
    def _instrument(self, **kwargs: Any) -> None:
        self._request_stream_usage = kwargs.get("request_stream_usage")
        super()._instrument(**kwargs)
        if self._scorers is None:
            self._scorers = ScorerClients()
        self._scorers.switch_on()

    @override
    def _uninstrument(self, **kwargs: Any) -> None:
        if self._scorers is not None:
            self._scorers.switch_off()
        super()._uninstrument(**kwargs)
