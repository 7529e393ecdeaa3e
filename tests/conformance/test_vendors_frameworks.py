"""Frameworks and clients with spans of their own, on recorded calls: rows equal to our own.

What a package does not record is listed here, and asserted. Run by `make vendors` in an environment
of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest

from support.comparable import differences, facts
from support.framework_calls import recordings_of
from support.house import ROOT

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(300)]

Recording = Mapping[str, Any]
Lacks = Callable[[Recording, Mapping[str, Any]], set[str]]


@cache
def play(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that the framework *name* gives, by recording; played once."""
    done = subprocess.run(
        [sys.executable, "-m", "support.framework_calls", name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: dict[str, list[dict[str, Any]]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def streams(recording: Recording) -> bool:
    return "sse" in recording["response"]


def has_media(recording: Recording) -> bool:
    return any(mark in json.dumps(recording["request"]["body"]) for mark in ("base64,", '"base64"'))


def nothing(_recording: Recording, _ours: Mapping[str, Any]) -> set[str]:
    return set()


def logfire(recording: Recording, ours: Mapping[str, Any]) -> set[str]:
    """Tell of a stream neither when it began nor which model answered."""
    if not streams(recording):
        return set()
    is_same = ours["model"] == recording["request"]["body"]["model"]
    return {"is_timed"} if is_same else {"is_timed", "model"}


def langfuse(recording: Recording, _ours: Mapping[str, Any]) -> set[str]:
    """Tell no provider, of an answer at once not why it ended, and keep media elsewhere.

    A failed call costs nothing, it says.
    """
    told = {"provider"} | ({"input"} if has_media(recording) else set())
    if recording["kind"].startswith("openai.error"):
        return told | {"+estimated_cost"}
    return told if streams(recording) else told | {"output"}


def mlflow_openai(recording: Recording, _ours: Mapping[str, Any]) -> set[str]:
    """Tell no provider, of a stream not the calls of tools, and keep media elsewhere."""
    told = {"provider"} | ({"input"} if has_media(recording) else set())
    return told | {"output"} if recording["kind"] == "openai.chat.stream.tools" else told


def mlflow_anthropic(recording: Recording, ours: Mapping[str, Any]) -> set[str]:
    """Tell nothing at all of what a stream answered, and keep media elsewhere."""
    if not streams(recording):
        return {"input"} if has_media(recording) else set()
    is_same = ours["model"] == recording["request"]["body"]["model"]
    counts = {f"-{name}" for name in ours if name.endswith(("tokens", "cost")) and ours[name]}
    return counts | {"-output", "is_timed"} | (set() if is_same else {"model"})


def own_anthropic(recording: Recording, ours: Mapping[str, Any]) -> set[str]:
    """Tell no output of a stream and no media; cache writes are told in all and by lifetime."""
    told = {"-output"} if streams(recording) else set()
    told |= {"input"} if has_media(recording) else set()
    is_split = "prompt_cache_creation_5m_tokens" in ours
    return told | ({"+prompt_cache_creation_tokens"} if is_split else set())


PACKAGES: dict[str, Lacks] = {
    "langfuse": langfuse,
    "logfire_anthropic": logfire,
    "logfire_openai": logfire,
    "mlflow_anthropic": mlflow_anthropic,
    "mlflow_openai": mlflow_openai,
    "own_anthropic": own_anthropic,
    "pydantic_ai": nothing,
}
CALLS = [(name, recording) for name in PACKAGES for recording in recordings_of(name)]


def ours_of(name: str, recording: Recording) -> dict[str, Any]:
    provider = "anthropic" if name.endswith("anthropic") else "openai"
    return only_call(play(f"ours_{provider}")[recording["name"]])


def only_call(rows: list[dict[str, Any]]) -> dict[str, Any]:
    (row,) = [row for row in rows if row["span_attributes"].get("type") == "llm"]
    return row


@pytest.mark.parametrize(
    ("name", "recording"), CALLS, ids=[f"{name}-{recording['name']}" for name, recording in CALLS]
)
def test_call_is_one_row_that_says_what_ours_does(name: str, recording: Recording) -> None:
    """One row is the model call; it differs from our own in nothing but what is not recorded."""
    ours = facts(ours_of(name, recording))

    theirs = facts(only_call(play(name)[recording["name"]]))

    assert differences(ours, theirs) == PACKAGES[name](recording, ours)


@pytest.mark.parametrize("recording", recordings_of("langfuse"), ids=lambda found: found["name"])
def test_langfuse_answers_differ_only_in_why_they_ended(recording: Recording) -> None:
    """What Langfuse records of an answer is there, as it was."""
    ours = facts(ours_of("langfuse", recording)).get("output", [])

    theirs = facts(only_call(play("langfuse")[recording["name"]])).get("output", [])

    assert [choice[2:] for choice in theirs] == [choice[2:] for choice in ours]


@pytest.mark.parametrize("recording", recordings_of("pydantic_ai"), ids=lambda found: found["name"])
def test_agent_run_is_a_task_around_its_calls(recording: Recording) -> None:
    """The run of an agent has what started it and what it came to, and no counts of its own."""
    rows = play("pydantic_ai")[recording["name"]]

    call = only_call(rows)
    (run,) = [row for row in rows if row is not call]
    assert call["span_parents"] == [run["span_id"]]
    assert run["span_attributes"]["type"] == "task"
    assert run["input"] == call["input"]
    assert run["output"] == call["output"][0]["message"]["content"]
    assert not {"tokens", "prompt_tokens", "estimated_cost"} & run["metrics"].keys()
