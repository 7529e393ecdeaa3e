"""Follows the event streams in answers, which stay objects of their own class."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Iterator
from inspect import iscoroutinefunction
from typing import Any

from typing_extensions import override

from braintrust_otel.instrument import Accumulator, Call, Follower

__all__ = ["follow_events"]


def follow_events(answer: Any, member: str, call: Call, accumulator: Accumulator) -> None:
    """Follow the stream under *member* of *answer*: *call* ends when it does, however it does.

    What the user gets is an object of the stream's own class: a copy, in which the source of its
    messages and what makes events of them are followed. A copy, because these two refer back to
    the original: so the user's object is in no cycle, and a stream that is dropped half-read ends
    its call at once.
    """
    stream = answer.get(member)
    if not hasattr(stream, "_event_generator") or not hasattr(stream, "_parse_event"):
        call.finish()  # what a stub answers instead, say: nobody knows how it is read
        return
    follower = Follower(call, accumulator)
    twin = copy.copy(stream)
    source = _AsyncMessages if hasattr(stream, "__aiter__") else _Messages
    # Asynchronous streams of early aiobotocore 2 parse as the others do.
    parse = _AsyncParse if iscoroutinefunction(stream._parse_event) else _Parse  # noqa: SLF001
    twin._event_generator = source(stream._event_generator, follower)  # noqa: SLF001  # see above
    twin._parse_event = parse(stream._parse_event, follower)  # noqa: SLF001
    twin.close = follower.closing(stream.close)
    answer[member] = twin


class _Source:
    """Stands in for the source of a stream's messages; the call ends with it at the latest."""

    def __init__(self, messages: Any, follower: Follower) -> None:
        self._messages = messages
        self._follower = follower

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messages, name)

    def __del__(self) -> None:
        self._follower.abandoned()


class _Messages(_Source):
    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        follower = self._follower
        follower.is_pulling = True
        try:
            message = next(self._messages)
        except StopIteration:
            follower.exhausted()
            raise
        except BaseException as error:
            follower.failed(error)
            raise
        follower.is_pulling = False
        return message


class _AsyncMessages(_Source):
    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        follower = self._follower
        follower.is_pulling = True
        try:
            message = await anext(self._messages)
        except StopAsyncIteration:
            follower.exhausted()
            raise
        except BaseException as error:
            follower.failed(error)
            raise
        follower.is_pulling = False
        return message


class _Parse:
    """Stands in for what makes events of messages, or raises the error that a message is."""

    def __init__(self, parse: Callable[[Any], Any], follower: Follower) -> None:
        self._parse = parse
        self._follower = follower

    def __call__(self, message: Any) -> Any:
        try:
            event = self._parse(message)
        except BaseException as error:
            self._follower.failed(error)
            raise
        self._follower.took(event)
        return event


class _AsyncParse(_Parse):
    @override
    async def __call__(self, message: Any) -> Any:
        try:
            event = await self._parse(message)
        except BaseException as error:
            self._follower.failed(error)
            raise
        self._follower.took(event)
        return event
