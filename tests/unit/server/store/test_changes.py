"""What a request's rows change."""

from __future__ import annotations

import pytest

from braintrust_otel._model.containers import ContainerKind
from braintrust_otel.server.store.changes import Audit, RowError, fold_rows, is_comment
from support.stores import log_row, merge_row


@pytest.mark.parametrize(
    ("routing", "kind", "object_id"),
    [
        ({"project_id": "p", "log_id": "g"}, ContainerKind.PROJECT_LOGS, "p"),
        ({"project_id": "p"}, ContainerKind.PROJECT_LOGS, "p"),
        ({"experiment_id": "e"}, ContainerKind.EXPERIMENT, "e"),
        ({"dataset_id": "d"}, ContainerKind.DATASET, "d"),
        ({"prompt_session_id": "s", "log_id": "x"}, ContainerKind.PLAYGROUND_LOGS, "s"),
    ],
)
def test_routing_keys_say_the_container(
    routing: dict[str, str], kind: ContainerKind, object_id: str
) -> None:
    """A row belongs to the container that its routing keys name."""
    (change,) = fold_rows([{"id": "a", **routing}])

    assert (change.container.kind, change.container.id) == (kind, object_id)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (17, "rows[1] is no JSON object but int"),
        ({"project_id": "p"}, "rows[1] has no `id`"),
        ({"id": 5, "project_id": "p"}, "rows[1] has no `id`"),
        ({"id": "", "project_id": "p"}, "rows[1] has no `id`"),
        ({"id": "a"}, "rows[1] does not say where it belongs"),
        ({"id": "a", "project_id": 5}, "rows[1] has a `project_id` that is no text"),
        ({"id": "a", "project_id": ""}, "rows[1] has a `project_id` that is no text"),
        ({"id": "a", "project_id": "p", "log_id": "p"}, "rows[1] has a `log_id` that is not 'g'"),
        (merge_row("a", _merge_paths="input"), "rows[1] has merge instructions"),
        (merge_row("a", _array_delete=[{"path": 1}]), "rows[1] has merge instructions"),
    ],
)
def test_row_that_cannot_be_stored_is_named(row: object, problem: str) -> None:
    """A row that cannot be stored is refused by its position and its fault."""
    with pytest.raises(RowError) as refused:
        fold_rows([log_row("fine"), row])

    assert str(refused.value).startswith(problem)
    assert refused.value.index == 1


def test_later_row_replaces_earlier_one() -> None:
    """Of two rows with one id, the later one stands when it does not merge."""
    (change,) = fold_rows([log_row("a", input=1, output=2), log_row("a", input=3)])

    assert change.outcome({"id": "a", "expected": 9}) == log_row("a", input=3)


def test_merge_after_replacement_needs_nothing_stored() -> None:
    """A row and its merge in one request make one row, whatever was stored before."""
    (change,) = fold_rows([log_row("a", input={"x": 1}), merge_row("a", input={"y": 2})])

    assert change.outcome({"id": "a", "expected": 9}) == log_row("a", input={"x": 1, "y": 2})


def test_merges_go_into_what_is_stored() -> None:
    """Merges alone are applied to the stored row, in order."""
    (change,) = fold_rows([merge_row("a", output=1), merge_row("a", output=2)])

    assert change.outcome(log_row("a", input=0)) == log_row("a", input=0, output=2)


def test_merge_without_a_stored_row_is_stored_as_it_is() -> None:
    """A merge into nothing is stored, without its instructions."""
    (change,) = fold_rows([merge_row("a", output=1, _merge_paths=[["output"]])])

    assert change.outcome(None) == log_row("a", output=1)


def test_deletion_leaves_nothing() -> None:
    """A tombstone deletes what is stored and what came before it."""
    (change,) = fold_rows([log_row("a", input=1), log_row("a", _object_delete=True)])

    assert change.outcome(log_row("a")) is None


def test_row_after_deletion_begins_anew() -> None:
    """A merge after a tombstone does not bring the deleted row back."""
    (change,) = fold_rows([log_row("a", _object_delete=True), merge_row("a", output=1)])

    assert change.outcome(log_row("a", input=1)) == log_row("a", output=1)


def test_same_id_in_two_containers_is_two_rows() -> None:
    """A row's identity is its container and its id."""
    changes = fold_rows([{"id": "a", "project_id": "p"}, {"id": "a", "experiment_id": "p"}])

    assert len(changes) == 2


def test_audit_note_is_kept_apart_from_the_row() -> None:
    """Who wrote, and with which note, is no part of the row."""
    row = merge_row("a", scores={"s": 1}, _audit_source="app", _audit_metadata={"u": 1})

    (change,) = fold_rows([row])

    assert change.audits == [Audit("app", {"u": 1})]
    assert change.outcome(None) == log_row("a", scores={"s": 1})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"comment": {"text": "hey"}, "origin": {"id": "a"}}, True),
        ({"comment": {"text": "hey"}}, False),
        ({"comment": {"text": "hey"}, "origin": {"id": 1}}, False),
        ({"origin": {"id": "a"}}, False),
    ],
)
def test_comment_names_the_row_it_is_about(fields: dict[str, object], expected: bool) -> None:
    """A row is a comment when it has one and says which row it is about."""
    assert is_comment(log_row("c", **fields)) is expected
