"""What users may import is declared, true, and the same in all places that say it."""

from __future__ import annotations

import ast
import importlib

import pytest

from support.house import ROOT, Module, modules

FACADE = Module("braintrust_otel", ROOT / "src" / "braintrust_otel" / "__init__.py")


def facade_guard() -> ast.If:
    """Return the branch of the facade that says its names, to checkers and to Python."""
    (guard,) = [
        node
        for node in FACADE.tree().body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and node.orelse
    ]
    return guard


def names_for_checkers() -> dict[str, tuple[str, str]]:
    """Return the home and the name there of each name of the facade, as checkers see them."""
    imports = [node for node in facade_guard().body if isinstance(node, ast.ImportFrom)]
    return {
        name.asname or name.name: (str(node.module), name.name)
        for node in imports
        for name in node.names
    }


SEEN = names_for_checkers()
DECLARING = [module for module in modules() if module.declared() is not None]
PUBLIC = [module for module in modules() if module.is_public and module.defined()]


@pytest.mark.parametrize("module", PUBLIC, ids=str)
def test_public_module_declares_its_names(module: Module) -> None:
    """A module without underscore lists its functions and classes in `__all__`."""
    declared = module.declared()

    assert declared is not None
    assert module.defined() <= set(declared)


@pytest.mark.parametrize("module", DECLARING, ids=str)
def test_declared_names_exist(module: Module) -> None:
    """Every name in `__all__` can be imported, and stands there once."""
    declared = module.declared() or []
    loaded = importlib.import_module(module.name)

    missing = [name for name in declared if not hasattr(loaded, name)]

    assert missing == []
    assert len(declared) == len(set(declared))


def test_facade_tables_name_the_same_things() -> None:
    """The facade declares what checkers see, and finds it where they see it."""
    same_name = {alias: home for alias, (home, name) in SEEN.items() if alias == name}

    assert facade_homes() == same_name
    assert set(FACADE.declared() or []) == set(SEEN)


@pytest.mark.parametrize("alias", SEEN)
def test_facade_resolves_what_checkers_see(alias: str) -> None:
    """A name of the facade is the very object that its home holds."""
    home, name = SEEN[alias]

    resolved = getattr(importlib.import_module("braintrust_otel"), alias)

    assert resolved is getattr(importlib.import_module(home), name)


def test_facade_refuses_unknown_names() -> None:
    """A name that does not exist is an AttributeError, as with any module."""
    facade = importlib.import_module("braintrust_otel")

    with pytest.raises(AttributeError, match="no_such_name"):
        facade.no_such_name  # noqa: B018 - reading it is the point


@pytest.mark.parametrize("module", [*modules()], ids=str)
def test_module_says_what_it_is(module: Module) -> None:
    """Every module that holds code begins with a docstring."""
    tree = module.tree()

    assert not tree.body or ast.get_docstring(tree)


def facade_homes() -> dict[str, str]:
    """Return the modules of the facade's names, as Python resolves them."""
    (table,) = [
        node.value
        for node in facade_guard().orelse
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
    ]
    return dict(ast.literal_eval(table))
