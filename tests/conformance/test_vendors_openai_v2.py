"""OpenTelemetry's first instrumentor of openai, which cannot be installed beside its successor.

Its rows equal our own, and beside our own, in either order, one row is the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor as First

import braintrust_otel as braintrust
from braintrust_otel.testing import CapturedRows, capture_rows
from braintrust_otel_openai import OpenAIInstrumentor
from support.comparable import differences, facts
from support.overlapping import MODES, Mode, check, play, switches
from support.recordings import load_recordings, replay_server
from support.vendor_rows import Told

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # in the vendor's package
]

CHATS = load_recordings("openai.jsonl", "openai.chat", "openai.error.chat")
# Not recorded are the time of the first token, cached and reasoning tokens, and of a message with
# several parts all of them.
PARTS = {"input"}
LACKS = {
    "btsdk.test_agent_with_document_input.0": PARTS,
    "openinference.test_input_value_image_hiding.TestInputValueImageHiding"
    ".test_input_value_hides_regular_url_images.0": PARTS,
    "openinference.test_instrumentor.TestModels"
    ".test_openai_server_model_with_chatmessage_image_url_has_expected_attributes.0": PARTS,
    "openinference.test_tool_calls.test_cached_tokens.1": {"-prompt_cached_tokens"},
    "openllmetry.test_chat.test_chat_with_messages_attributes.0": {"-completion_reasoning_tokens"},
    "openllmetry.test_vision.test_vision_base64_with_events_with_no_content.3": PARTS,
}


@pytest.fixture(scope="module")
def told() -> Told:
    """Provide the rows of the calls, each instrumentor in a process of its own."""
    return Told()


@pytest.fixture(scope="module")
def replay() -> Iterator[Any]:
    """Provide the server that plays the recordings."""
    with replay_server() as server:
        yield server


@pytest.fixture(params=["SPAN_ONLY", "NO_CONTENT"])
def rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[CapturedRows]:
    """Catch the rows of a logger, with the vendor told whether to record messages."""
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", request.param)
    with capture_rows() as captured:
        braintrust.init_logger(project="conformance")
        yield captured


@pytest.fixture
def instrument(rows: CapturedRows) -> Iterator[Callable[[Any], None]]:
    """Provide what switches an instrumentor on; all are off again after the test."""
    with switches(rows.provider) as switch_on:
        yield switch_on


@pytest.mark.parametrize("recording", CHATS, ids=lambda recording: recording["name"])
def test_row_equals_our_own(recording: dict[str, Any], told: Told) -> None:
    """A call is a row that says what our own row says, but for what is not recorded."""
    name, streams = recording["name"], "sse" in recording["response"]
    lacks = LACKS.get(name, set()) | ({"is_timed"} if streams else set())

    ours = told.one("our own openai", name)
    theirs = told.one("OpenTelemetry openai-v2", name)

    assert differences(facts(ours), facts(theirs)) == lacks


@MODES
@pytest.mark.parametrize("order", [(First, OpenAIInstrumentor), (OpenAIInstrumentor, First)])
def test_call_under_both_is_one_llm_row(
    order: tuple[Any, ...],
    mode: Mode,
    replay: Any,
    rows: CapturedRows,
    instrument: Callable[[Any], None],
) -> None:
    """Beside ours, in either order, ours is the call, and tokens count once."""
    [instrument(kind) for kind in order]

    play(replay, "openai", mode, rows.provider)

    llm = check(rows, "openai", mode.streams)
    assert llm["span_attributes"]["name"] == "Chat Completion"
