"""A traced client behaves as one that is not: the same classes, results, errors and closings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anthropic
import pytest

from support.anthropic_calls import block_events, message, message_events
from support.client_library import Trace
from support.provider import Provider
from support.spans import FakeTracer
from support.transparency import Api, CallTests
from support.transparent_streams import HelperTests, StreamTests

DELTAS = [{"type": "text_delta", "text": text} for text in "ab"]
MESSAGES = Api(
    part="messages",
    asked={"model": "tiny", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]},
    answer=message([{"type": "text", "text": "ab"}]),
    events=message_events(block_events({"type": "text", "text": ""}, DELTAS)),
    text=lambda output: "".join(block["text"] for block in output["content"]),
    refused=anthropic.NotFoundError,
)
APIS = [MESSAGES, replace(MESSAGES, part="beta.messages")]


@pytest.fixture(params=APIS, ids=lambda api: api.part)
def api(request: pytest.FixtureRequest) -> Api:
    """Provide each API."""
    found: Api = request.param
    return found


class TestCalls(CallTests):
    """Methods and their answers."""


class TestStreams(StreamTests):
    """Streams, and each way in which they end."""


@pytest.mark.skipif(
    not hasattr(anthropic.resources.beta.messages.Messages, "stream"),
    reason="this version has no helper in its beta",
)
class TestHelpers(HelperTests):
    """Stream helpers."""

    def test_texts_and_final_message_are_the_librarys(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """The stream of texts, and the message in the end, are what they were."""
        provider.will(api.streaming(), api.streaming())
        with api.stream_helper(bare)(**api.asked) as untraced:
            texts, expected = list(untraced.text_stream), untraced.get_final_message()

        with api.stream_helper(trace(bare))(**api.asked) as stream:
            assert list(stream.text_stream) == texts == ["a", "b"]
            assert stream.get_final_message() == expected

        assert (api.content_of(tracer.span), len(tracer.span.ends)) == ("ab", 1)
