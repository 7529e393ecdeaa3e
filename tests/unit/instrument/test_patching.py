"""Patches wrap the methods they name, once, and go away without a trace."""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import pickle
import sys
import types
import weakref
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

        async def acreate(self, text: str = "x") -> str:
            return text

        @classmethod
        def of_class(cls, text: str = "x") -> str:
            return f"{cls.__name__}: {text}"

    def create(text: str = "x") -> str:
        return text

    Completions.__module__, Completions.__qualname__ = MODULE, "Completions"
    create.__module__, create.__qualname__ = MODULE, "create"
    module: Any = types.ModuleType(MODULE)
    module.Completions, module.create = Completions, create
    sys.modules[MODULE] = module
    sys.modules["some_library"] = package = types.ModuleType("some_library")
    package.resources = module  # type: ignore[attr-defined]  # made for this test
    yield module
    del sys.modules[MODULE], sys.modules["some_library"]


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


@pytest.mark.parametrize("name", ["create", "inherited", "of_class"])
def test_undoing_restores_the_class_exactly(library: Any, name: str) -> None:
    """After undoing, the class holds exactly what it held."""
    before = dict(vars(library.Completions))
    patches = table(f"Completions.{name}")
    patches.apply()

    patches.undo()

    assert dict(vars(library.Completions)) == before


@pytest.mark.parametrize("name", ["Completions.create", "Completions.of_class", "create"])
def test_held_patch_outlives_the_table_that_applied_it(library: Any, name: str) -> None:
    """What objects have in common stays when the patches of all objects are taken away."""
    patches = table(name)
    patches.apply()

    held = table(name).hold(), table(name).hold()
    patches.undo()

    assert held == (True, False)
    owner = library.Completions() if "." in name else library
    assert getattr(owner, name.rpartition(".")[2])("a").startswith("<")


def test_held_patch_is_applied_where_it_was_not(library: Any) -> None:
    """Holding applies what nobody had applied; who comes later does not take it away."""
    patches = table("Completions.create")

    is_new = table("Completions.create").hold()
    patches.apply()
    patches.undo()

    assert is_new
    assert library.Completions().create("a") == "<a>"


@pytest.mark.parametrize("again", [0, 1])
def test_patching_twice_wraps_once(library: Any, again: int) -> None:
    """The same table or another one: a method that is patched is not patched again."""
    paths = "Completions.create", "Completions.of_class", "create"
    tables = [table(*paths), table(*paths)]
    tables[0].apply()

    tables[again].apply()

    assert library.Completions().create("a") == "<a>"
    assert library.Completions.of_class("a") == "<Completions: a>"
    assert library.create("a") == "<a>"


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


def patched_class(library: Any) -> Any:
    """Patch the class, and return an object of it."""
    table("Completions.create", "Completions.acreate").apply()
    return library.Completions()


def patched_object(library: Any) -> Any:
    """Return an object that is patched."""
    made = library.Completions()
    patch_object(made, {"create": marking, "acreate": marking})
    return made


@pytest.fixture(params=[patched_class, patched_object])
def patched(request: pytest.FixtureRequest, library: Any) -> Any:
    """Provide an object whose methods are patched, in each way."""
    return request.param(library)


def test_patched_method_is_a_method(patched: Any) -> None:
    """It belongs to its object, equals itself, and says what kind of method it is."""
    method = patched.create

    assert type(method) is types.MethodType
    assert (method == patched.create, hash(method) == hash(patched.create)) == (True, True)
    assert "bound method" in repr(method)
    assert inspect.iscoroutinefunction(patched.acreate)
    assert not inspect.iscoroutinefunction(method)
    assert method.__self__ is patched


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda method: weak(method)()])
def test_patched_method_can_be_copied_and_weakly_held(patched: Any, copied: Any) -> None:
    """Copies of a method, and weak references to it, call the wrapper too."""
    method = copied(patched.create)

    assert method("a") == "<a>"


def weak(method: Any) -> Any:
    """Return a weak reference to a bound method."""
    return weakref.WeakMethod(method)


