"""What users may import is declared, true, and the same in all places that say it."""

from __future__ import annotations

import ast
import importlib
from importlib.util import find_spec

import pytest

from support.house import ROOT, Module, modules

FACADE = Module("braintrust_otel", ROOT / "src" / "braintrust_otel" / "__init__.py")
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
    """The facade resolves exactly the names that it declares, from where checkers see them."""
    seen, homes = facade_tables()
    declared = set(FACADE.declared() or [])

    assert homes == seen
    assert declared == set(homes)


def test_facade_homes_are_modules() -> None:
    """Every module that the facade resolves names from exists."""
    _, homes = facade_tables()

    absent = {home for home in homes.values() if find_spec(home) is None}

    assert absent == set()


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


def facade_tables() -> tuple[dict[str, str], dict[str, str]]:
    """Return the homes of the facade's names: as checkers see them, and as Python resolves them."""
    guards = [
        node
        for node in FACADE.tree().body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and node.orelse
    ]
    imports = [node for guard in guards for node in guard.body if isinstance(node, ast.ImportFrom)]
    tables = [
        node.value
        for guard in guards
        for node in guard.orelse
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
    ]
    seen = {name.asname or name.name: str(node.module) for node in imports for name in node.names}
    return seen, dict(ast.literal_eval(tables[0]))
