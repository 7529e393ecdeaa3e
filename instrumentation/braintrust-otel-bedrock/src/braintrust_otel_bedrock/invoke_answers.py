"""Reads answers in each model's own form; what they hold tells which form that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from braintrust_otel.instrument import chat_messages
from braintrust_otel_bedrock.choices import choice
from braintrust_otel_bedrock.cohere import cohere_calls
from braintrust_otel_bedrock.converse import converse_choices
from braintrust_otel_bedrock.images import attached_image

__all__ = ["Answer", "read_model_answer"]

_Body = Mapping[str, Any]


class Answer(NamedTuple):
    """What was answered.

    Attributes:
        output: What the row's output is.
        usage: The token counts, where the answer tells them.
    """

    output: Any
    usage: Any = None


def read_model_answer(body: _Body) -> Answer:
    """Return what *body* answers; a form that nobody knows is the output as it is."""
    for name, read in _FORMS.items():
        if body.get(name) is not None:
            found = read(body)
            if found is not None:
                return found
    return Answer(dict(body), body.get("usage"))


def _converse(body: _Body) -> Answer | None:
    """Read an answer of Nova."""
    inner = body["output"]
    if not isinstance(inner, Mapping):
        return None
    return Answer(converse_choices(body), body.get("usage"))


def _anthropic(body: _Body) -> Answer | None:
    if not isinstance(body["content"], list):
        return None
    message = {"role": body.get("role", "assistant"), "content": body["content"]}
    told = chat_messages(message)
    reason = body.get("stop_reason")
    choices = [choice(index, each, reason) for index, each in enumerate(told)]
    return Answer(choices, body.get("usage"))


def _completion(body: _Body) -> Answer:
    return Answer([_said(0, body["completion"], body.get("stop_reason"))])


def _choices(body: _Body) -> Answer:
    """Read choices, of chat completions or nearly so: of Mistral, AI21, DeepSeek, OpenAI."""
    choices = [_choice(place, told) for place, told in enumerate(body["choices"])]
    return Answer(choices, body.get("usage"))


def _choice(place: int, told: _Body) -> dict[str, Any]:
    reason = told.get("finish_reason") or told.get("stop_reason")
    index = told.get("index", place)
    message = told.get("message")
    if not isinstance(message, Mapping):
        return _said(index, told.get("text"), reason)
    return choice(index, message, reason)


def _outputs(body: _Body) -> Answer | None:
    """Read the texts of Mistral."""
    return _texts(body["outputs"], "text", "stop_reason")


def _generations(body: _Body) -> Answer | None:
    """Read the texts of Cohere."""
    return _texts(body["generations"], "text", "finish_reason")


def _results(body: _Body) -> Answer | None:
    """Read the texts of Titan; a ranking has results, too, but no texts."""
    told = _texts(body["results"], "outputText", "completionReason")
    if told is None:
        return None
    usage = {
        "inputTokens": body.get("inputTextTokenCount"),
        "outputTokens": sum(result.get("tokenCount") or 0 for result in body["results"]),
    }
    return Answer(told.output, usage)


def _texts(said: Any, text: str, reason: str) -> Answer | None:
    if not isinstance(said, list) or not all(text in told for told in said):
        return None
    return Answer([_said(at, told[text], told.get(reason)) for at, told in enumerate(said)])


def _generation(body: _Body) -> Answer:
    """Read the text of Llama."""
    usage = {
        "inputTokens": body.get("prompt_token_count"),
        "outputTokens": body.get("generation_token_count"),
    }
    return Answer([_said(0, body["generation"], body.get("stop_reason"))], usage)


def _completions(body: _Body) -> Answer:
    """Read the texts of Jurassic."""
    said = [
        _said(
            index,
            (told.get("data") or {}).get("text"),
            (told.get("finishReason") or {}).get("reason"),
        )
        for index, told in enumerate(body["completions"])
    ]
    return Answer(said)


def _cohere(body: _Body) -> Answer:
    """Read the text, and the calls of tools, of Command R."""
    calls = cohere_calls(body.get("tool_calls"))
    message: dict[str, Any] = {"content": body["text"] or None}
    if calls:
        message["tool_calls"] = calls
    return Answer([choice(0, message, "tool_calls" if calls else body.get("finish_reason"))])


def _vector(body: _Body) -> Answer:
    return Answer({"embedding_length": len(body["embedding"])}, _text_count(body))


def _vectors(body: _Body) -> Answer:
    """Read the vectors of Cohere, of one kind of number or of several."""
    vectors = body["embeddings"]
    if isinstance(vectors, Mapping):
        vectors = next(iter(vectors.values()), [])
    return Answer({"embedding_length": len(vectors[0])}, _text_count(body))


def _images(body: _Body) -> Answer | None:
    """Read pictures; each stands on the row as an attachment."""
    if not isinstance(body["images"], list):
        return None
    return Answer({**body, "images": [attached_image(image) for image in body["images"]]})


def _text_count(body: _Body) -> dict[str, Any]:
    """Return the usage of an answer that tells only how long the text was."""
    count = body.get("inputTextTokenCount")
    return {} if count is None else {"inputTokens": count, "totalTokens": count}


def _said(index: int, text: Any, reason: Any) -> dict[str, Any]:
    return choice(index, {"role": "assistant", "content": text}, reason)


# By the member that holds the answer; the first one that is there counts.
_FORMS: Final[Mapping[str, Callable[[_Body], Answer | None]]] = {
    "output": _converse,
    "content": _anthropic,
    "choices": _choices,
    "completion": _completion,
    "outputs": _outputs,
    "generations": _generations,
    "generation": _generation,
    "results": _results,
    "completions": _completions,
    "embedding": _vector,
    "embeddings": _vectors,
    "images": _images,
    "text": _cohere,
}
