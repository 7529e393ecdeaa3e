"""The guide's way to import spans: log them again, one by one, from a program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from support.command_line import run_command
from support.house import ROOT
from support.house_programs import complaints, run_program

EXAMPLES = ROOT / "examples"
START, END = 1_704_916_642.978631, 1_704_916_643.450115
LEAF = {
    "input": [{"role": "user", "content": "What is 1+1?"}],
    "output": {"content": "2", "function_call": None},
    "metadata": {"model": "m"},
    "metrics": {"start": START, "end": END, "tokens": 30},
    "name": "Chat Completion",
}


def upload_tree(span: braintrust.Span, node: dict[str, Any]) -> None:
    """Do as the guide's program does, binding the loop's variable anew."""
    span.log(
        input=node.get("input"),
        output=node.get("output"),
        expected=node.get("expected"),
        metadata=node.get("metadata"),
        metrics=node.get("metrics"),
    )
    for child in node.get("children", []):
        with span.start_span(name=child.get("name")) as span:  # noqa: PLR1704 - as in the guide
            upload_tree(span, child)


def imported(tree: dict[str, Any], rows: CapturedRows) -> list[dict[str, Any]]:
    """Import *tree* and return its rows, parents first."""
    logger = braintrust.init_logger("My Support App")
    with logger.start_span(name="task") as span:
        upload_tree(span, tree)
    return sorted(rows.all(), key=lambda row: row["span_attributes"]["exec_counter"])


def test_fields_that_are_none_are_dropped() -> None:
    """What a node does not have is not in its row; null inside a value stays."""
    with capture_rows() as captured:
        task, leaf = imported({"input": "q", "children": [LEAF]}, captured)

    assert {"output", "expected", "metadata", "scores"}.isdisjoint(task)
    assert leaf["output"] == {"content": "2", "function_call": None}


def test_times_of_another_system_are_kept() -> None:
    """Imported times replace those of the import, and the span's own end does not change them."""
    with capture_rows() as captured:
        task, leaf = imported({"input": "q", "children": [LEAF]}, captured)

    assert leaf["metrics"] == {"start": START, "end": END, "tokens": 30}
    assert task["metrics"]["start"] > END


def test_later_siblings_go_below_earlier_ones() -> None:
    """The program binds its variable anew, so that the spans follow it."""
    nodes = [{"name": "first", "input": 1}, {"name": "second", "input": 2}]

    with capture_rows() as captured:
        task, first, second = imported({"input": "q", "children": nodes}, captured)

    assert first["span_parents"] == [task["span_id"]]
    assert second["span_parents"] == [first["span_id"]]


def test_span_with_an_imported_end_is_over() -> None:
    """A span whose end was logged is no longer current; spans can still be started from it."""
    with capture_rows() as captured:
        logger = braintrust.init_logger("My Support App")
        with logger.start_span(name="task") as task, task.start_span(name="leaf") as leaf:
            leaf.log(metrics={"start": START, "end": END})
            current = braintrust.current_span()
            leaf.start_span(name="below").end()

        below = captured.named("below")

    assert current.id == task.id
    assert below["span_parents"] == [captured_id(leaf)]


def captured_id(span: braintrust.Span) -> str:
    """Return the id of a recorded span."""
    assert isinstance(span, braintrust.SpanImpl)
    return span.span_id


def test_metadata_of_two_logs_is_merged() -> None:
    """A score's metadata joins that of the tree."""
    with capture_rows() as captured:
        logger = braintrust.init_logger("My Support App")
        with logger.start_span(name="task") as span:
            upload_tree(span, {"metadata": {"template": "%s"}})
            span.log(scores={"factuality": 1}, metadata={"factuality": {"choice": "C"}})

        row = captured.one()

    assert row["metadata"] == {"template": "%s", "factuality": {"choice": "C"}}
    assert row["scores"] == {"factuality": 1}


def test_example_imports_what_another_program_wrote(tmp_path: Path) -> None:
    """The generator's lines, piped into the importer, become scored traces."""
    generated = run_program(EXAMPLES / "loopback" / "generate_spans.py", tmp_path)
    lines = generated.stdout.splitlines()

    result = subprocess.run(
        [sys.executable, EXAMPLES / "import_spans.py"],
        cwd=tmp_path,
        env={"BRAINTRUST_LOCAL_DIR": str(tmp_path / "store"), "HOME": str(tmp_path)},
        input=generated.stdout,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    exported = run_command(["export", "--project", "My Support App"], tmp_path / "store").out
    rows = [json.loads(line) for line in exported.splitlines()]
    tasks = [row for row in rows if row["is_root"]]
    assert complaints(result, tmp_path) == []
    assert {row["input"] for row in tasks} == {json.loads(line)["input"] for line in lines}
    assert {row["scores"]["mentions"] for row in tasks} == {1}
    assert {row["span_attributes"].get("type") for row in rows} == {"task", "llm", None}
    assert len(rows) == 4 * len(lines)
