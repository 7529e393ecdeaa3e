"""Follows stream helpers: context managers whose request is sent when their block is entered."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

import wrapt
from typing_extensions import override

from braintrust_otel.instrument.calls import Call
from braintrust_otel.instrument.streams import Accumulator, follow

__all__ = ["follow_manager"]

T = TypeVar("T")


def follow_manager(
    manager: T, start: Callable[[], Call | None], accumulate: Callable[[Call], Accumulator]
) -> T:
    """Return *manager*, followed: a call lasts from entering its block to the end of the stream.

    What comes back passes for the library's context manager, synchronous or not. Entering it gives
    the library's own stream, of which the chunks in ``_raw_stream`` are followed, from which it
    makes its events. What the block raises fails the call; a block that is left early does not.

    Args:
        manager: The context manager.
        start: Starts the call, or returns None when nothing is traced.
        accumulate: Returns what adds up the stream of a call.
    """
    kind: Any = _AsyncFollowedManager if hasattr(manager, "__aenter__") else _FollowedManager
    followed: T = kind(manager, start, accumulate)
    return followed


class _Block:
    """The call that lasts from entering a block to leaving it, or to the end of the stream."""

    __slots__ = ("_accumulator", "_call")

    def __init__(self, call: Call, accumulator: Accumulator) -> None:
        self._call = call
        self._accumulator = accumulator

    def entered(self, stream: Any) -> None:
        """Follow the chunks from which *stream* makes its events."""
        try:
            stream._raw_stream = follow(  # noqa: SLF001  # so that every helper method is covered
                stream._raw_stream,  # noqa: SLF001
                self._call,
                self._accumulator,
            )
        except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his stream
            self._call.report("following a stream helper", bug)

    def left(self, error: BaseException | None) -> None:
        """Take note of what the user's block raised, if it did."""
        if error is not None and not isinstance(error, GeneratorExit):
            self._call.fail(error, self._accumulator.fields)

    def closed(self) -> None:
        """End the call if closing the stream has not."""
        self._call.finish(self._accumulator.fields)


class _FollowedManager(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the library's context manager."""

    def __init__(
        self,
        wrapped: Any,
        start: Callable[[], Call | None],
        accumulate: Callable[[Call], Accumulator],
    ) -> None:
        super().__init__(wrapped)
        self._self_start = start
        self._self_accumulate = accumulate
        self._self_block: _Block | None = None

    @override
    def __enter__(self) -> Any:
        call = self._self_start()
        if call is None:
            return self.__wrapped__.__enter__()
        stream = call.run(self.__wrapped__.__enter__)
        self._self_block = block = _Block(call, self._self_accumulate(call))
        block.entered(stream)
        return stream

    @override
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        block = self._self_block
        if block is None:
            return self.__wrapped__.__exit__(exc_type, exc_value, traceback)
        block.left(exc_value)
        try:
            return self.__wrapped__.__exit__(exc_type, exc_value, traceback)
        finally:
            block.closed()


class _AsyncFollowedManager(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the library's asynchronous context manager."""

    def __init__(
        self,
        wrapped: Any,
        start: Callable[[], Call | None],
        accumulate: Callable[[Call], Accumulator],
    ) -> None:
        super().__init__(wrapped)
        self._self_start = start
        self._self_accumulate = accumulate
        self._self_block: _Block | None = None

    @override
    async def __aenter__(self) -> Any:
        call = self._self_start()
        if call is None:
            return await self.__wrapped__.__aenter__()
        stream = await call.wait(self.__wrapped__.__aenter__())
        self._self_block = block = _Block(call, self._self_accumulate(call))
        block.entered(stream)
        return stream

    @override
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Any:
        block = self._self_block
        if block is None:
            return await self.__wrapped__.__aexit__(exc_type, exc_value, traceback)
        block.left(exc_value)
        try:
            return await self.__wrapped__.__aexit__(exc_type, exc_value, traceback)
        finally:
            block.closed()
