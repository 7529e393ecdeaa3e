"""Goes around the methods of a client: a call of a model each, or a run of calls and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Call, Calls, Reading, Wrapper, take_span_info, wrapper_of
from braintrust_otel_google_genai.accumulators import AnswerAccumulator
from braintrust_otel_google_genai.arguments import named, reader
from braintrust_otel_google_genai.generators import followed
from braintrust_otel_google_genai.runs import AsOneCall, runs_now

__all__ = ["ChatWrapper", "Follow", "ModelStreamWrapper", "RunWrapper"]

_Method = Callable[..., Any]

Follow = Callable[[_Method, Callable[[], Call | None], Calls], Any]
"""Makes the call of a run, given how to make it, how to start its span, and what captures it."""


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
