"""Puts wrappers around the methods of a library, and takes them away again without a trace."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from types import FunctionType, MethodType
from typing import Any, TypeAlias

import wrapt
from typing_extensions import override

__all__ = ["Patch", "PatchTable", "Wrapper", "patch_object", "wrapper_of"]

Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
"""Called instead of the method: ``wrapper(method, instance, args, kwargs)``, as wrapt does."""

_MISSING = object()

# How a pickle finds what is patched, in a process where it may not be: function and arguments.
_Home: TypeAlias = tuple[Callable[..., Any], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Patch:
    """One method of a library and what goes around it.

    Attributes:
        module: Module that defines the class.
        path: Class and method, such as ``Completions.create``.
        wrapper: What goes around the method.
        since: First version that has the method, as numbers; older ones are not asked for it.
        until: First version that no longer has it, or None.
    """

    module: str
    path: str
    wrapper: Wrapper
    since: tuple[int, ...] = ()
    until: tuple[int, ...] | None = None

    def applies_to(self, version: Sequence[int]) -> bool:
        """Whether *version* of the library is expected to have the method."""
        numbers = tuple(version)
        return numbers >= self.since and (self.until is None or numbers < self.until)


class _PatchedMethod(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """A patched function of a class: what looks at it sees the original.

    It binds as functions do, so that a method of an object is a method like any other, which can
    be compared, copied, referred to weakly, and pickled where its object can.
    """

    def __init__(self, wrapped: Any, wrapper: Wrapper, switch: list[bool], home: _Home) -> None:
        super().__init__(wrapped)
        self._self_wrapper = wrapper
        # On until the list is emptied, also for whoever holds a method that was bound before.
        self._self_braintrust_switch = switch
        self._self_braintrust_wrapper = wrapper
        self._self_home = home

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if not args or not self._self_braintrust_switch:
            return self.__wrapped__(*args, **kwargs)
        instance = args[0]
        method = MethodType(self.__wrapped__, instance)
        return self._self_wrapper(method, instance, args[1:], kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    @override
    def __reduce_ex__(self, protocol: object) -> Any:
        return self._self_home

    @override
    def __copy__(self) -> Any:
        return self  # as functions do

    @override
    def __deepcopy__(self, memo: object) -> Any:
        return self

    @override
    def __repr__(self) -> str:
        return repr(self.__wrapped__)


class _PatchedOnObject(_PatchedMethod):
    """A method that is patched on one object: what its class has at the time is called.

    So a program that patches the class later, as tests with mocks do, sees that take effect.
    """

    @override
    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        instance = args[0]
        return self._self_wrapper(self._of_class(instance), instance, args[1:], kwargs)

    def _of_class(self, instance: object) -> Any:
        name = self._self_home[1][1]
        for kind in type(instance).__mro__:
            if name in vars(kind):
                function = vars(kind)[name]
                bind = getattr(type(function), "__get__", None)
                return bind(function, instance, type(instance)) if bind else function
        return MethodType(self.__wrapped__, instance)


class _PatchedCallable(wrapt.FunctionWrapper):  # type: ignore[type-arg]  # generic in stubs only
    """Anything else that is patched: functions of modules, static methods, others' wrappers."""

    def __init__(self, wrapped: Any, wrapper: Wrapper, switch: list[bool], home: _Home) -> None:
        # Asked at every call, so it is a C function.
        super().__init__(
            wrapped,
            wrapper,
            enabled=switch.__len__,  # type: ignore[arg-type]  # the truth of its number counts
        )
        self._self_braintrust_switch = switch
        self._self_home = home

    @override
    def __reduce_ex__(self, protocol: object) -> Any:
        return self._self_home

    @override
    def __copy__(self) -> Any:
        return self

    @override
    def __deepcopy__(self, memo: object) -> Any:
        return self


class PatchTable:
    """The patches of one instrumentor.

    Applying twice patches once. Undoing restores the class exactly; where another library has
    wrapped our wrapper meanwhile it stays in place, switched off, and so does every bound method
    that somebody still holds.

    Args:
        patches: What to wrap.
    """

    def __init__(self, patches: Sequence[Patch]) -> None:
        self._patches = tuple(patches)
        self._applied: list[_Applied] = []

    def modules(self, version: Sequence[int] = ()) -> list[str]:
        """Return the modules that patches for *version* of the library are in, each once."""
        return list(dict.fromkeys(patch.module for patch in self._wanted(version)))

    def apply(self, version: Sequence[int] = (), module: str | None = None) -> list[Patch]:
        """Apply every patch that *version* of the library calls for.

        Args:
            version: Version of the library, as numbers; empty applies all, found or not.
            module: The module whose patches are applied; None for all, which imports them.

        Returns:
            The patches whose target does not exist although the version should have it.
        """
        missing = []
        for patch in self._wanted(version):
            if module not in (None, patch.module):
                continue
            target = _find(patch)
            if target is None:
                missing.append(patch)
            elif not _is_ours(vars(target[0]).get(target[1])):
                self._applied.append(_Applied.put(*target, patch))
        return missing

    def hold(self, version: Sequence[int] = ()) -> bool:
        """Apply every patch for good: also those that another table has applied, and will undo.

        For what objects that are patched one by one have in common. It is never undone.

        Returns:
            Whether anything was not held before.
        """
        self.apply(version)
        mine = {id(applied.switch) for applied in self._applied}
        found = [_find(patch) for patch in self._wanted(version)]
        switches = [_switch_of(vars(place[0]).get(place[1])) for place in found if place]
        others = [switch for switch in switches if len(switch) == 1 and id(switch) not in mine]
        for switch in others:
            switch.append(True)
        return bool(mine or others)

    def _wanted(self, version: Sequence[int]) -> list[Patch]:
        return [patch for patch in self._patches if not version or patch.applies_to(version)]

    def undo(self) -> None:
        """Take every applied patch away, last one first."""
        while self._applied:
            self._applied.pop().undo()


