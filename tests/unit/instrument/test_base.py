"""An instrumentor patches its library while it is on."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from braintrust_otel.instrument import Instrumentor, Patch, library_version

MODULE = "some_other_library"


@pytest.fixture
def library() -> Iterator[Any]:
    """Provide a module with a function to patch."""
    module = types.ModuleType(MODULE)
    module.ask = lambda: "a"  # type: ignore[attr-defined]  # made for this test
    sys.modules[MODULE] = module
    yield module
    del sys.modules[MODULE]


def wrap(method: Any, instance: Any, args: Any, kwargs: Any) -> str:
    return f"<{method(*args, **kwargs)}>"


class AskInstrumentor(Instrumentor):
    """Patches a function that is there."""

    library: ClassVar[str] = "pytest"
    supported: ClassVar[str] = "pytest >= 1"

    def patches(self) -> Sequence[Patch]:
        return [Patch(MODULE, "ask", wrap)]


class GoneInstrumentor(AskInstrumentor):
    """Patches a function that is not there."""

    _instance = None  # one instance of each class

    def patches(self) -> Sequence[Patch]:
        return [Patch(MODULE, "gone", wrap)]


class LateInstrumentor(AskInstrumentor):
    """Patches a library that is not loaded."""

    _instance = None

    def patches(self) -> Sequence[Patch]:
        return [Patch("some_late_library", "ask", wrap)]


def test_instrumentor_patches_until_it_is_told_to_stop(library: Any) -> None:
    """Calls are wrapped between instrument and uninstrument, and again after the next one."""
    instrumentor = AskInstrumentor()
    seen = []

    instrumentor.instrument()
    seen.append(library.ask())
    instrumentor.uninstrument()
    seen.append(library.ask())
    instrumentor.instrument()
    seen.append(library.ask())
    instrumentor.uninstrument()

    assert seen == ["<a>", "a", "<a>"]


def test_missing_method_is_said(library: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A method that the library should have and does not is one line in the log."""
    instrumentor = GoneInstrumentor()

    instrumentor.instrument()
    instrumentor.uninstrument()

    assert "some_other_library.gone are not traced" in caplog.text


@pytest.fixture
def late_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Provide the name of a module that nobody has imported yet."""
    (tmp_path / "some_late_library.py").write_text("def ask(): return 'a'")
    monkeypatch.syspath_prepend(tmp_path)
    yield "some_late_library"
    sys.modules.pop("some_late_library", None)


def test_module_is_patched_when_the_program_imports_it(late_library: str) -> None:
    """Instrumenting imports nothing; what is imported later is patched as if it had been there."""
    instrumentor = LateInstrumentor()

    instrumentor.instrument()
    was_loaded = late_library in sys.modules
    module = importlib.import_module(late_library)
    asked = module.ask()
    instrumentor.uninstrument()

    assert (was_loaded, asked, module.ask()) == (False, "<a>", "a")


def test_module_that_is_imported_after_the_end_stays_as_it_is(late_library: str) -> None:
    """A module that the program imports after uninstrument() is not patched."""
    instrumentor = LateInstrumentor()

    instrumentor.instrument()
    instrumentor.uninstrument()

    assert importlib.import_module(late_library).ask() == "a"


def test_version_is_its_leading_numbers() -> None:
    """The version of an installed library is told in numbers."""
    version = library_version("pytest")

    assert version >= (8,)
    assert all(isinstance(number, int) for number in version)


def test_absent_library_has_no_version() -> None:
    """A library that is not installed has an empty version."""
    assert library_version("no-such-library-at-all") == ()
