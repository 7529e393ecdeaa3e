"""What the id of a model tells."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["is_embedding", "model_name"]

# What an address holds of the model: one that is made for an account names none.
_NAMED = re.compile(r"arn:[^:]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)/(.+)")


def model_name(model_id: Any) -> str | None:
    """Return the model that *model_id* stands for: itself, or the last part of an address."""
    if not isinstance(model_id, str) or not model_id:
        return None
    found = _NAMED.fullmatch(model_id)
    return found.group(1) if found else model_id


def is_embedding(model_id: Any) -> bool:
    """Whether *model_id* is that of a model which turns texts into vectors."""
    return isinstance(model_id, str) and "embed" in model_id
