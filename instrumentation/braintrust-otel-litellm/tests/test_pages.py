"""The code of the pages about LiteLLM runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.house_pages import Page, pages
from support.house_programs import complaints, run_program
from support.openai_calls import completion, piece
from support.provider import Reply, RunningProvider

PAGES = [page for page in pages() if "import litellm" in page.code()]
USAGE = {"prompt_tokens": 13, "completion_tokens": 5, "total_tokens": 18}
ANSWER = completion({"content": "Not before the evening."}, usage=USAGE)
EVENTS = [piece({"role": "assistant", "content": "Not before the evening."}), piece({}, "stop")]
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Not before the evening."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 13, "output_tokens": 5},
}
# More than any page asks.
MAX_ANSWERS = 10


def test_there_are_pages() -> None:
    """The page about it and the readme of its instrumentor are found."""
    assert len(PAGES) == 2


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_code_of_page_runs(page: Page, tmp_path: Path) -> None:
    """The python blocks of a page run, from top to bottom, as one program."""
    program = tmp_path / "page.py"
    program.write_text(page.code(), encoding="utf-8")

    with RunningProvider() as provider, RunningProvider() as other:
        provider.will(*[Reply(ANSWER, events=EVENTS)] * MAX_ANSWERS)
        other.will(*[Reply(MESSAGE)] * MAX_ANSWERS)
        settings = {
            "OPENAI_BASE_URL": provider.url,
            "OPENAI_API_KEY": "none",
            "ANTHROPIC_API_BASE": other.url,
            "ANTHROPIC_API_KEY": "none",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
        }
        result = run_program(program, tmp_path, settings)

    assert complaints(result, tmp_path) == [], result.stdout + result.stderr
