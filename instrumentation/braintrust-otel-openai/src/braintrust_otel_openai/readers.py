"""Reads calls as the kit hands them over: with the client, and with nothing of a prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from braintrust_otel.instrument import Fields, SpanInfo
from braintrust_otel_openai.failures import answer_behind
from braintrust_otel_openai.providers import provider_of

__all__ = ["failure_reader", "request_reader"]

_NO_INFO = SpanInfo()  # the kit adds what a prompt says


def request_reader(
    read: Callable[[Mapping[str, Any], SpanInfo, str], Fields],
) -> Callable[[Mapping[str, Any], Any], Fields]:
    """Return what reads the arguments of a call on a part of a client, as *read* knows them."""
    return partial(_asked, read)


def failure_reader(read: Callable[[Any], Fields], member: str) -> Callable[[BaseException], Fields]:
    """Return what reads the answer behind an exception, if there is one.

    Parsing raises on an answer that is cut off or of another form than the user wants, and it has
    been paid for all the same.

    Args:
        read: Reads an answer.
        member: A member that every answer has, and nothing else that the library handles.
    """
    return partial(_failed, read, member)


def _asked(
    read: Callable[[Mapping[str, Any], SpanInfo, str], Fields],
    asked: Mapping[str, Any],
    resource: Any,
) -> Fields:
    return read(asked, _NO_INFO, provider_of(resource))


def _failed(read: Callable[[Any], Fields], member: str, error: BaseException) -> Fields:
    answer = answer_behind(error, member)
    return {} if answer is None else read(answer)
