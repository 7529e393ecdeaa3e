"""Exported parents with their parts laid open."""

from __future__ import annotations

from typing import Any

import pytest

from braintrust_otel._model.containers import Container, ContainerKind, Parent
from braintrust_otel._model.slugs import encode_slug
from braintrust_otel._tracing.components import (
    SpanComponentsV4,
    SpanObjectTypeV3,
    components_of,
    parent_of,
    span_components_to_object_id,
)
from braintrust_otel.errors import SlugError

IDS = {"row_id": "r" * 3, "span_id": "1" * 16, "root_span_id": "2" * 32}
PARENTS = [
    Parent(Container(ContainerKind.PROJECT_LOGS, name="demo")),
    Parent(Container(ContainerKind.PROJECT_LOGS, id="p1"), **IDS),
    Parent(Container(ContainerKind.EXPERIMENT, id="e1"), **IDS, propagated_event={"a": [1]}),
    Parent(Container(ContainerKind.PLAYGROUND_LOGS, id="s1")),
]


@pytest.mark.parametrize("parent", PARENTS, ids=str)
def test_parts_and_whole_say_the_same(parent: Parent) -> None:
    """A slug can be taken apart and put together again."""
    slug = encode_slug(parent)

    components = SpanComponentsV4.from_str(slug)

    assert components == components_of(parent)
    assert parent_of(components) == parent
    assert components.to_str() == components.export() == slug
    assert SpanComponentsV4.get_version(slug) == 4


@pytest.mark.parametrize("slug", ["", "=", "not base64"])
def test_what_is_no_slug_has_no_version(slug: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(SlugError, match="could not be read"):
        SpanComponentsV4.get_version(slug)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"object_id": "p", "compute_object_metadata_args": {"project_name": "n"}},
        {"object_id": "p", "row_id": "r"},
        {"object_id": "p", "span_id": "1" * 16, "root_span_id": "2" * 32},
    ],
)
def test_parts_that_do_not_go_together_raise(parts: dict[str, Any]) -> None:
    """A container has one name, and a span all its ids."""
    with pytest.raises(ValueError, match="give"):
        SpanComponentsV4(SpanObjectTypeV3.PROJECT_LOGS, **parts)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (SpanObjectTypeV3.PROJECT_LOGS, {"project_id": "x", "log_id": "g"}),
        (SpanObjectTypeV3.EXPERIMENT, {"experiment_id": "x"}),
        (SpanObjectTypeV3.PLAYGROUND_LOGS, {"prompt_session_id": "x", "log_id": "x"}),
    ],
)
def test_a_known_container_names_itself_on_rows(
    kind: SpanObjectTypeV3, fields: dict[str, str]
) -> None:
    """An id needs no look-up."""
    components = SpanComponentsV4(kind, "x")

    assert components.object_id_fields() == fields
    assert span_components_to_object_id(components) == "x"


def test_only_projects_are_looked_up() -> None:
    """An experiment that is known by name only cannot be found."""
    components = SpanComponentsV4(
        SpanObjectTypeV3.EXPERIMENT, compute_object_metadata_args={"project_name": "n"}
    )

    with pytest.raises(SlugError, match="only projects"):
        span_components_to_object_id(components)
