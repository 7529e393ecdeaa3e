"""Goes around the library's stream helpers: ``with client.responses.stream(...) as stream``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any

import wrapt
from typing_extensions import override

from braintrust_otel.instrument import (
    Accumulator,
    Call,
    Calls,
    SpanInfo,
    follow,
    is_given,
    take_span_info,
)
from braintrust_otel_openai.operations import Operation
from braintrust_otel_openai.wrappers import list_iterators, reader

__all__ = ["AsyncFollowedManager", "FollowedManager", "StreamHelperWrapper"]


class StreamHelperWrapper:
    """Goes around ``stream``, synchronous or not, whose request is sent when a block is entered.

    Args:
        calls: Starts the calls.
        operation: What the helper asks for.
    """

    __slots__ = ("_calls", "_operation")

    def __init__(self, calls: Calls, operation: Operation) -> None:
        self._calls = calls
        self._operation = operation

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the library's context manager, which traces its block when anything is traced."""
        info = take_span_info(kwargs)
        if not self._calls.active() or _is_resumed(kwargs):
            return method(*args, **kwargs)
        start = partial(self._start, instance, kwargs, info)
        try:
            list_iterators(self._operation, kwargs)
            manager = method(*args, **kwargs)
        except BaseException as error:
            call = start()
            if call is not None:
                call.fail(error)
            raise
        kind = AsyncFollowedManager if hasattr(manager, "__aenter__") else FollowedManager
        return kind(manager, start, partial(self._accumulate, kwargs))

    def _start(self, instance: Any, kwargs: dict[str, Any], info: SpanInfo) -> Call | None:
        read = reader(self._operation, instance, kwargs, info)
        operation = self._operation
        return self._calls.start(info.name or operation.name, operation=operation.kind, read=read)

    def _accumulate(self, kwargs: dict[str, Any], call: Call) -> Accumulator:
        return self._operation.of_call(call, kwargs).accumulate()


def _is_resumed(kwargs: dict[str, Any]) -> bool:
    """Whether the helper reads on in a response that is there already."""
    response_id = kwargs.get("response_id")
    return response_id is not None and is_given(response_id)


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


class FollowedManager(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the library's context manager: same class to see, same behaviour.

    Args:
        wrapped: The context manager.
        start: Starts the call, or returns None when nothing is traced.
        accumulate: Returns what adds up the stream of a call.
    """

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


class AsyncFollowedManager(wrapt.ObjectProxy):  # type: ignore[type-arg]  # generic in stubs only
    """Stands in for the library's asynchronous context manager.

    Args:
        wrapped: The context manager.
        start: Starts the call, or returns None when nothing is traced.
        accumulate: Returns what adds up the stream of a call.
    """

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
