"""The names that other packages look for under this module path.

autoevals imports ``NamedWrapper`` and ``wrap_openai`` from here, to tell a traced client from one
that it has to wrap. The others are for programs that trace calls of their own making.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any

from typing_extensions import Self, override

from braintrust_otel._distro.clients import wrap_openai
from braintrust_otel._distro.named import NamedWrapper
from braintrust_otel.instrument import is_given, serialize_response_format

__all__ = [
    "AsyncResponseWrapper",
    "NamedWrapper",
    "prettify_params",
    "serialize_response_format",
    "wrap_openai",
]


class AsyncResponseWrapper:
    """Stands in for an asynchronous answer: to iterate over, to enter, and to look at.

    It says that it is of the class of what it wraps, and has that object's attributes. Entering it
    gives the wrapper, so that iterating stays what a derived class makes of it.

    Args:
        response: The answer. To iterate over one that is no asynchronous iterable is an error.
    """

    def __init__(self, response: Any) -> None:
        self._response = response

    def __getattr__(self, name: str) -> Any:
        if name == "_response":  # not there yet, as while an object is being copied
            raise AttributeError(name)
        return getattr(self._response, name)

    @property  # type: ignore[misc]  # so that isinstance sees what is wrapped
    @override
    def __class__(self) -> type[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - read only
        return type(self._response)

    async def __aenter__(self) -> Self:
        if hasattr(self._response, "__aenter__"):
            await self._response.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if not hasattr(self._response, "__aexit__"):
            return None
        left: bool | None = await self._response.__aexit__(exc_type, exc_value, traceback)
        return left

    def __aiter__(self) -> AsyncIterator[Any]:
        if not hasattr(self._response, "__aiter__"):
            raise TypeError(f"{type(self._response).__name__!r} is no asynchronous iterable")
        iterator: AsyncIterator[Any] = aiter(self._response)
        return iterator

    async def __anext__(self) -> Any:
        if not hasattr(self._response, "__anext__"):
            raise TypeError(f"{type(self._response).__name__!r} is no asynchronous iterator")
        return await anext(self._response)

    @override
    def __str__(self) -> str:
        return str(self._response)

    @override
    def __repr__(self) -> str:
        return repr(self._response)


def prettify_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call as they are worth logging.

    Values by which clients say "not given" are left out, ``None`` stays, and a pydantic class as
    ``response_format`` becomes the JSON schema that is sent for it.

    Args:
        params: The arguments; not changed.
    """
    given = {name: value for name, value in params.items() if is_given(value)}
    if "response_format" in given:
        given["response_format"] = serialize_response_format(given["response_format"])
    return given