class _Applied:
    """One wrapper that is in place."""

    def __init__(self, owner: Any, name: str, original: object, switch: list[bool]) -> None:
        self._owner = owner
        self._name = name
        self._original = original
        self.switch = switch
        self._installed: object = None

    @classmethod
    def put(cls, owner: Any, name: str, patch: Patch) -> _Applied:
        switch = [True]
        original = vars(owner).get(name, _MISSING)
        applied = cls(owner, name, original, switch)
        method = _inherited(owner, name) if original is _MISSING else original
        home = resolve_name, (f"{patch.module}:{patch.path}",)
        if isinstance(owner, type) and type(method) is FunctionType:
            applied._installed = _PatchedMethod(method, patch.wrapper, switch, home)
        elif type(method) is classmethod:
            function = _PatchedMethod(method.__func__, patch.wrapper, switch, home)
            applied._installed = classmethod(function)
        else:
            applied._installed = _PatchedCallable(method, patch.wrapper, switch, home)
        setattr(owner, name, applied._installed)
        return applied

    def undo(self) -> None:
        self.switch.pop()
        if self.switch:
            return  # somebody else holds it
        if vars(self._owner).get(self._name) is not self._installed:
            return  # somebody wrapped our wrapper: taking it away would take theirs too
        if self._original is _MISSING:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._original)


def patch_object(instance: object, methods: Mapping[str, Wrapper]) -> bool:
    """Put wrappers around methods of one object, leaving its class alone.

    Methods that the object does not have are passed over, and a method that is wrapped on this
    object already stays as it is.

    Returns:
        Whether a method was wrapped now.
    """
    found = False
    for name, wrapper in methods.items():
        method = getattr(instance, name, None)
        if not callable(method) or _is_ours(getattr(instance, "__dict__", {}).get(name)):
            continue
        try:
            setattr(instance, name, _patched(method, instance, name, wrapper))
        except (AttributeError, TypeError):
            continue  # an object that takes no attributes cannot be patched, and stays as it is
        found = True
    return found


def wrapper_of(instance: object, name: str) -> Wrapper | None:
    """Return what goes around a method of *instance*, on this object or for its class; or None."""
    for owner in (instance, *type(instance).__mro__):
        method = getattr(owner, "__dict__", {}).get(name)
        if _is_ours(method):
            wrapper: Wrapper | None = getattr(method, "_self_braintrust_wrapper", None)
            return wrapper
    return None


def _patched(method: Any, instance: object, name: str, wrapper: Wrapper) -> Any:
    """Return *method* in its wrapper, as a method of *instance* where it was one before."""
    home = getattr, (instance, name)
    if type(method) is not MethodType or method.__self__ is not instance:
        return _PatchedCallable(method, wrapper, [True], home)
    is_inherited = getattr(type(instance), name, None) is method.__func__
    kind = _PatchedOnObject if is_inherited else _PatchedMethod
    return MethodType(kind(method.__func__, wrapper, [True], home), instance)


def _inherited(owner: Any, name: str) -> Any:
    """Return what *owner* has under *name*; of a class, as the class that defines it holds it."""
    if isinstance(owner, type):
        return inspect.getattr_static(owner, name)
    return getattr(owner, name)


def _find(patch: Patch) -> tuple[Any, str] | None:
    """Return the class that holds the method, and its name; None when there is no such method."""
    try:
        owner: Any = importlib.import_module(patch.module)
    except ImportError:
        return None
    *classes, name = patch.path.split(".")
    for part in classes:
        owner = getattr(owner, part, None)
    return (owner, name) if callable(getattr(owner, name, None)) else None


def _is_ours(attribute: object) -> bool:
    # By a mark and not by class, so that it holds across a reload of this module. A wrapper that is
    # switched off, and stayed because another library had wrapped or bound it, does not count.
    return bool(_switch_of(attribute))


def _switch_of(attribute: object) -> list[bool]:
    function = attribute.__func__ if type(attribute) is classmethod else attribute
    switch: list[bool] = getattr(function, "_self_braintrust_switch", None) or []
    return switch
