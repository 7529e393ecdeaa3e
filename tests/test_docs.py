"""Documentation is true: its code runs, and its links lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.bedrock_calls import deltas, frames
from support.house_pages import Page, pages
from support.house_programs import complaints, run_program
from support.provider import Reply, RunningProvider

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
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5-20251001",
    "content": [{"type": "text", "text": "Not before the evening."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 13, "output_tokens": 5},
}
MESSAGE_EVENTS = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": "Not before the evening."},
    },
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_stop"},
]
FORECAST = {
    "candidates": [
        {
            "content": {"role": "model", "parts": [{"text": "Not before the evening."}]},
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {"promptTokenCount": 13, "candidatesTokenCount": 5, "totalTokenCount": 18},
    "modelVersion": "gemini-2.5-flash",
}
LOOK_UP = {"functionCall": {"name": "look_up", "args": {"city": "Vienna"}}}
INTERACTION = {
    "id": "interaction-1",
    "status": "completed",
    "model": "gemini-2.5-flash",
    "steps": [
        {
            "type": "model_output",
            "content": [{"type": "text", "text": "Not before the evening."}],
        }
    ],
}
# Google's answers are told apart by the address alone, so they come in the order of the page.
FORECASTS = [
    Reply(FORECAST),
    Reply(events=[FORECAST], says_done=False),
    Reply({**FORECAST, "candidates": [{"content": {"role": "model", "parts": [LOOK_UP]}}]}),
    Reply(FORECAST),
    Reply(INTERACTION),
]
CONVERSED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Not before the evening."}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 13, "outputTokens": 5, "totalTokens": 18},
    "metrics": {"latencyMs": 5},
}
GENERATED = {"generation": "Not before the evening.", "stop_reason": "stop"}
# So do Bedrock's.
CONVERSATIONS = [Reply(CONVERSED), frames(deltas("Not before ", "the evening.")), Reply(GENERATED)]
# More than any page asks.
MAX_ANSWERS = 20

# LiteLLM does not go with the clients of the others: its instrumentor's tests run its pages.
RUNNABLE = [page for page in pages() if page.code().strip() and "import litellm" not in page.code()]


@pytest.fixture
def provider_settings() -> Iterator[dict[str, str]]:
    """Return the variables that lead the clients to providers on this machine."""
    with (
        RunningProvider() as provider,
        RunningProvider() as other,
        RunningProvider() as third,
        RunningProvider() as fourth,
    ):
        provider.will(*[Reply(ANSWER)] * MAX_ANSWERS)
        other.will(*[Reply(MESSAGE, events=MESSAGE_EVENTS, is_named=True)] * MAX_ANSWERS)
        third.will(*FORECASTS)
        fourth.will(*CONVERSATIONS)
        yield {
            "OPENAI_BASE_URL": provider.url,
            "OPENAI_API_KEY": "none",
            "ANTHROPIC_BASE_URL": other.url,
            "ANTHROPIC_API_KEY": "none",
            "GOOGLE_GEMINI_BASE_URL": third.url,
            "GOOGLE_API_KEY": "none",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": fourth.url,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@pytest.mark.parametrize("page", RUNNABLE, ids=str)
def test_code_of_page_runs(page: Page, tmp_path: Path, provider_settings: dict[str, str]) -> None:
    """The python blocks of a page run, from top to bottom, as one program."""
    program = tmp_path / "page.py"
    program.write_text(page.code(), encoding="utf-8")

    result = run_program(program, tmp_path, provider_settings)

    assert complaints(result, tmp_path) == [], result.stdout + result.stderr


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_of_page_lead_to_files(page: Page) -> None:
    """A link to a file of the project leads to one that exists."""
    dead = [link for link in page.local_links() if not (page.path.parent / link).exists()]

    assert dead == []


def test_readme_has_code() -> None:
    """The extractor finds the code of the page that everybody reads first."""
    assert "README.md" in {str(page) for page in RUNNABLE}


def test_lines_of_code_keep_their_numbers() -> None:
    """A traceback of a page's program points to the line of the page."""
    page = Page(Path("page.md"), "# Title\n\n```python\nfirst()\n```\n```sh\nls\n```\n")

    assert page.code() == "\n\n\nfirst()\n\n\n\n\n"
