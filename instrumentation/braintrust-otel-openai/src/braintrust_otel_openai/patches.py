"""What is patched: which method of which class, and on one client which method of which part."""

from __future__ import annotations

from collections.abc import Mapping

from braintrust_otel.instrument import (
    AsyncMethodWrapper,
    Calls,
    MethodWrapper,
    Patch,
    Reading,
    StreamHelperWrapper,
    Wrapper,
)
from braintrust_otel_openai.background import AsyncLookupWrapper, LookupWrapper, PendingAnswers
from braintrust_otel_openai.completions import COMPLETION
from braintrust_otel_openai.embeddings import EMBEDDING
from braintrust_otel_openai.helpers import AskingHelperWrapper
from braintrust_otel_openai.images import IMAGE_EDIT, IMAGE_GENERATION, IMAGE_VARIATION
from braintrust_otel_openai.moderations import MODERATION
from braintrust_otel_openai.operations import (
    CHAT,
    RESPONSES_COMPACT,
    RESPONSES_CREATE,
    RESPONSES_PARSE,
    awaiting,
)
from braintrust_otel_openai.speech import SPEECH
from braintrust_otel_openai.stream_usage import UsageCalls, requesting_usage
from braintrust_otel_openai.transcripts import TRANSCRIPTION, TRANSLATION

__all__ = ["CALLS", "PARTS", "calls_for", "class_patches", "object_wrappers"]

CALLS = Calls("braintrust-otel-openai")
"""Starts the calls of this package."""


def calls_for(request_stream_usage: bool | None) -> Calls:
    """Return what starts the calls of users who have, or have not, a say about their streams."""
    if request_stream_usage is None:
        return CALLS
    return UsageCalls(CALLS.instrumentation, request_stream_usage=request_stream_usage)


PARTS: Mapping[str, str] = {
    "chat.completions": "Completions",
    "responses": "Responses",
    "beta.chat.completions": "Completions",
    "beta.responses": "Responses",
    "completions": "TextCompletions",
    "embeddings": "Embeddings",
    "moderations": "Moderations",
    "images": "Images",
    "audio.transcriptions": "Transcriptions",
    "audio.translations": "Translations",
    "audio.speech": "Speech",
}
"""The parts of a client that hold traced methods, and their kind."""

_CHAT_MODULE = "openai.resources.chat.completions"
_BETA_CHAT_MODULE = "openai.resources.beta.chat.completions"
_RESPONSES_MODULE = "openai.resources.responses.responses"
_BETA_RESPONSES_MODULE = "openai.resources.beta.responses.responses"

_AUDIO_MODULE = "openai.resources.audio"

# Kinds are named as their classes, without ``Async``, but for this one of two.
_CLASSES = {"TextCompletions": "Completions"}

# From this version on, ``beta.chat.completions`` is ``chat.completions``, which has ``parse`` and
# ``stream`` too.
_PARSE_LEFT_BETA = (1, 92)
_RESPONSES = (1, 66)
_CANCEL = (1, 81)
_COMPACT = (2, 9)
_BETA_RESPONSES = (2, 45)

Version = tuple[int, ...]

