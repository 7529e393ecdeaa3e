"""Puts wrappers around the methods of a library, and takes them away again without a trace."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import wrapt

__all__ = ["Patch", "PatchTable", "Wrapper", "patch_object"]

Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
"""Called instead of the method: ``wrapper(method, instance, args, kwargs)``, as wrapt does."""

_MISSING = object()


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


class _PatchedFunction(wrapt.FunctionWrapper):  # type: ignore[type-arg]  # generic in stubs only
    """A patched method: what calls, signatures and documentation see is the original."""

    def __init__(self, wrapped: Any, wrapper: Wrapper, switch: list[bool]) -> None:
        # Asked at every call, so it is a C function: the wrapper is on until the list is emptied,
        # also for whoever holds a method that was bound before.
        super().__init__(
            wrapped,
            wrapper,
            enabled=switch.__len__,  # type: ignore[arg-type]  # the truth of its number counts
        )
        self._self_braintrust_switch = switch


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

    def apply(self, version: Sequence[int] = ()) -> list[Patch]:
        """Apply every patch that *version* of the library calls for.

        Args:
            version: Version of the library, as numbers; empty applies all, found or not.

        Returns:
            The patches whose target does not exist although the version should have it.
        """
        missing = []
        for patch in self._patches:
            if version and not patch.applies_to(version):
                continue
            target = _find(patch)
            if target is None:
                missing.append(patch)
            elif not _is_ours(vars(target[0]).get(target[1])):
                self._applied.append(_Applied.put(*target, patch.wrapper))
        return missing

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
        self._switch = switch
        self._installed: object = None

    @classmethod
    def put(cls, owner: Any, name: str, wrapper: Wrapper) -> _Applied:
        switch = [True]
        original = vars(owner).get(name, _MISSING)
        applied = cls(owner, name, original, switch)
        method = getattr(owner, name) if original is _MISSING else original
        applied._installed = _PatchedFunction(method, wrapper, switch)
        setattr(owner, name, applied._installed)
        return applied

    def undo(self) -> None:
        self._switch.clear()
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
            setattr(instance, name, _PatchedFunction(method, wrapper, [True]))
        except (AttributeError, TypeError):
            continue  # an object that takes no attributes cannot be patched, and stays as it is
        found = True
    return found


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
    return bool(getattr(attribute, "_self_braintrust_switch", None))
