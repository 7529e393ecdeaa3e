"""Calls through LiteLLM, and what came of them in a form that can be compared.

Importing the library takes seconds and, unless it is told not to, asks servers for its tables.
"""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from support.outcomes import Outcome

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library's own affair
    import litellm

# What it made is here to stay: looking at it in each collection takes longer than the tests do.
gc.collect()
gc.freeze()
litellm.suppress_debug_info = True
litellm.disable_aiohttp_transport = True  # whose sessions nobody closes

__all__ = ["addressed", "ask", "ask_async", "collecting_afterwards", "litellm", "router"]

# What LiteLLM makes up for each call.
_OWN = frozenset({"id", "created", "created_at", "completed_at", "_response_ms"})


def addressed(url: str, model: str = "openai/tiny", **further: Any) -> dict[str, Any]:
    """Return arguments that lead a call to *url*, once and without patience."""
    return {
        "model": model,
        "api_base": url,
        "api_key": "test",
        "max_retries": 0,
        "timeout": 10,
        **further,
    }


def router(url: str, model: str = "openai/tiny", **further: Any) -> Any:
    """Return a router with one deployment, called ``mine``."""
    deployment = {"model_name": "mine", "litellm_params": addressed(url, model)}
    return litellm.Router([deployment], num_retries=0, **further)


@contextmanager
def collecting_afterwards() -> Iterator[None]:
    """Collect no garbage in this block.

    The library leaves responses half-read behind, in cycles. Finalizing one takes a lock of the
    HTTP client, which is not to be had if the collector happens to run while that is held.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def ask(function: Callable[..., Any], asked: dict[str, Any]) -> Outcome:
    """Make the call, read a stream to its end, return what it came to."""
    try:
        answer = function(**asked)
        return _outcome(answer, list(answer) if asked.get("stream") else [answer])
    except Exception as error:  # noqa: BLE001  # compared, whatever it is
        return _failure(error)


async def ask_async(function: Callable[..., Any], asked: dict[str, Any]) -> Outcome:
    """Make the call, read a stream to its end, return what it came to."""
    try:
        answer = await function(**asked)
        parts = [part async for part in answer] if asked.get("stream") else [answer]
        return _outcome(answer, parts)
    except Exception as error:  # noqa: BLE001  # compared, whatever it is
        return _failure(error)


def _outcome(answer: Any, parts: list[Any]) -> Outcome:
    return Outcome(answer.__class__, [_told(part.model_dump()) for part in parts])


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _told(item) for name, item in value.items() if name not in _OWN}
    return [_told(item) for item in value] if isinstance(value, list) else value


def _failure(error: Exception) -> Outcome:
    names = ("status_code", "model", "llm_provider", "code")
    return Outcome(type(error), [str(error), *[getattr(error, name, None) for name in names]])