def test_patched_method_pickles_with_its_object(patched: Any) -> None:
    """Where an object pickles, its patched methods do."""
    method = pickle.loads(pickle.dumps(patched.create))  # noqa: S301  # made here

    assert method("a") in {"<a>", "a"}


@pytest.mark.parametrize("path", ["Completions.create", "Completions.of_class", "create"])
def test_patched_function_pickles_by_its_place(library: Any, path: str) -> None:
    """A function of a class or module comes out of a pickle as what is in its place there."""
    patches = table(path)
    original = functools.reduce(getattr, path.split("."), library)
    patches.apply()
    pickled = pickle.dumps(functools.reduce(getattr, path.split("."), library))

    patched = pickle.loads(pickled)  # noqa: S301  # made here
    patches.undo()
    unpatched = pickle.loads(pickled)  # noqa: S301  # made here

    assert patched == functools.reduce(getattr, path.split("."), library)
    assert unpatched == original


@pytest.mark.parametrize("path", ["Completions.create", "create"])
def test_patched_function_is_copied_to_itself(library: Any, path: str) -> None:
    """As functions are."""
    table(path).apply()
    function = functools.reduce(getattr, path.split("."), library)

    assert copy.copy(function) is function
    assert copy.deepcopy(function) is function


def test_patched_function_of_a_class_is_one_object(library: Any) -> None:
    """Asked for twice it is the same, so it can be a key, and weakly referred to."""
    table("Completions.create").apply()
    function = library.Completions.create

    assert library.Completions.create is function
    assert weakref.ref(function)() is function
    assert inspect.isfunction(function)


def test_function_of_a_class_can_be_called_with_an_object(library: Any) -> None:
    """As overriding methods do that name the class."""
    table("Completions.create").apply()

    assert library.Completions.create(library.Completions(), "a") == "<a>"


def test_overriding_method_calls_the_patched_one(library: Any) -> None:
    """A subclass keeps its own method, and gets to the wrapper through ``super()``."""
    table("Completions.create").apply()

    class Louder(library.Completions):  # type: ignore[misc]  # a class made by a fixture
        def create(self, text: str = "x") -> str:
            return f"{super().create(text)}!"

    assert Louder().create("a") == "<a>!"


@pytest.mark.parametrize("given", [(), ("a", "b")])
def test_wrong_arguments_raise_as_ever(library: Any, given: tuple[str, ...]) -> None:
    """A function of a class that lacks its object, or gets too much, says so itself."""
    table("Completions.create").apply()

    with pytest.raises(TypeError, match="create"):
        library.Completions.create(*given and (library.Completions(), *given))


def test_partial_of_a_patched_method_keeps_its_signature(patched: Any) -> None:
    """A partial takes what is left."""
    partial = functools.partial(patched.create, text="a")

    assert list(inspect.signature(partial).parameters) == ["text"]
    assert partial() == "<a>"


def test_inherited_class_method_knows_its_class(library: Any) -> None:
    """A class method that is patched where it is inherited still gets the class it is called on."""

    class Heir(library.Completions):  # type: ignore[misc]  # a class made by a fixture
        pass

    library.Heir = Heir
    table("Heir.of_class").apply()

    assert library.Heir.of_class("a") == "<Heir: a>"
    assert library.Completions.of_class("a") == "Completions: a"


def test_class_that_is_patched_later_takes_effect_on_a_patched_object(library: Any) -> None:
    """A test that replaces the method of the class is not passed by."""
    made = patched_object(library)

    library.Completions.create = lambda self, text: f"mocked {text}"

    assert made.create("a") == "<mocked a>"


def test_what_replaces_the_method_of_a_class_need_not_be_a_function(library: Any) -> None:
    """A mock, say, which does not bind, is called without the object, as by the class itself."""
    made = patched_object(library)

    library.Completions.create = functools.partial("{} {}".format, "mocked")

    assert made.create("a") == "<mocked a>"


def test_method_that_only_an_object_has_is_patched(library: Any) -> None:
    """A method of the object's own goes on being called, whatever the class has."""
    made = library.Completions()
    made.create = types.MethodType(lambda self, text: f"own {text}", made)

    patch_object(made, {"create": marking})

    assert made.create("a") == "<own a>"
