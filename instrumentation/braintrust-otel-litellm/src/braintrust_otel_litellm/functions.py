"""Traces single functions of the library, for programs that wrap it themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wrapt

from braintrust_otel.instrument import Calls
from braintrust_otel_litellm.patches import CALLS, wrapper_of

__all__ = ["traced"]


def traced(name: str, function: Callable[..., Any], calls: Calls = CALLS) -> Callable[..., Any]:
    """Return *function* with its calls traced; it is otherwise the same, to call and to look at.

    Args:
        name: Which function of ``litellm`` it is or stands in for, such as ``acompletion``.
        function: The function.
        calls: Starts the calls.
    """
    return wrapt.FunctionWrapper(function, wrapper_of(calls, name))
