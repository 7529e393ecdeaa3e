"""Tells stream helpers that ask for something from those that read on in what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from braintrust_otel.instrument import Wrapper, is_given, take_span_info

__all__ = ["AskingHelperWrapper"]


class AskingHelperWrapper:
    """Goes around what traces the ``stream`` helper, for helpers that ask for a response.

    Args:
        traced: Traces the helper.
    """

    __slots__ = ("_traced",)

    def __init__(self, traced: Wrapper) -> None:
        self._traced = traced

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the helper, traced unless it reads on in a response that is there already."""
        response_id = kwargs.get("response_id")
        if response_id is None or not is_given(response_id):
            return self._traced(method, instance, args, kwargs)
        take_span_info(kwargs)
        return method(*args, **kwargs)
