"""Takes note of how far a body was read, and tells when that was the end of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from braintrust_otel.instrument import Follower

__all__ = ["BodyReading", "shown_by_body"]

T = TypeVar("T")

_Shown = Callable[[BaseException], BaseException]


def _unchanged(error: BaseException) -> BaseException:
    return error


class BodyReading:
    """How far a body was read.

    Args:
        follower: Told of every piece and of the end.
        length: How many bytes there are, where that was told.
    """

    __slots__ = ("_amount", "_follower", "_length")

    def __init__(self, follower: Follower, length: int | None) -> None:
        self._follower = follower
        self._length = length
        self._amount = 0

    @contextmanager
    def pull(self, shown: _Shown = _unchanged) -> Iterator[None]:
        """Read in this block; what that raises fails the call.

        Args:
            shown: Given what is raised here, returns what the user sees of it.
        """
        self._follower.is_pulling = True
        try:
            yield
        except BaseException as error:
            self._follower.failed(shown(error))
            raise
        finally:
            self._follower.is_pulling = False

    def took(self, data: bytes, *, is_end: bool) -> None:
        """Take in a piece that is about to be handed to the user.

        Args:
            data: What was read.
            is_end: Whether there is nothing after it.
        """
        self._amount += len(data)
        if data:
            self._follower.took(data)
        if is_end or self._amount == self._length:
            self._ended()

    def closing(self, close: Callable[..., T]) -> Callable[..., T]:
        """Return *close* with the end of the call after it."""
        return self._follower.closing(close)

    def closed(self) -> None:
        """End the call: the user has closed the body."""
        self._follower.closed()

    def abandoned(self) -> None:
        """End the call: the body is gone, so nobody can read on."""
        self._follower.abandoned()

    def _ended(self) -> None:
        if self._length is None or self._amount >= self._length:
            self._follower.exhausted()
        else:
            self._follower.failed(_incomplete(self._amount, self._length))


def shown_by_body(error: BaseException) -> BaseException:
    """Return what botocore's body raises where the HTTP answer under it raises *error*."""
    from botocore import (  # type: ignore[import-untyped]  # has no annotations
        exceptions,
    )
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    if isinstance(error, ReadTimeoutError):
        shown: Any = exceptions.ReadTimeoutError(endpoint_url=error.url, error=error)
    elif isinstance(error, ProtocolError):
        shown = exceptions.ResponseStreamingError(error=error)
    else:
        return error
    shown.__context__ = error
    raised: BaseException = shown.with_traceback(error.__traceback__)
    return raised


def _incomplete(amount: int, length: int) -> Exception:
    """Return the error that the library raises when it finds that a body was cut off."""
    from botocore.exceptions import (  # type: ignore[import-untyped]  # has no annotations
        IncompleteReadError,
    )

    error: Any = IncompleteReadError(actual_bytes=amount, expected_bytes=length)
    cut_off: Exception = error
    return cut_off
