"""``wrap_x`` for every client: hands it to the instrumentor package, where that is installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from braintrust_otel._runtime import root

__all__ = [
    "instrumentor_module",
    "wrap_anthropic",
    "wrap_bedrock",
    "wrap_google_genai",
    "wrap_openai",
]

T = TypeVar("T")


def wrap_anthropic(client: T) -> T:
    """Trace the calls of *client*: synchronous or not, of Anthropic, Bedrock, Vertex AI or alike.

    Needs the extra ``anthropic``. Without it the client works on untraced, and a line says so once.
    Whether a call is recorded is decided when it is made, so this may come before ``init_logger``.

    Returns:
        The same client, traced in place; wrapping it again changes nothing.
    """
    wrap = _wrapper("anthropic")
    return client if wrap is None else wrap(client)


def wrap_google_genai(client: T) -> T:
    """Trace the calls of *client*, a ``google.genai.Client``, also those of its ``aio``.

    Needs the extra ``google-genai``. Without it the client works on untraced, and a line says so
    once. Whether a call is recorded is decided when it is made, so this may come before
    ``init_logger``.

    Returns:
        The same client, traced in place; wrapping it again changes nothing.
    """
    wrap = _wrapper("google_genai")
    return client if wrap is None else wrap(client)


def wrap_bedrock(client: T) -> T:
    """Trace the calls of *client*, which boto3, botocore or aiobotocore made for bedrock-runtime.

    Needs the extra ``bedrock``. Without it the client works on untraced, and a line says so once.
    Whether a call is recorded is decided when it is made, so this may come before ``init_logger``.

    Returns:
        The same client, traced in place; wrapping it again changes nothing.
    """
    wrap = _wrapper("bedrock")
    return client if wrap is None else wrap(client)


def wrap_openai(openai: T, *, request_stream_usage: bool | None = None) -> T:
    """Trace the calls of *openai*: a client, synchronous or not, of OpenAI, Azure or alike.

    Needs the extra ``openai``. Without it the client works on untraced, and a line says so once.
    Whether a call is recorded is decided when it is made, so this may come before ``init_logger``.

    Args:
        openai: The client, or the module ``openai`` itself for calls that are made on it.
        request_stream_usage: Whether streams that do not tell their token counts are asked for
            them, out of the program's sight; None leaves that to
            ``BRAINTRUST_OPENAI_STREAM_USAGE``.

    Returns:
        The same client, traced in place; wrapping it again changes nothing.
    """
    wrap = _wrapper("openai")
    return openai if wrap is None else wrap(openai, request_stream_usage=request_stream_usage)


def instrumentor_module(library: str, submodule: str = "") -> ModuleType | None:
    """Return a module of the instrumentor for *library*; None, said once, when there is none."""
    package = f"braintrust_otel_{library}"
    try:
        return importlib.import_module(f"{package}{submodule}")
    except ImportError as error:
        missing = error.name == package
        cause = "its instrumentor is not installed" if missing else f"its instrumentor: {error}"
        root.notices.say_once(
            f"wrap:{library}",
            f"Calls of the {library} client are not traced: {cause}. "
            f'Install it with: pip install "braintrust-otel[{library}]"',
        )
        return None


def _wrapper(library: str) -> Callable[..., Any] | None:
    """Return ``wrap_<library>`` of the instrumentor for *library*; None when there is none."""
    module = instrumentor_module(library)
    wrap: Callable[..., Any] | None = getattr(module, f"wrap_{library}", None)
    return wrap
