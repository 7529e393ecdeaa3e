"""What is patched: which method of which class, and on one client which method of which part."""

from __future__ import annotations

from collections.abc import Mapping

from braintrust_otel.instrument import (
    AsyncMethodWrapper,
    Calls,
    MethodWrapper,
    Patch,
    Wrapper,
)
from braintrust_otel_google_genai.embeddings import EMBEDDING
from braintrust_otel_google_genai.functions import (
    AsyncFunctionWrapper,
    FunctionWrapper,
    McpToolWrapper,
)
from braintrust_otel_google_genai.images import IMAGES
from braintrust_otel_google_genai.interaction_clients import InitWrapper, InteractionWrapper
from braintrust_otel_google_genai.operations import (
    GENERATE,
    STREAM,
    chat_runs,
    model_runs,
    run_of_chat,
    run_of_models,
)
from braintrust_otel_google_genai.runs import run_async, run_async_stream, run_stream, run_sync
from braintrust_otel_google_genai.wrappers import (
    AsyncStreamWrapper,
    BegunWrapper,
    ChatWrapper,
    Follow,
    ModelStreamWrapper,
    RunWrapper,
)

__all__ = [
    "CALLS",
    "INTERACTIONS",
    "class_patches",
    "interaction_patches",
    "model_wrappers",
    "shared_patches",
]

CALLS = Calls("braintrust-otel-google-genai")
"""Starts the calls of this package."""

INTERACTIONS = "google.genai._gaos.google_genai"
"""The module of interactions, which the library loads when they are first used."""

_MODELS = "google.genai.models"
_CHATS = "google.genai.chats"
_HELPERS = "google.genai._extra_utils"
_ADAPTERS = "google.genai._adapters"

# What a version of the library does not have yet: methods that ask again where an answer was cut
# off, and functions and tools of other kinds.
_SINCE = {
    "_generate_content_with_continuation": (3,),
    "_generate_content_stream_with_continuation": (3,),
}
_SINCE_ASYNC_FUNCTIONS = (1, 20)
_SINCE_INTERACTIONS = (2, 33)
_INTERACTION_CLASSES = ("GeminiNextGenInteractions", "AsyncGeminiNextGenInteractions")


def class_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library's classes, whose calls *calls* starts."""
    patches = [
        Patch(_MODELS, f"{owner}.{name}", wrapper, since=_SINCE.get(name, ()))
        for owner, asynchronous in (("Models", False), ("AsyncModels", True))
        for name, wrapper in model_wrappers(calls, asynchronous=asynchronous).items()
    ]
    interactions = [
        Patch(INTERACTIONS, f"{owner}.create", InteractionWrapper(calls), since=_SINCE_INTERACTIONS)
        for owner in _INTERACTION_CLASSES
    ]
    return (*patches, *interactions, *interaction_patches(), *shared_patches())


def interaction_patches() -> tuple[Patch, ...]:
    """Return the patches by which the interactions of a client are known to be its own."""
    return tuple(
        Patch(INTERACTIONS, f"{owner}.__init__", InitWrapper(), since=_SINCE_INTERACTIONS)
        for owner in _INTERACTION_CLASSES
    )


def shared_patches() -> tuple[Patch, ...]:
    """Return the patches that do nothing for clients and runs that are not traced."""
    return (
        Patch(_CHATS, "Chat.send_message", _of_chat("send_message", run_sync)),
        Patch(_CHATS, "Chat.send_message_stream", _of_chat("send_message_stream", run_stream)),
        Patch(_CHATS, "AsyncChat.send_message", _of_chat("send_message", run_async)),
        Patch(
            _CHATS,
            "AsyncChat.send_message_stream",
            _of_chat("send_message_stream", run_async_stream),
        ),
        Patch(_HELPERS, "invoke_function_from_dict_args", FunctionWrapper()),
        Patch(
            _HELPERS,
            "invoke_function_from_dict_args_async",
            AsyncFunctionWrapper(),
            since=_SINCE_ASYNC_FUNCTIONS,
        ),
        Patch(
            _ADAPTERS,
            "McpToGenAiToolAdapter.call_tool",
            McpToolWrapper(),
            since=_SINCE_ASYNC_FUNCTIONS,
        ),
    )


def model_wrappers(calls: Calls, *, asynchronous: bool) -> Mapping[str, Wrapper]:
    """Return the wrappers for the methods of ``client.models`` or ``client.aio.models``."""
    return _async_wrappers(calls) if asynchronous else _sync_wrappers(calls)


def _sync_wrappers(calls: Calls) -> Mapping[str, Wrapper]:
    generate, stream = MethodWrapper(calls, GENERATE), ModelStreamWrapper(calls, STREAM)
    return {
        "generate_content": RunWrapper(
            calls, run_of_models("generate_content"), model_runs, run_sync, generate
        ),
        "generate_content_stream": RunWrapper(
            calls, run_of_models("generate_content_stream"), model_runs, run_stream, stream
        ),
        # In a run, each of these is one call of the model; elsewhere it is a part of one.
        "_generate_content_with_continuation": generate,
        "_generate_content": generate,
        "_generate_content_stream_with_continuation": stream,
        "_generate_content_stream": stream,
        "embed_content": MethodWrapper(calls, EMBEDDING),
        **{name: MethodWrapper(calls, reading) for name, reading in IMAGES.items()},
    }


def _async_wrappers(calls: Calls) -> Mapping[str, Wrapper]:
    generate = AsyncMethodWrapper(calls, GENERATE)
    return {
        "generate_content": RunWrapper(
            calls, run_of_models("generate_content"), model_runs, run_async, generate
        ),
        # Whether the request is sent now or with the first chunk is the library's to know, so one
        # call of the model is captured further down.
        "generate_content_stream": RunWrapper(
            calls,
            run_of_models("generate_content_stream"),
            model_runs,
            run_async_stream,
            AsyncStreamWrapper(calls, STREAM),
        ),
        "_generate_content_with_continuation": generate,
        "_generate_content": generate,
        "_generate_content_stream_with_continuation": BegunWrapper(
            ModelStreamWrapper(calls, STREAM)
        ),
        "_generate_content_stream": BegunWrapper(AsyncMethodWrapper(calls, STREAM)),
        "embed_content": AsyncMethodWrapper(calls, EMBEDDING),
        **{name: AsyncMethodWrapper(calls, reading) for name, reading in IMAGES.items()},
    }


def _of_chat(name: str, follow: Follow) -> ChatWrapper:
    return ChatWrapper(run_of_chat(name), chat_runs, follow)
