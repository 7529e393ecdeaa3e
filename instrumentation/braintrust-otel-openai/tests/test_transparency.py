"""A traced client behaves as one that is not: the same classes, results, errors and closings."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec

import openai
import pytest

from support.openai_calls import completion, piece
from support.responses_calls import message, response, text_events
from support.transparency import Api, CallTests
from support.transparent_streams import HelperTests, StreamTests

CHAT = Api(
    part="chat.completions",
    asked={"model": "tiny", "messages": [{"role": "user", "content": "hi"}]},
    answer=completion({"content": "ab"}),
    events=[*[piece({"role": "assistant", "content": text}) for text in "ab"], piece({}, "stop")],
    text=lambda output: output[0]["message"]["content"],
    refused=openai.NotFoundError,
    is_named=False,
)
RESPONSES = Api(
    part="responses",
    asked={"model": "tiny", "input": "hi"},
    answer=response(message("ab")),
    events=text_events("a", "b"),
    text=lambda output: output[0]["content"][0]["text"],
    refused=openai.NotFoundError,
)
# Before, the helpers for chat were a part of the beta, and later they are no longer.
HELPERS_LEFT_BETA = 1, 92
CHAT_HELPER = (
    replace(CHAT, helper="beta.chat.completions.stream")
    if tuple(map(int, version("openai").split(".")[:2])) < HELPERS_LEFT_BETA
    else CHAT
)
# The oldest clients that are supported have no Responses API.
APIS = [CHAT_HELPER, RESPONSES] if find_spec("openai.resources.responses") else [CHAT_HELPER]


@pytest.fixture(params=APIS, ids=lambda api: api.part)
def api(request: pytest.FixtureRequest) -> Api:
    """Provide each API."""
    found: Api = request.param
    return found


class TestCalls(CallTests):
    """Methods and their answers."""


class TestStreams(StreamTests):
    """Streams, and each way in which they end."""


class TestHelpers(HelperTests):
    """Stream helpers."""
