"""Containers: their attribute form and their routing fields."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import (
    Container,
    ContainerKind,
    format_container,
    parse_container,
    project_logs,
    routing_fields,
)

EXPERIMENT = Container(ContainerKind.EXPERIMENT, id="e1")
PLAYGROUND = Container(ContainerKind.PLAYGROUND_LOGS, id="p1")
DATASET = Container(ContainerKind.DATASET, id="d1")


@pytest.mark.parametrize(
    ("text", "container"),
    [
        ("project_name:demo", project_logs("demo")),
        ("project_name:a:b", project_logs("a:b")),
        ("project_id:1", project_logs(project_id="1")),
        ("experiment_id:e1", EXPERIMENT),
        ("playground_id:p1", PLAYGROUND),
    ],
)
def test_parent_attribute_round_trips(text: str, container: Container) -> None:
    """Every form of the parent attribute is read, and written again as it was."""
    assert parse_container(text) == container
    assert format_container(container) == text


@pytest.mark.parametrize("text", ["", "project_id:", "project_id", "dataset_id:d1", ":x", "BAIA"])
def test_other_texts_name_no_container(text: str) -> None:
    """An empty id, an unknown prefix or a slug names no container."""
    assert parse_container(text) is None


@pytest.mark.parametrize(
    "container", [DATASET, project_logs(), Container(ContainerKind.EXPERIMENT, name="x")]
)
def test_some_containers_have_no_attribute_form(container: Container) -> None:
    """Datasets, and containers that neither id nor project name tells, have no attribute form."""
    assert format_container(container) is None


def test_id_is_preferred_to_the_name() -> None:
    """A project known by both is written by its id."""
    assert format_container(project_logs("demo", "1")) == "project_id:1"


@pytest.mark.parametrize(
    ("container", "fields"),
    [
        (EXPERIMENT, {"experiment_id": "e1"}),
        (project_logs(project_id="1"), {"project_id": "1", "log_id": "g"}),
        (PLAYGROUND, {"prompt_session_id": "p1", "log_id": "x"}),
        (DATASET, {"dataset_id": "d1"}),
    ],
)
def test_routing_fields(container: Container, fields: dict[str, str]) -> None:
    """Each kind of container has its own routing fields."""
    assert routing_fields(container) == fields


def test_unknown_id_cannot_route() -> None:
    """A container known by name only cannot route a row, and the error names it."""
    with pytest.raises(ValueError, match="'demo'"):
        routing_fields(project_logs("demo"))
