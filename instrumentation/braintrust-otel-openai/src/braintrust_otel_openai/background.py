"""Completes the rows of calls whose answers come later: ``background=True``."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from typing_extensions import override

from braintrust_otel.instrument import Call, Calls, CallSpan, Fields, follow, is_raw, members
from braintrust_otel.instrument.openai_shapes.responses_accumulator import ResponsesAccumulator
from braintrust_otel.instrument.openai_shapes.responses_answer import is_settled, read_answer
from braintrust_otel_openai.providers import provider_of

__all__ = ["AskedLater", "AsyncLookupWrapper", "LookupWrapper", "PendingAnswers"]

_LIMIT = 1_000


class PendingAnswers:
    """The calls whose answers OpenAI still works on, by the ids of the answers.

    The model runs once, so there is one row for it: that of the call which asked for the answer.
    Looking an answer up is no call of a model; whichever look-up finds the answer finished
    completes that row. The oldest calls are forgotten where there are more than the limit, and
    their rows stay as they are.

    Args:
        limit: How many calls are remembered.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, Call] = OrderedDict()

    def __len__(self) -> int:
        """Return how many answers are awaited."""
        return len(self._calls)

    def read(self, call: Call, answer: Any) -> Fields:
        """Return the fields of *answer*, and remember *call* if the last word is yet to come."""
        told = members(answer)
        answer_id = told.get("id")
        if isinstance(answer_id, str) and not is_settled(told):
            with self._lock:
                self._calls[answer_id] = call
                if len(self._calls) > self._limit:
                    self._calls.popitem(last=False)
        return read_answer(answer)

    def settle(self, answer: Any, provider: str) -> None:
        """Complete the row of the call that asked for *answer*, if that is the last word.

        Args:
            answer: What was found.
            provider: Who answered.
        """
        told = members(answer)
        if not told or not is_settled(told):
            return
        with self._lock:
            call = self._calls.pop(str(told.get("id")), None)
        if call is not None:
            call.record(partial(_completed, answer, provider))


def _completed(answer: Any, provider: str) -> Fields:
    """Return the fields of *answer*, with all that the price of it depends on.

    The row of the call has long been sent, and nothing of it is known here.
    """
    fields = dict(read_answer(answer))
    metadata: Any = fields.get("metadata", {})
    fields["metadata"] = {**metadata, "provider": provider}
    fields["span_attributes"] = {"type": "llm"}
    return fields


class AskedLater(ResponsesAccumulator):
    """Adds up the events of a call in the background.

    Args:
        pending: Told of the call when its stream ends before the answer does.
        call: The call.
    """

    __slots__ = ("_call", "_pending")

    def __init__(self, pending: PendingAnswers, call: Call) -> None:
        super().__init__()
        self._pending = pending
        self._call = call

    @override
    def fields(self) -> Fields:
        """Return the row's fields for what was streamed so far."""
        return self._pending.read(self._call, self.answer())


class _LookedUp(ResponsesAccumulator):
    """Adds up the events of an answer that is looked up, for the row of the call behind it."""

    __slots__ = ("_pending", "_provider")

    def __init__(self, pending: PendingAnswers, provider: str) -> None:
        super().__init__()
        self._pending = pending
        self._provider = provider

    @override
    def fields(self) -> Fields:
        self._pending.settle(self.answer(), self._provider)
        return {}


class _NoSpan:
    """The span of a look-up: there is none."""

    def record(self, **fields: Any) -> None:
        return

    def record_error(self, error: BaseException) -> None:
        return

    def end(self, end_time: float | None = None) -> float:
        return 0.0


def _begin(name: str, **told: Any) -> CallSpan:
    return _NoSpan()


class LookupWrapper:
    """Goes around the synchronous methods that look an answer up, such as ``retrieve``.

    Args:
        calls: Told of our own bugs.
        pending: The calls that wait for answers.
    """

    def __init__(self, calls: Calls, pending: PendingAnswers) -> None:
        self._pending = pending
        self._lookups = Calls(calls.instrumentation, begin=_begin, report=calls.report)

    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Call *method*, and see what it found."""
        answer = method(*args, **kwargs)
        return self._found(answer, instance) if self._pending else answer

    def _found(self, answer: Any, instance: Any) -> Any:
        try:
            provider = provider_of(instance)
            if hasattr(answer, "__next__") or hasattr(answer, "__anext__"):
                call = self._lookups.start("lookup")
                looked_up = _LookedUp(self._pending, provider)
                return answer if call is None else follow(answer, call, looked_up)
            self._pending.settle(_read(answer) if is_raw(answer) else answer, provider)
        except Exception as bug:  # noqa: BLE001  # our own bug must not cost the user his answer
            self._lookups.report("looking at an answer", bug)
        return answer


class AsyncLookupWrapper(LookupWrapper):
    """Goes around the asynchronous methods that look an answer up."""

    @override
    def __call__(
        self,
        method: Callable[..., Any],
        instance: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return an awaitable of what *method* gives."""
        answer = method(*args, **kwargs)
        return self._awaited(answer, instance) if hasattr(answer, "__await__") else answer

    async def _awaited(self, answer: Awaitable[Any], instance: Any) -> Any:
        found = await answer
        return self._found(found, instance) if self._pending else found


def _read(response: Any) -> Any:
    """Return the body of a raw response, if the client has read it."""
    content = getattr(response.http_response, "_content", b"")
    return json.loads(content) if content else None
