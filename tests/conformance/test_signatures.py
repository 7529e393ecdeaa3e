"""The tracing API against the signatures of the official SDK."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import braintrust_otel as braintrust

pytestmark = pytest.mark.conformance

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "api-signatures.json"
DOCUMENTED: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))

FUNCTIONS = [
    "current_experiment",
    "current_logger",
    "current_span",
    "flush",
    "get_span_parent_object",
    "init_logger",
    "log",
    "login",
    "parent_context",
    "permalink",
    "span_components_to_object_id",
    "start_span",
    "summarize",
    "update_span",
]
CLASSES = ["Logger", "Span", "SpanComponentsV4", "SpanIds", "SpanImpl", "TracedThreadPoolExecutor"]
EXTRAS = ["log_exc_info_to_span", "login_to_state", "stringify_exception"]

MADE_OTHERWISE = {("Logger", "__init__"), ("SpanImpl", "__init__")}
"""Constructors that no program calls: the objects come from functions."""

LATER = {("Span", "inject"), ("SpanImpl", "inject")}
"""Methods that are compared where they are tested."""


def described(name: str) -> dict[str, Any]:
    for table in ("functions", "classes", "extra"):
        if name in DOCUMENTED[table]:
            found: dict[str, Any] = DOCUMENTED[table][name]
            return found
    raise AssertionError(f"{name} is not in {REFERENCE.name}")


METHODS = [
    (owner, name, method["parameters"])
    for owner in CLASSES
    for name, method in described(owner)["methods"].items()
    if (owner, name) not in MADE_OTHERWISE | LATER
]


def accepts(function: Any, parameters: list[dict[str, Any]]) -> list[str]:
    """Return the documented parameters that *function* does not take."""
    own = inspect.signature(function).parameters
    kinds = {parameter.kind for parameter in own.values()}
    missing = []
    for parameter in parameters:
        if parameter["kind"] == "VAR_KEYWORD":
            is_taken = inspect.Parameter.VAR_KEYWORD in kinds
        elif parameter["kind"] == "VAR_POSITIONAL":
            is_taken = inspect.Parameter.VAR_POSITIONAL in kinds
        else:
            is_taken = parameter["name"] in own
        if not is_taken:
            missing.append(parameter["name"])
    return missing


def by_position(function: Any) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in own if parameter.kind in kinds]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_takes_the_documented_parameters_in_order(name: str) -> None:
    """The reference document's come first, by position; newer ones are taken by name."""
    documented, function = described(name), getattr(braintrust, name)
    seeds = [seed["name"] for seed in documented["seed_parameters"] if "." not in seed["name"]]
    wanted = [seed for seed in seeds if seed != "event"]

    assert by_position(function) == wanted
    assert accepts(function, documented["parameters"]) == []


@pytest.mark.parametrize("name", EXTRAS)
def test_further_function_takes_the_official_parameters(name: str) -> None:
    """All of them, in the same order."""
    documented = [parameter["name"] for parameter in described(name)["parameters"]]

    assert by_position(getattr(braintrust, name)) == documented


@pytest.mark.parametrize(("owner", "name", "parameters"), METHODS)
def test_method_takes_the_official_parameters(
    owner: str, name: str, parameters: list[dict[str, Any]]
) -> None:
    """Every method of the official class is there and takes what the official one takes."""
    assert accepts(getattr(getattr(braintrust, owner), name), parameters) == []


@pytest.mark.parametrize("owner", CLASSES)
def test_class_has_the_official_properties(owner: str) -> None:
    """What is read without a call there is read without a call here."""
    own = getattr(braintrust, owner)
    documented = [found["name"] for found in described(owner).get("properties", [])]

    odd = [
        name
        for name in documented
        if not isinstance(inspect.getattr_static(own, name, None), property)
    ]

    assert odd == []


@pytest.mark.parametrize("name", ["SpanObjectTypeV3", "SpanTypeAttribute"])
def test_enumeration_has_the_official_members(name: str) -> None:
    """Names and values are the same."""
    members = {member.name: member.value for member in getattr(braintrust, name)}

    assert members == described(name)["members"]
