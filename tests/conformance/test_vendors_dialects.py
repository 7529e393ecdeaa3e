"""Other vendors' instrumentors on recorded calls: what their spans hold is a row equal to ours.

Compared are the messages, the token counts, the model, the provider, the type, whether the call
failed, and whether the time to the first token is known. What a package does not record, or
records otherwise than the provider said it, is listed below, and is all that differs.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.comparable import differences, facts
from support.recordings import load_recordings
from support.vendor_rows import Told

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(600)]

CHATS = load_recordings("openai.jsonl", "openai.chat", "openai.error.chat")
MESSAGES = load_recordings("anthropic.jsonl", "anthropic.messages")
VENDORS = {
    "OpenTelemetry openai": CHATS,
    "OpenInference openai": CHATS,
    "OpenInference langchain": CHATS,
    "OpenLLMetry openai": CHATS,
    "OpenInference anthropic": MESSAGES,
    "OpenLLMetry anthropic": MESSAGES,
}
CALLS = [
    pytest.param(vendor, recording, id=f"{vendor}-{recording['name']}")
    for vendor, recordings in VENDORS.items()
    for recording in recordings
]

# On every stream: the time of the first token and LangChain's answering model are not recorded,
# and OpenLLMetry adds the tokens of Anthropic's first event to those of the last.
STREAMS = {
    "OpenInference langchain": {"is_timed", "model"},
    "OpenInference anthropic": {"is_timed"},
    "OpenLLMetry anthropic": {"is_timed", "completion_tokens", "tokens"},
}
THOUGHTS = (
    "openinference.test_instrumentor.test_completion_streaming_with_extended_thinking_anthropic.0"
)
NO_CACHE = {"+prompt_cached_tokens", "+prompt_cache_creation_tokens"}
NO_WRITES = {"+prompt_cache_creation_tokens"}
OTHERS = {
    # Parts that are no text or picture are left out of the messages.
    ("OpenInference langchain", "btsdk.test_agent_with_document_input.0"): {"input"},
    # A picture that is none costs all messages of the call.
    (
        "OpenLLMetry openai",
        "openllmetry.test_vision.test_vision_base64_with_events_with_no_content.3",
    ): {"-input"},
    # A long picture is redacted.
    (
        "OpenInference anthropic",
        "openllmetry.test_messages.test_anthropic_async_multi_modal_with_events_with_no_content.0",
    ): {"input"},
    # Cache counts that the provider did not report are recorded as nothing.
    (
        "OpenLLMetry anthropic",
        "openllmetry.test_messages.test_with_asyncio_run_with_events_with_no_content.0",
    ): NO_CACHE,
    (
        "OpenLLMetry anthropic",
        "openllmetry.test_messages.test_anthropic_async_multi_modal_with_events_with_no_content.0",
    ): NO_CACHE,
    (
        "OpenLLMetry anthropic",
        "openllmetry.test_messages.test_anthropic_tools_with_events_with_content.0",
    ): NO_CACHE,
    (
        "OpenLLMetry anthropic",
        "openllmetry.test_messages.test_anthropic_sync_streaming_helper_methods_legacy.0",
    ): NO_WRITES,
    (
        "OpenLLMetry anthropic",
        "openinference.test_instrumentor.test_anthropic_instrumentation_async_messages_parse.0",
    ): NO_WRITES,
    ("OpenLLMetry anthropic", THOUGHTS): NO_WRITES | {"-completion_reasoning_tokens"},
}


@pytest.fixture(scope="module")
def told() -> Told:
    """Provide the rows of the calls, each instrumentor in a process of its own."""
    return Told()


def test_there_are_recordings() -> None:
    """The recordings are all there, and what is listed as different is among them."""
    names = {recording["name"] for recording in (*CHATS, *MESSAGES)}

    assert (len(CHATS), len(MESSAGES)) == (23, 18)
    assert {name for _, name in OTHERS} <= names


@pytest.mark.parametrize(("vendor", "recording"), CALLS)
def test_row_equals_our_own(vendor: str, recording: dict[str, Any], told: Told) -> None:
    """A call under another vendor's instrumentor is a row that says what our own row says."""
    name, library = recording["name"], vendor.rpartition(" ")[2]
    own = f"our own {'anthropic' if library == 'anthropic' else 'openai'}"
    streams = STREAMS.get(vendor, set()) if "sse" in recording["response"] else set()

    ours, theirs = told.one(own, name), told.one(vendor, name)

    assert differences(facts(ours), facts(theirs)) == streams | OTHERS.get((vendor, name), set())
