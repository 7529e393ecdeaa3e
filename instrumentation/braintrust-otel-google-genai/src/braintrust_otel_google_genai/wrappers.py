"""Goes around the methods of a client: a call of a model each, or a run of calls and functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any

from braintrust_otel.instrument import Call, Calls, Reading, Wrapper, take_span_info, wrapper_of
from braintrust_otel_google_genai.accumulators import AnswerAccumulator
from braintrust_otel_google_genai.arguments import named, reader
from braintrust_otel_google_genai.generators import followed
from braintrust_otel_google_genai.runs import AsOneCall, runs_now

__all__ = [
    "AsyncStreamWrapper",
    "BegunWrapper",
    "ChatWrapper",
    "Follow",
    "ModelStreamWrapper",
    "RunWrapper",
]

_Method = Callable[..., Any]

# Whether the call of the model has begun for which a method further up was called; None outside.
_BEGUN: ContextVar[list[bool] | None] = ContextVar(
    "braintrust_otel_google_genai_begun", default=None
)

Follow = Callable[[_Method, Callable[[], Call | None], Calls], Any]
"""Makes the call of a run, given how to make it, how to start its span, and what captures it."""


class AsyncStreamWrapper:
    """Goes around an asynchronous method that has a stream from one further down.

    That one is captured, because only it shows when the request is sent. What the library refuses
    before it comes to that is captured here.

    Args:
        calls: Starts the calls.
        reading: How to read them.
    """

    __slots__ = ("_calls", "_reading")

    def __init__(self, calls: Calls, reading: Reading) -> None:
        self._calls = calls
        self._reading = reading

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return an awaitable of what *method* gives."""
        info, reading = take_span_info(kwargs), self._reading
        answer = method(*args, **kwargs)
        if not self._calls.active():
            return answer
        read = reader(reading, partial(named, method, args, kwargs), instance, info)
        return _unless_refused(
            answer, partial(self._calls.start, info.name or reading.name, read=read)
        )


async def _unless_refused(answer: Awaitable[Any], begin: Callable[[], Call | None]) -> Any:
    before, begun = _BEGUN.get(), [False]
    _BEGUN.set(begun)
    try:
        return await answer
    except BaseException as error:
        call = None if begun[0] else begin()
        if call is not None:
            call.fail(error)
        raise
    finally:
        _BEGUN.set(before)


class BegunWrapper:
    """Goes around the method further down: its call is captured, and known to have begun.

    Args:
        wrapper: Captures it.
    """

    __slots__ = ("_wrapper",)

    def __init__(self, wrapper: Wrapper) -> None:
        self._wrapper = wrapper

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method* in its wrapper."""
        begun = _BEGUN.get()
        if begun is not None:
            begun[0] = True
        return self._wrapper(method, instance, args, kwargs)


class ModelStreamWrapper:
    """Goes around a generator function, asynchronous or not, all of whose work is a model's call.

    Args:
        calls: Starts the calls.
        reading: How to read them.
    """

    __slots__ = ("_calls", "_reading")

    def __init__(self, calls: Calls, reading: Reading) -> None:
        self._calls = calls
        self._reading = reading

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Return a generator of the same kind, traced when anything is."""
        info = take_span_info(kwargs)
        stream = method(*args, **kwargs)
        if not self._calls.active():
            return stream
        reading = self._reading
        read = reader(reading, partial(named, method, args, kwargs), instance, info)
        begin = partial(self._calls.start, info.name or reading.name, read=read)
        return followed(stream, begin, AnswerAccumulator, AsOneCall())


class ChatWrapper:
    """Goes around a method of chats; what it does for a chat is up to the client that it is of.

    Args:
        reading: How to read what starts a run.
        is_run: Whether functions may be called, given the arguments by name and the chat.
        follow: Makes the call.
    """

    __slots__ = ("_follow", "_is_run", "_reading")

    def __init__(
        self, reading: Reading, is_run: Callable[[Mapping[str, Any], Any], bool], follow: Follow
    ) -> None:
        self._reading = reading
        self._is_run = is_run
        self._follow = follow

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, traced when the models of the client are."""
        wrapper = wrapper_of(getattr(instance, "_modules", None), "generate_content")
        if not isinstance(wrapper, RunWrapper):
            return method(*args, **kwargs)
        run = RunWrapper(wrapper.calls, self._reading, self._is_run, self._follow)
        return run(method, instance, args, kwargs)


class RunWrapper:
    """Goes around a method in which the library may call functions for the model.

    Where it may, the call is a ``task`` span with the model's calls and the functions below it.
    Elsewhere it is what the method is without functions: *otherwise* goes around it.

    Args:
        calls: Starts the calls.
        reading: How to read what starts a run.
        is_run: Whether functions may be called, given the arguments by name and the object.
        follow: Makes the call.
        otherwise: Goes around the method where no functions are; None for nothing.
    """

    __slots__ = ("_follow", "_is_run", "_otherwise", "_reading", "calls")

    def __init__(
        self,
        calls: Calls,
        reading: Reading,
        is_run: Callable[[Mapping[str, Any], Any], bool],
        follow: Follow,
        otherwise: Wrapper | None = None,
    ) -> None:
        self.calls = calls
        self._reading = reading
        self._is_run = is_run
        self._follow = follow
        self._otherwise = otherwise

    def __call__(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call *method*, traced when anything is."""
        if runs_now() is None:
            if self._is_to_run(method, instance, args, kwargs):
                return self._run(method, instance, args, kwargs)
            if self._otherwise is not None:
                return self._otherwise(method, instance, args, kwargs)
        take_span_info(kwargs)
        return method(*args, **kwargs)

    def _is_to_run(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> bool:
        if not self.calls.active():
            return False
        try:
            return self._is_run(named(method, args, kwargs), instance)
        except Exception as bug:  # noqa: BLE001  # our own bug must not reach the program
            self.calls.report("looking for functions among tools", bug)
            return False

    def _run(
        self, method: _Method, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        info, reading = take_span_info(kwargs), self._reading
        read = reader(reading, partial(named, method, args, kwargs), instance, info)
        begin = partial(
            self.calls.start,
            info.name or reading.name,
            type=reading.type,
            operation=reading.operation,
            read=read,
        )
        return self._follow(partial(method, *args, **kwargs), begin, self.calls)
