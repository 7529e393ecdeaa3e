"""The base class of instrumentors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any, ClassVar

import wrapt
from opentelemetry.instrumentation.instrumentor import (  # type: ignore[attr-defined]  # untyped
    BaseInstrumentor,
)
from typing_extensions import override

from braintrust_otel._diagnostics import guard
from braintrust_otel._runtime import root
from braintrust_otel.instrument.patching import Patch, PatchTable

__all__ = ["Instrumentor", "library_version"]


class Instrumentor(BaseInstrumentor):  # type: ignore[misc]  # its types are hidden
    """Patches one library, as OpenTelemetry's instrumentors do.

    A subclass names the library and its patches; it becomes usable by ``opentelemetry-instrument``
    through the entry point group ``opentelemetry_instrumentor``.

    A module of the library is patched as soon as the program has imported it, and never imported
    for that: importing a client takes up to seconds, which a program that does not use it, or does
    not use a part of it, would pay for nothing.

    Attributes:
        library: Name of the distribution that is patched, such as ``openai``.
        supported: Requirement that the installed library must meet, such as ``openai >= 1.40``.
    """

    library: ClassVar[str]
    supported: ClassVar[str]
    _table: PatchTable

    @abstractmethod
    def patches(self) -> Sequence[Patch]:
        """Return what is patched; asked each time the library is instrumented."""

    @override
    def instrumentation_dependencies(self) -> Collection[str]:
        """Return the requirement that the library must meet."""
        return (self.supported,)

    @override
    def _instrument(self, **kwargs: Any) -> None:
        self._table = table = PatchTable(self.patches())
        version = library_version(self.library)
        for module in table.modules(version):
            wrapt.register_post_import_hook(partial(self._patch, table, version), module)

    @override
    def _uninstrument(self, **kwargs: Any) -> None:
        self._table.undo()
        self._table = PatchTable(())

    def _patch(self, table: PatchTable, version: Sequence[int], module: ModuleType) -> None:
        """Patch *module*, which is loaded; runs inside the program's import of it."""
        if table is not self._table:
            return  # the library is not instrumented any more, and hooks cannot be taken back
        with guard(f"patching {module.__name__}", root.notices):
            missing = table.apply(version, module.__name__)
            if missing:
                names = ", ".join(f"{patch.module}.{patch.path}" for patch in missing)
                root.notices.say_once(
                    f"missing:{names}",
                    f"Calls of {names} are not traced: this version of {self.library} has no such "
                    f"method. Check for a newer release of its instrumentor.",
                )


def library_version(library: str) -> tuple[int, ...]:
    """Return the installed version of *library* as numbers, up to the first part that is none.

    Returns:
        The numbers; empty when the library is not installed.
    """
    try:
        text = version(library)
    except PackageNotFoundError:
        return ()
    numbers = []
    for part in text.split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)
