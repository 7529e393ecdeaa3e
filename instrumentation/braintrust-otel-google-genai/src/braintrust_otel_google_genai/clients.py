"""Traces one client: ``wrap_google_genai``."""

from __future__ import annotations

import sys
from typing import Any, TypeVar

import wrapt

from braintrust_otel.instrument import Calls, PatchTable, library_version, patch_object
from braintrust_otel_google_genai.interaction_clients import trace_interactions
from braintrust_otel_google_genai.patches import (
    CALLS,
    INTERACTIONS,
    interaction_patches,
    model_wrappers,
    shared_patches,
)

__all__ = ["wrap_client", "wrap_google_genai"]

T = TypeVar("T")


def wrap_google_genai(client: T) -> T:
    """Trace the calls of *client*, a ``google.genai.Client``, also those of its ``aio``.

    The client is patched in place; other clients are not touched. Wrapping twice, or wrapping where
    ``GoogleGenAIInstrumentor`` is active too, still gives one span for a call. Chats that are made
    from it are traced as well.

    Returns:
        The same client. Anything that has none of the expected parts comes back unchanged.
    """
    return wrap_client(client, CALLS)


def wrap_client(client: T, calls: Calls) -> T:
    """Trace the calls of *client*, started by *calls*; see ``wrap_google_genai``."""
    try:
        parts = (_models(client), False), (_models(getattr(client, "aio", client)), True)
        wrapped = [
            patch_object(models, model_wrappers(calls, asynchronous=asynchronous))
            for models, asynchronous in parts
            if models is not None
        ]
        if any(wrapped):
            # Chats and functions that the library calls are no parts of a client. These patches
            # pass everything through that does not belong to a traced one, so they may stay.
            is_first = PatchTable(shared_patches()).hold(library_version("google-genai"))
            trace_interactions(client, calls)
            if INTERACTIONS in sys.modules:
                _hold_interactions()
            elif is_first:
                wrapt.register_post_import_hook(_hold_interactions, INTERACTIONS)
    except Exception as bug:  # noqa: BLE001  # a client of another make must work on as it is
        calls.report("wrapping a client", bug)
    return client


def _hold_interactions(module: object = None) -> None:
    PatchTable(interaction_patches()).hold(library_version("google-genai"))


def _models(client: Any) -> Any:
    models = getattr(client, "models", None)
    return models if callable(getattr(models, "generate_content", None)) else None
