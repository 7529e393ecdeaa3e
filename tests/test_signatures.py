"""The tracing API takes what programs written for the official SDK pass to it."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

import braintrust_otel as braintrust

FUNCTIONS = {
    "current_experiment": "",
    "current_logger": "",
    "current_span": "",
    "flush": "",
    "get_span_parent_object": "parent=None, state=None",
    "init_logger": (
        "project=None, project_id=None, async_flush=True, app_url=None, api_key=None, "
        "org_name=None, force_login=False, set_current=True, state=None"
    ),
    "log": "**event",
    "log_exc_info_to_span": "span, exc_type, exc_value, tb",
    "login": "app_url=None, api_key=None, org_name=None, force_login=False",
    "login_to_state": "app_url=None, api_key=None, org_name=None",
    "parent_context": "parent, state=None",
    "permalink": "slug, org_name=None, app_url=None",
    "span_components_to_object_id": "components",
    "start_span": (
        "name=None, type=None, span_attributes=None, start_time=None, set_current=None, "
        "parent=None, propagated_event=None, state=None, **event"
    ),
    "stringify_exception": "exc_type, exc_value, tb",
    "summarize": "summarize_scores=True, comparison_experiment_id=None",
    "traced": "*span_args, **span_kwargs",
    "update_span": "exported, **event",
}
"""Parameters that may be given by position, in their order, with their defaults."""

START_SPAN = (
    "name=None, type=None, span_attributes=None, start_time=None, set_current=None, parent=None"
)
SPAN = {
    "close": "end_time=None",
    "end": "end_time=None",
    "export": "",
    "flush": "",
    "link": "",
    "log": "**event",
    "log_feedback": "**event",
    "permalink": "",
    "set_attributes": "name=None, type=None, span_attributes=None",
    "set_current": "",
    "start_span": f"{START_SPAN}, **event",
    "unset_current": "",
}
LOG_EVENT = "body, metadata=None, **parameters"
METHODS = {
    "Exportable": {"export": ""},
    "Span": SPAN,
    "SpanImpl": SPAN
    | {
        "__enter__": "",
        "__exit__": "exc_type, exc_value, tb",
        "log_internal": "event=None, internal_data=None",
        "start_span": f"{START_SPAN}, propagated_event=None, **event",
    },
    "Logger": {
        "__enter__": "",
        "__exit__": "exc_type, exc_value, traceback",
        "debug": LOG_EVENT,
        "emit_log": "body, level, metadata=None, **parameters",
        "error": LOG_EVENT,
        "export": "",
        "fatal": LOG_EVENT,
        "flush": "",
        "info": LOG_EVENT,
        "log": (
            "input=None, output=None, expected=None, error=None, tags=None, scores=None, "
            "metadata=None, metrics=None, id=None, allow_concurrent_with_spans=False"
        ),
        "log_feedback": (
            "id, scores=None, expected=None, tags=None, comment=None, metadata=None, source=None"
        ),
        "start_span": f"{START_SPAN}, propagated_event=None, **event",
        "trace": LOG_EVENT,
        "update_span": "id, **event",
        "warn": LOG_EVENT,
    },
    "SpanComponentsV4": {
        "export": "",
        "get_version": "slug",
        "object_id_fields": "",
        "to_str": "",
    },
    "TracedThreadPoolExecutor": {"submit": "fn, *args, **kwargs"},
    "BraintrustState": {
        "__init__": "",
        "flush": "",
        "login": "app_url=None, api_key=None, org_name=None, force_login=False",
    },
    "MarkAsyncWrapper": {"__init__": "callable", "__call__": "*args, **kwargs"},
}
KEYWORDS = {
    "init_logger": {"environment", "tracer_provider", "_create_in_project_group"},
    "start_span": {"internal"},
    "Logger.start_span": {"span_id", "root_span_id", "internal"},
    "Span.start_span": {"internal"},
    "SpanImpl.start_span": {"internal"},
}
"""Parameters that newer programs give by name."""

PROPERTIES = [
    ("Span", "id"),
    ("Span", "name"),
    ("SpanImpl", "id"),
    ("SpanImpl", "name"),
    ("SpanImpl", "parent_object_type"),
    ("SpanImpl", "root_span_id"),
    ("SpanImpl", "span_id"),
    ("SpanImpl", "span_parents"),
    ("SpanImpl", "state"),
    ("Logger", "id"),
    ("Logger", "logging_state"),
    ("Logger", "org_id"),
    ("Logger", "project"),
]
FIELDS = {
    "ObjectMetadata": ["id", "name", "full_info"],
    "SpanComponentsV4": [
        "object_type",
        "object_id",
        "compute_object_metadata_args",
        "row_id",
        "span_id",
        "root_span_id",
        "propagated_event",
    ],
    "SpanIds": ["span_id", "root_span_id", "span_parents"],
}
MEMBERS = {
    "SpanObjectTypeV3": {"EXPERIMENT": 1, "PROJECT_LOGS": 2, "PLAYGROUND_LOGS": 3},
    "SpanTypeAttribute": {
        "LLM": "llm",
        "SCORE": "score",
        "FUNCTION": "function",
        "EVAL": "eval",
        "TASK": "task",
        "TOOL": "tool",
        "AUTOMATION": "automation",
        "FACET": "facet",
        "PREPROCESSOR": "preprocessor",
        "CLASSIFIER": "classifier",
        "REVIEW": "review",
        "DECISION": "decision",
        "QUESTION": "question",
        "LOG": "log",
    },
}
METHOD_TABLE = [
    (owner, name, written)
    for owner, methods in METHODS.items()
    for name, written in methods.items()
]


def parameters(function: Any) -> list[inspect.Parameter]:
    """Return the parameters of a function, or of a method without its receiver."""
    found = list(inspect.signature(function).parameters.values())
    return found[1:] if found and found[0].name == "self" else found


def positional(function: Any) -> str:
    """Write the parameters of *function* but for those that are given by name only."""
    return ", ".join(
        str(parameter.replace(annotation=inspect.Parameter.empty)).replace(" = ", "=")
        for parameter in parameters(function)
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    )


def by_name_only(function: Any) -> set[str]:
    """Return the parameters of *function* that are given by name only."""
    return {
        parameter.name
        for parameter in parameters(function)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


@pytest.mark.parametrize(("name", "written"), FUNCTIONS.items())
def test_function_takes_what_is_documented(name: str, written: str) -> None:
    """Order, names and defaults are the documented ones; what is new is given by name."""
    function = getattr(braintrust, name)

    assert positional(function) == written
    assert by_name_only(function) == KEYWORDS.get(name, set())


@pytest.mark.parametrize(("owner", "name", "written"), METHOD_TABLE)
def test_method_takes_what_is_documented(owner: str, name: str, written: str) -> None:
    """Order, names and defaults are the documented ones; what is new is given by name."""
    method = getattr(getattr(braintrust, owner), name)

    assert positional(method) == written
    assert by_name_only(method) == KEYWORDS.get(f"{owner}.{name}", set())


@pytest.mark.parametrize(("owner", "name"), PROPERTIES)
def test_property_is_one(owner: str, name: str) -> None:
    """It is read without calling it."""
    assert isinstance(inspect.getattr_static(getattr(braintrust, owner), name), property)


@pytest.mark.parametrize(("name", "fields"), FIELDS.items())
def test_value_has_its_fields(name: str, fields: list[str]) -> None:
    """They are what its constructor takes, in order."""
    assert [field.name for field in dataclasses.fields(getattr(braintrust, name))] == fields


@pytest.mark.parametrize(("name", "members"), MEMBERS.items())
def test_enumeration_has_its_members(name: str, members: dict[str, object]) -> None:
    """Names and values are the documented ones."""
    assert {member.name: member.value for member in getattr(braintrust, name)} == members


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("SpanScope", {"type", "id", "root_span_id"}),
        ("TraceScope", {"type", "root_span_id", "idle_seconds"}),
        ("SpanAttributes", {"name", "type", "purpose", "log_level"}),
    ],
)
def test_typed_dictionary_has_its_keys(name: str, keys: set[str]) -> None:
    """They are those of the documented one."""
    assert set(getattr(braintrust, name).__annotations__) == keys


def test_a_span_can_be_recorded_as_current() -> None:
    """The one public attribute that is no property says whether it can."""
    assert "can_set_current" in braintrust.SpanImpl.__slots__
    assert issubclass(braintrust.SpanImpl, braintrust.Span)
    assert issubclass(braintrust.Span, braintrust.Exportable)
    assert issubclass(braintrust.Logger, braintrust.Exportable)
