"""Patches wrap the methods they name, once, and go away without a trace."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
import wrapt

import braintrust_otel.instrument.patching as patching_module
from braintrust_otel.instrument import Patch, PatchTable, patch_object

MODULE = "some_library.resources"


@pytest.fixture
def library() -> Iterator[Any]:
    """Provide a module with a class to patch."""

    class Base:
        def inherited(self) -> str:
            return "inherited"

    class Completions(Base):
        def create(self, text: str = "x") -> str:
            """Create a text."""
            return text

    module = types.ModuleType(MODULE)
    module.Completions = Completions  # type: ignore[attr-defined]  # made for this test
    sys.modules[MODULE] = module
    yield module
    del sys.modules[MODULE]


def marking(method: Any, instance: Any, args: Any, kwargs: Any) -> Any:
    """Wrap a method so that its result shows it."""
    return f"<{method(*args, **kwargs)}>"


def table(*paths: str) -> PatchTable:
    return PatchTable([Patch(MODULE, path, marking) for path in paths])


def test_patched_method_runs_in_its_wrapper(library: Any) -> None:
    """Every object of the class, made before or after, calls the wrapper."""
    made_before = library.Completions()

    missing = table("Completions.create").apply()

    assert missing == []
    assert made_before.create("a") == "<a>"
    assert library.Completions().create("b") == "<b>"


def test_patched_method_looks_like_the_original(library: Any) -> None:
    """Signature, name and documentation are those of the original."""
    before = inspect.signature(library.Completions.create)

    table("Completions.create").apply()

    method = library.Completions.create
    assert inspect.signature(method) == before
    assert (method.__name__, method.__doc__) == ("create", "Create a text.")


@pytest.mark.parametrize("name", ["create", "inherited"])
def test_undoing_restores_the_class_exactly(library: Any, name: str) -> None:
    """After undoing, the class holds exactly what it held."""
    before = dict(vars(library.Completions))
    patches = table(f"Completions.{name}")
    patches.apply()

    patches.undo()

    assert dict(vars(library.Completions)) == before


@pytest.mark.parametrize("again", [0, 1])
def test_patching_twice_wraps_once(library: Any, again: int) -> None:
    """The same table or another one: a method that is patched is not patched again."""
    tables = [table("Completions.create"), table("Completions.create")]
    tables[0].apply()

    tables[again].apply()

    assert library.Completions().create("a") == "<a>"


def test_methods_bound_before_undoing_are_switched_off(library: Any) -> None:
    """Who still holds a patched method calls the original after undoing."""
    patches = table("Completions.create")
    patches.apply()
    held = library.Completions().create

    patches.undo()

    assert held("a") == "a"


def test_another_wrapper_on_top_stays(library: Any) -> None:
    """Undoing does not take away what another library put over our wrapper; ours is off."""
    patches = table("Completions.create")
    patches.apply()

    @wrapt.decorator
    def theirs(method: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        return f"[{method(*args, **kwargs)}]"

    library.Completions.create = theirs(library.Completions.create)

    patches.undo()

    assert library.Completions().create("a") == "[a]"


def test_what_another_wrapper_left_behind_is_patched_again(library: Any) -> None:
    """A wrapper of ours that undoing had to leave, switched off, does not keep us from patching."""
    first, again = table("Completions.create"), table("Completions.create")
    first.apply()
    wrapt.wrap_function_wrapper(library, "Completions.create", marking)
    first.undo()

    again.apply()

    assert library.Completions().create() == "<<x>>"


def test_missing_targets_are_told(library: Any) -> None:
    """A method or module that is not there is returned, and the rest is patched."""
    patches = PatchTable(
        [
            Patch(MODULE, "Completions.gone", marking),
            Patch(MODULE, "Gone.create", marking),
            Patch("some_library.gone", "Completions.create", marking),
            Patch(MODULE, "Completions.create", marking),
        ]
    )

    missing = patches.apply()

    assert [(patch.module, patch.path) for patch in missing] == [
        (MODULE, "Completions.gone"),
        (MODULE, "Gone.create"),
        ("some_library.gone", "Completions.create"),
    ]
    assert library.Completions().create("a") == "<a>"


@pytest.mark.parametrize(
    ("version", "applies"),
    [((1, 39, 9), False), ((1, 40), True), ((1, 91, 0), True), ((1, 92, 0), False)],
)
def test_patch_is_for_the_versions_it_names(version: tuple[int, ...], applies: bool) -> None:
    """A patch applies from its first version on, up to the one that lost the method."""
    patch = Patch(MODULE, "Completions.create", marking, since=(1, 40), until=(1, 92))

    assert patch.applies_to(version) is applies


def test_patches_of_other_versions_are_passed_over(library: Any) -> None:
    """A patch that is not for the installed version is neither applied nor missed."""
    patches = PatchTable([Patch(MODULE, "Completions.create", marking, since=(2,))])

    missing = patches.apply((1, 99))

    assert missing == []
    assert library.Completions().create("a") == "a"


def test_one_object_is_patched_alone(library: Any) -> None:
    """Patching an object leaves its class and its siblings as they are."""
    one, other = library.Completions(), library.Completions()

    found = patch_object(one, {"create": marking, "gone": marking})

    assert found
    assert (one.create("a"), other.create("a")) == ("<a>", "a")


def test_object_is_patched_once(library: Any) -> None:
    """Patching an object again changes nothing, and says so."""
    one = library.Completions()
    patch_object(one, {"create": marking})

    found = patch_object(one, {"create": marking})

    assert not found
    assert one.create("a") == "<a>"


def test_object_that_takes_no_attributes_is_left_alone() -> None:
    """An object with slots cannot be patched, and works on as it is."""

    class Slotted:
        __slots__ = ()

        def create(self) -> str:
            return "a"

    one = Slotted()

    found = patch_object(one, {"create": marking})

    assert not found
    assert one.create() == "a"


def test_patches_are_known_after_a_reload(library: Any) -> None:
    """A patch made before the module was loaded anew is still seen, so nothing is wrapped twice."""
    table("Completions.create").apply()

    reloaded = importlib.reload(patching_module)
    reloaded.PatchTable([reloaded.Patch(MODULE, "Completions.create", marking)]).apply()

    assert library.Completions().create("a") == "<a>"
