"""The commands of the page about starting without code do what the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.house import ROOT
from support.provider import Reply, RunningProvider
from support.zero_code import environment

pytestmark = pytest.mark.process

PAGE = (ROOT / "docs" / "zero-code.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PROGRAM = next(text for language, text in BLOCKS if language == "python")
# Servers have tests of their own; other machines are not asked.
COMMANDS = [
    text
    for language, text in BLOCKS
    if language == "sh" and "app.py" in text and "https:" not in text
]
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Not before the evening."},
        }
    ],
    "usage": {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18},
}
MAX_CALLS = 5


@pytest.fixture
def provider() -> Iterator[str]:
    with RunningProvider() as running:
        running.will(*[Reply(ANSWER)] * MAX_CALLS)
        yield running.url


@pytest.mark.parametrize("commands", COMMANDS, ids=lambda text: text.splitlines()[-1][:40])
def test_commands_trace_the_program(commands: str, provider: str, tmp_path: Path) -> None:
    """The commands of a block end well, and leave the call in the store."""
    (tmp_path / "app.py").write_text(PROGRAM, encoding="utf-8")
    script = re.sub("^pip install .*$", "", commands, flags=re.MULTILINE)
    beside = str(Path(sys.executable).parent)
    settings = {
        "PATH": os.pathsep.join([beside, os.environ["PATH"]]),
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": provider,
        "BRAINTRUST_LOCAL_DIR": str(tmp_path / "store"),
        # The program has no use for it, and its import takes longer than all the rest.
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "braintrust-anthropic",
    }

    done = subprocess.run(
        ["/bin/sh", "-ec", f"{script}\nbraintrust-otel traces"],
        env=environment(settings),
        cwd=tmp_path,
        capture_output=True,
        check=False,
        text=True,
    )

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "Not before the evening." in done.stdout
    assert "Chat Completion" in done.stdout


def test_the_page_has_commands() -> None:
    """The page's commands are where this file looks for them."""
    assert any(
        line.startswith("opentelemetry-instrument python")
        for line in "".join(COMMANDS).splitlines()
    )
