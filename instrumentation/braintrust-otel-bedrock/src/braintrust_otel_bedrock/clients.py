"""Traces one client: ``wrap_bedrock``."""

from __future__ import annotations

import inspect
from typing import TypeVar

from braintrust_otel.instrument import Calls, patch_object
from braintrust_otel_bedrock.patches import CALLS, METHOD
from braintrust_otel_bedrock.wrappers import ApiCallWrapper, AsyncApiCallWrapper, is_bedrock

__all__ = ["wrap_bedrock", "wrap_client"]

T = TypeVar("T")


def wrap_bedrock(client: T) -> T:
    """Trace the calls of *client*, which boto3, botocore or aiobotocore made for bedrock-runtime.

    The client is patched in place; other clients are not touched. Wrapping twice, or wrapping where
    ``BedrockInstrumentor`` is active too, still gives one span for a call.

    Returns:
        The same client. Anything that is no client for ``bedrock-runtime`` comes back unchanged.
    """
    return wrap_client(client, CALLS)


def wrap_client(client: T, calls: Calls) -> T:
    """Trace the calls of *client*, started by *calls*; see ``wrap_bedrock``."""
    try:
        if is_bedrock(client):
            method = inspect.unwrap(getattr(client, METHOD))
            asynchronous = inspect.iscoroutinefunction(method)
            kind = AsyncApiCallWrapper if asynchronous else ApiCallWrapper
            patch_object(client, {METHOD: kind(calls)})
    except Exception as bug:  # noqa: BLE001  # a client of another make must work on as it is
        calls.report("wrapping a client", bug)
    return client
