"""Traces ``litellm``: the module for the whole process, one reference to it, or its functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from braintrust_otel._distro.clients import instrumentor_module
from braintrust_otel._distro.named import NamedWrapper
from braintrust_otel.instrument import library_version

__all__ = [
    "CompletionWrapper",
    "EmbeddingWrapper",
    "LiteLLMWrapper",
    "ModerationWrapper",
    "ResponsesWrapper",
    "patch_litellm",
    "unpatch_litellm",
    "wrap_litellm",
]

_LIBRARY = "litellm"

_Function = Callable[..., Any]

_TRACED = frozenset({"aembedding", "amoderation", "atext_completion", "text_completion"})


def patch_litellm() -> bool:
    """Trace every call that the process makes through ``litellm``, and through its routers.

    Needs the extra ``litellm``. A program that binds functions (``from litellm import completion``)
    must do so afterwards: what it holds from before stays untraced. The library is not imported
    here, and is patched when the program does it.

    Returns:
        Whether the calls are traced now, also when they were before; False where the library or
        its instrumentor is not installed.
    """
    instrumentor = _instrumentor() if library_version(_LIBRARY) else None
    if instrumentor is None:
        return False
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(skip_dep_check=True)
    return True


def unpatch_litellm() -> None:
    """Restore the functions of ``litellm``; where nothing was patched, nothing happens."""
    instrumentor = _instrumentor() if library_version(_LIBRARY) else None
    if instrumentor is not None and instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()


def wrap_litellm(litellm_module: Any) -> Any:
    """Return what stands in for the module ``litellm`` and traces the calls made through it.

    Needs the extra ``litellm``. Without it the module works on untraced, and a line says so once.
    The module is not changed: calls that other parts of the program make on it are not traced, and
    neither are those of its routers. ``patch_litellm`` traces all of them.
    """
    if isinstance(litellm_module, LiteLLMWrapper) or instrumentor_module(_LIBRARY) is None:
        return litellm_module
    return LiteLLMWrapper(litellm_module)


class CompletionWrapper:
    """Traces functions that do what those of ``litellm`` do for chat completions.

    Args:
        completion_fn: The synchronous one, or None where it is not used.
        acompletion_fn: The asynchronous one, or None where it is not used.
    """

    def __init__(self, completion_fn: _Function | None, acompletion_fn: _Function | None) -> None:
        self._completion_fn = completion_fn
        self._acompletion_fn = acompletion_fn

    def completion(self, *args: Any, **kwargs: Any) -> Any:
        """Make the call, traced."""
        return _traced("completion", self._completion_fn)(*args, **kwargs)

    async def acompletion(self, *args: Any, **kwargs: Any) -> Any:
        """Make the asynchronous call, traced."""
        return await _traced("acompletion", self._acompletion_fn)(*args, **kwargs)


class ResponsesWrapper:
    """Traces functions that do what those of ``litellm`` do for the Responses API.

    Args:
        responses_fn: The synchronous one, or None where it is not used.
        aresponses_fn: The asynchronous one, or None where it is not used.
    """

    def __init__(self, responses_fn: _Function | None, aresponses_fn: _Function | None) -> None:
        self._responses_fn = responses_fn
        self._aresponses_fn = aresponses_fn

    def responses(self, *args: Any, **kwargs: Any) -> Any:
        """Make the call, traced."""
        return _traced("responses", self._responses_fn)(*args, **kwargs)

    async def aresponses(self, *args: Any, **kwargs: Any) -> Any:
        """Make the asynchronous call, traced."""
        return await _traced("aresponses", self._aresponses_fn)(*args, **kwargs)


class EmbeddingWrapper:
    """Traces a function that does what ``litellm.embedding`` does.

    Args:
        embedding_fn: The function, or None where it is not used.
    """

    def __init__(self, embedding_fn: _Function | None) -> None:
        self._embedding_fn = embedding_fn

    def embedding(self, *args: Any, **kwargs: Any) -> Any:
        """Make the call, traced."""
        return _traced("embedding", self._embedding_fn)(*args, **kwargs)


class ModerationWrapper:
    """Traces a function that does what ``litellm.moderation`` does.

    Args:
        moderation_fn: The function, or None where it is not used.
    """

    def __init__(self, moderation_fn: _Function | None) -> None:
        self._moderation_fn = moderation_fn

    def moderation(self, *args: Any, **kwargs: Any) -> Any:
        """Make the call, traced."""
        return _traced("moderation", self._moderation_fn)(*args, **kwargs)


class LiteLLMWrapper(NamedWrapper):
    """Stands in for the module ``litellm``: calls through it are traced, all else is the module's.

    Its functions are looked up when they are called, so a module that lacks some can be wrapped.

    Args:
        litellm_module: The module.
    """

    def __init__(self, litellm_module: Any) -> None:
        super().__init__(litellm_module)
        self._litellm_module = litellm_module

    @override
    def __getattr__(self, name: str) -> Any:
        value = super().__getattr__(name)
        return _traced(name, value) if name in _TRACED else value

    def completion(self, *args: Any, **kwargs: Any) -> Any:
        """Make a chat completion, traced."""
        return _traced("completion", self._litellm_module.completion)(*args, **kwargs)

    async def acompletion(self, *args: Any, **kwargs: Any) -> Any:
        """Make an asynchronous chat completion, traced."""
        return await _traced("acompletion", self._litellm_module.acompletion)(*args, **kwargs)

    def responses(self, *args: Any, **kwargs: Any) -> Any:
        """Make a call of the Responses API, traced."""
        return _traced("responses", self._litellm_module.responses)(*args, **kwargs)

    async def aresponses(self, *args: Any, **kwargs: Any) -> Any:
        """Make an asynchronous call of the Responses API, traced."""
        return await _traced("aresponses", self._litellm_module.aresponses)(*args, **kwargs)

    def embedding(self, *args: Any, **kwargs: Any) -> Any:
        """Make embeddings, traced."""
        return _traced("embedding", self._litellm_module.embedding)(*args, **kwargs)

    def moderation(self, *args: Any, **kwargs: Any) -> Any:
        """Have something moderated, traced."""
        return _traced("moderation", self._litellm_module.moderation)(*args, **kwargs)


def _traced(name: str, function: _Function | None) -> _Function:
    """Return *function* with its calls traced, where the instrumentor is installed."""
    if function is None:
        raise TypeError(f"There is no function to call for {name}: the wrapper was made with None.")
    module = instrumentor_module(_LIBRARY, ".functions")
    return function if module is None else module.traced(name, function)


def _instrumentor() -> Any:
    module = instrumentor_module(_LIBRARY)
    return None if module is None else module.LiteLLMInstrumentor()
