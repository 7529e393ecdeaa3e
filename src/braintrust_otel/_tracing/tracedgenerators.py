"""What runs around traced generators: the consumer sees the generator that it would see bare.

Values sent in, exceptions thrown in and the return value pass through. The span is current while
the body runs, never for the consumer between two items.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from braintrust_otel._tracing.tracedcalls import TracedCall

__all__ = ["wrap_async_generator", "wrap_generator"]


def wrap_generator(  # noqa: C901  # see below
    function: Callable[..., Generator[Any, Any, Any]], call: TracedCall
) -> Callable[..., Generator[Any, Any, Any]]:
    """Return the generator function *function* traced."""

    # One loop with every way in which a generator goes on; in pieces it would be harder to follow.
    def traced_generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        run = call.begin_run(args, kwargs)
        if run is None:
            return (yield from function(*args, **kwargs))
        try:
            body = function(*args, **kwargs)
            resume: Callable[[], Any] = body.__next__
            while True:
                try:
                    with run:
                        item = resume()
                except StopIteration as stop:
                    run.end()
                    return stop.value
                run.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    with run:
                        body.close()
                    run.end()
                    raise
                except BaseException as error:  # noqa: BLE001  # thrown in by the consumer, for the body
                    resume = _bound(body.throw, error)
                else:
                    resume = _bound(body.send, sent)
        except BaseException as error:
            run.end(error)
            raise

    return traced_generator


def wrap_async_generator(
    function: Callable[..., AsyncGenerator[Any, Any]], call: TracedCall
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """Return the async generator function *function* traced."""

    async def traced_async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        run = call.begin_run(args, kwargs) or _UntracedRun()
        try:
            body = function(*args, **kwargs)
            resume: Callable[[], Any] = body.__anext__
            while True:
                try:
                    with run:
                        item = await resume()
                except StopAsyncIteration:
                    run.end()
                    return
                run.add(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    with run:
                        await body.aclose()
                    run.end()
                    raise
                except BaseException as error:  # noqa: BLE001  # thrown in by the consumer, for the body
                    resume = _bound(body.athrow, error)
                else:
                    resume = _bound(body.asend, sent)
        except BaseException as error:
            run.end(error)
            raise

    return traced_async_generator


class _UntracedRun:
    """Stands in where nothing is traced: an async generator cannot be delegated to."""

    __slots__ = ()

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return

    def add(self, item: object) -> None:
        """Keep nothing."""

    def end(self, error: BaseException | None = None) -> None:
        """End nothing."""


def _bound(step: Callable[[Any], Any], value: Any) -> Callable[[], Any]:
    """Return *step* with its argument fixed now, not when the loop variable is next read."""
    return lambda: step(value)