# Module, kind, method, the first version that has it, and the first that has it no longer.
_METHODS: tuple[tuple[str, str, str, Version, Version | None], ...] = (
    (_CHAT_MODULE, "Completions", "create", (), None),
    (_CHAT_MODULE, "Completions", "parse", _PARSE_LEFT_BETA, None),
    (_CHAT_MODULE, "Completions", "stream", _PARSE_LEFT_BETA, None),
    (_BETA_CHAT_MODULE, "Completions", "parse", (), _PARSE_LEFT_BETA),
    (_BETA_CHAT_MODULE, "Completions", "stream", (), _PARSE_LEFT_BETA),
    (_RESPONSES_MODULE, "Responses", "create", _RESPONSES, None),
    (_RESPONSES_MODULE, "Responses", "parse", _RESPONSES, None),
    (_RESPONSES_MODULE, "Responses", "stream", _RESPONSES, None),
    (_RESPONSES_MODULE, "Responses", "retrieve", _RESPONSES, None),
    (_RESPONSES_MODULE, "Responses", "cancel", _CANCEL, None),
    (_RESPONSES_MODULE, "Responses", "compact", _COMPACT, None),
    (_BETA_RESPONSES_MODULE, "Responses", "create", _BETA_RESPONSES, None),
    (_BETA_RESPONSES_MODULE, "Responses", "retrieve", _BETA_RESPONSES, None),
    (_BETA_RESPONSES_MODULE, "Responses", "cancel", _BETA_RESPONSES, None),
    (_BETA_RESPONSES_MODULE, "Responses", "compact", _BETA_RESPONSES, None),
    ("openai.resources.completions", "TextCompletions", "create", (), None),
    ("openai.resources.embeddings", "Embeddings", "create", (), None),
    ("openai.resources.moderations", "Moderations", "create", (), None),
    ("openai.resources.images", "Images", "generate", (), None),
    ("openai.resources.images", "Images", "edit", (), None),
    ("openai.resources.images", "Images", "create_variation", (), None),
    (f"{_AUDIO_MODULE}.transcriptions", "Transcriptions", "create", (), None),
    (f"{_AUDIO_MODULE}.translations", "Translations", "create", (), None),
    (f"{_AUDIO_MODULE}.speech", "Speech", "create", (), None),
)
_READINGS: Mapping[str, Mapping[str, Reading]] = {
    "Completions": {"create": CHAT, "parse": CHAT, "stream": CHAT},
    "Responses": {
        "create": RESPONSES_CREATE,
        "parse": RESPONSES_PARSE,
        "compact": RESPONSES_COMPACT,
        "stream": RESPONSES_CREATE,
    },
    "TextCompletions": {"create": COMPLETION},
    "Embeddings": {"create": EMBEDDING},
    "Moderations": {"create": MODERATION},
    "Images": {
        "generate": IMAGE_GENERATION,
        "edit": IMAGE_EDIT,
        "create_variation": IMAGE_VARIATION,
    },
    "Transcriptions": {"create": TRANSCRIPTION},
    "Translations": {"create": TRANSLATION},
    "Speech": {"create": SPEECH},
}


# Their streams tell how many tokens they took only when asked.
_COUNTED_ON_REQUEST = frozenset({"Completions", "TextCompletions"})

# They look up the answers to calls in the background.
_LOOKUPS = {"Responses": ("retrieve", "cancel")}


def class_patches(calls: Calls) -> tuple[Patch, ...]:
    """Return the patches of the library's classes, whose calls *calls* starts."""
    patches, pending = [], PendingAnswers()
    for asynchronous, prefix in ((False, ""), (True, "Async")):
        for module, kind, method, since, until in _METHODS:
            wrappers = object_wrappers(calls, kind, pending, asynchronous=asynchronous)
            path = f"{prefix}{_CLASSES.get(kind, kind)}.{method}"
            patches.append(Patch(module, path, wrappers[method], since=since, until=until))
    return tuple(patches)


def object_wrappers(
    calls: Calls, kind: str, pending: PendingAnswers, *, asynchronous: bool
) -> Mapping[str, Wrapper]:
    """Return the wrappers for the methods of a part, by method.

    Args:
        calls: Starts the calls.
        kind: What the part is; one of the values of ``PARTS``.
        pending: Where calls in the background wait for their answers.
        asynchronous: Whether the part's methods are.
    """
    wrap = AsyncMethodWrapper if asynchronous else MethodWrapper
    look_up = AsyncLookupWrapper if asynchronous else LookupWrapper
    wrappers: dict[str, Wrapper] = {
        method: look_up(calls, pending) for method in _LOOKUPS.get(kind, ())
    }
    for method, reading in _READINGS.get(kind, {}).items():
        followed = awaiting(reading, pending) if kind in _LOOKUPS else reading
        if method == "stream":
            wrappers[method] = AskingHelperWrapper(StreamHelperWrapper(calls, followed))
        else:
            wrappers[method] = wrap(calls, followed)
    return requesting_usage(calls, wrappers) if kind in _COUNTED_ON_REQUEST else wrappers
