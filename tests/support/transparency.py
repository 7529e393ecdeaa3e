"""What holds for each client that is traced: it behaves as one that is not.

A package's tests subclass ``CallTests``, and those of ``support.transparent_streams``, and provide
the fixture ``api`` beside those of ``support.client_library``.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import pickle
import traceback
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest

from support.client_library import Trace
from support.provider import Provider, Reply
from support.spans import FakeSpan, FakeTracer

__all__ = ["Api", "CallTests"]

REFUSAL = {"type": "error", "error": {"type": "not_found_error", "message": "no such model"}}


@dataclass(frozen=True)
class Api:
    """One API of a client, and an answer of its provider.

    Attributes:
        part: Where its methods are.
        asked: Arguments of a call.
        answer: What the provider answers.
        events: What it streams instead: the text is "a", then "b".
        text: Returns the text of the output on a row.
        refused: What the client raises when there is no such model.
        is_named: Whether the events go under their names.
        methods: The methods to look at.
        helper: Where the stream helper is.
    """

    part: str
    asked: dict[str, Any]
    answer: dict[str, Any]
    events: Sequence[dict[str, Any]]
    text: Callable[[Any], Any]
    refused: type[Exception]
    is_named: bool = True
    methods: Sequence[str] = ("create", "parse", "stream")
    helper: str = ""

    def of(self, client: Any) -> Any:
        """Return the API's part of *client*."""
        return functools.reduce(getattr, self.part.split("."), client)

    def stream_helper(self, client: Any) -> Any:
        """Return the stream helper of *client*."""
        return functools.reduce(getattr, (self.helper or f"{self.part}.stream").split("."), client)

    def streaming(self, **how: Any) -> Reply:
        """Return the reply that streams the answer."""
        return Reply(**{"events": self.events, "is_named": self.is_named, **how})

    def content_of(self, span: FakeSpan) -> str:
        """Return the text on a row; none when it has none."""
        output = span.fields.get("output")
        found: str = self.text(output) if output else ""
        return found


async def arrived(parsed: Any) -> Any:
    """Return what parsing gives, at once or awaited, as libraries differ in that."""
    return await parsed if inspect.isawaitable(parsed) else parsed


def frames_of(error: BaseException) -> list[str]:
    """Return the functions of the client's library in the traceback of its *error*."""
    package = type(error).__module__.partition(".")[0]
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.name for frame in frames if f"/{package}/" in frame.filename]


class CallTests:
    """Methods and their answers."""

    def test_classes_and_attributes_stay(self, bare: Any, api: Api, trace: Trace) -> None:
        """The parts of a traced client are the library's, and say what they said."""
        kind, names = api.of(bare).__class__, set(dir(api.of(bare)))

        traced = api.of(trace(bare))

        assert traced.__class__ is kind
        assert isinstance(traced, kind)
        assert names <= set(dir(traced))

    @pytest.mark.parametrize("position", [0, 1, 2])
    def test_methods_look_the_same(
        self, either: Any, api: Api, trace: Trace, position: int
    ) -> None:
        """Signatures, names and documentation are the library's, and what is async stays so."""
        name = api.methods[position]
        original = getattr(api.of(either), name, None)
        signature = original and inspect.signature(original)

        traced = getattr(api.of(trace(either)), name, None)

        assert (traced and inspect.signature(traced)) == signature
        assert type(traced) is type(original)
        for name in ("__name__", "__qualname__", "__doc__", "__module__"):
            assert getattr(traced, name, None) == getattr(original, name, None)
        assert inspect.iscoroutinefunction(traced) == inspect.iscoroutinefunction(original)

    def test_functions_pickle_and_copy(self, bare: Any, api: Api, trace: Trace) -> None:
        """Functions of the classes come out of pickles and copies, and are weakly referred to."""
        kind = api.of(trace(bare)).__class__

        assert pickle.loads(pickle.dumps(kind.create)) is kind.create  # noqa: S301  # made here
        assert copy.deepcopy(kind.create) is kind.create
        assert weakref.ref(kind.create)() is kind.create

    def test_methods_bind_as_ever(self, bare: Any, api: Api, trace: Trace) -> None:
        """Bound methods are equal, weakly referred to, copied, and part of partials."""
        method = api.of(trace(bare)).create

        assert method.__self__ is api.of(bare)
        assert method == api.of(bare).create == copy.copy(method)
        assert weakref.WeakMethod(method)() == method
        assert "model" in inspect.signature(functools.partial(method, model="x")).parameters

    def test_clients_can_be_copied(self, bare: Any, api: Api, trace: Trace) -> None:
        """A copy of a client, or one with other options, is of its class."""
        client = trace(bare)

        assert type(copy.copy(client)) is type(client)
        assert type(client.with_options(timeout=3)) is type(client.copy()) is type(client)

    def test_clients_can_be_mocked(self, bare: Any, api: Api, trace: Trace) -> None:
        """A mock after a traced client knows its methods and their arguments."""
        mocked = mock.create_autospec(trace(bare), instance=True)

        api.of(mocked).create(**api.asked)

        assert api.of(mocked).create.call_args.kwargs == api.asked

    def test_method_of_the_class_can_be_replaced(self, bare: Any, api: Api, trace: Trace) -> None:
        """What tests put in the place of a class's method is called."""
        client = trace(bare)

        with mock.patch.object(api.of(client).__class__, "create", autospec=True) as replaced:
            api.of(client).create(**api.asked)

        assert replaced.call_args.args[1:] == ()
        assert replaced.call_args.kwargs.items() >= api.asked.items()

    def test_overriding_method_is_called(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """A subclass of a part has its own method, and gets to the traced one by ``super()``."""
        provider.will(Reply(api.answer))
        part = api.of(trace(bare))

        class Louder(part.__class__):  # type: ignore[misc,name-defined]  # it is not known here
            def create(self, **asked: Any) -> Any:
                return super().create(**{**asked, "model": "louder"})

        Louder(bare).create(**api.asked)

        assert provider.requests[0]["model"] == "louder"
        assert len(tracer.spans) <= 1

    def test_answer_is_the_librarys(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """The answer equals that of an untraced call, and pickles as it does."""
        provider.will(Reply(api.answer), Reply(api.answer))
        untraced = api.of(bare).create(**api.asked)

        answer = api.of(trace(bare)).create(**api.asked)

        assert type(answer) is type(untraced)
        assert answer == untraced
        assert pickle.loads(pickle.dumps(answer)) == untraced  # noqa: S301  # made here
        assert api.content_of(tracer.span) == "ab"

    async def test_asynchronous_answer_is_the_librarys(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """The asynchronous answer equals that of an untraced call, and pickles as it does."""
        provider.will(Reply(api.answer), Reply(api.answer))
        untraced = await api.of(async_bare).create(**api.asked)

        answer = await api.of(trace(async_bare)).create(**api.asked)

        assert type(answer) is type(untraced)
        assert pickle.loads(pickle.dumps(answer)) == untraced  # noqa: S301  # made here
        assert api.content_of(tracer.span) == "ab"

    @pytest.mark.parametrize("stream", [False, True])
    def test_raw_response_is_the_librarys(
        self, provider: Provider, bare: Any, api: Api, trace: Trace, stream: bool
    ) -> None:
        """A raw response has its class, its headers and its own parsing."""
        provider.will(*[api.streaming() if stream else Reply(api.answer) for _ in range(2)])
        untraced = api.of(bare).with_raw_response.create(**api.asked, stream=stream)

        raw = api.of(trace(bare)).with_raw_response.create(**api.asked, stream=stream)

        assert type(raw) is type(untraced)
        assert raw.headers["content-type"] == untraced.headers["content-type"]
        assert type(raw.parse()) is type(untraced.parse())
        assert raw.parse() is raw.parse()

    async def test_asynchronous_raw_response_is_the_librarys(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace
    ) -> None:
        """The same goes for the raw response of an asynchronous client."""
        provider.will(Reply(api.answer), Reply(api.answer))
        untraced = await api.of(async_bare).with_raw_response.create(**api.asked)

        raw = await api.of(trace(async_bare)).with_raw_response.create(**api.asked)

        assert type(raw) is type(untraced)
        assert raw.http_response.json() == api.answer
        assert type(await arrived(raw.parse())) is type(await arrived(untraced.parse()))

    def test_exception_is_the_librarys(
        self,
        provider: Provider,
        bare: Any,
        api: Api,
        trace: Trace,
        tracer: FakeTracer,
    ) -> None:
        """A refused call raises the same exception, through the same functions of the client."""
        provider.will(Reply(REFUSAL, status=404), Reply(REFUSAL, status=404))
        with pytest.raises(api.refused) as untraced:
            api.of(bare).create(**api.asked)
        traced = api.of(trace(bare))

        with pytest.raises(api.refused) as caught:
            traced.create(**api.asked)

        assert str(caught.value) == str(untraced.value)
        assert frames_of(caught.value) == frames_of(untraced.value)
        assert caught.value.__cause__ is untraced.value.__cause__ is None
        assert type(caught.value.__context__) is type(untraced.value.__context__)
        assert tracer.span.errors == [caught.value]

    async def test_asynchronous_exception_is_the_librarys(
        self,
        provider: Provider,
        async_bare: Any,
        api: Api,
        trace: Trace,
        tracer: FakeTracer,
    ) -> None:
        """A refused asynchronous call raises the same exception, through the same functions."""
        provider.will(Reply(REFUSAL, status=404), Reply(REFUSAL, status=404))
        with pytest.raises(api.refused) as untraced:
            await api.of(async_bare).create(**api.asked)
        traced = api.of(trace(async_bare))

        with pytest.raises(api.refused) as caught:
            await traced.create(**api.asked)

        assert str(caught.value) == str(untraced.value)
        assert frames_of(caught.value) == frames_of(untraced.value)
        assert tracer.span.errors == [caught.value]

    @pytest.mark.parametrize("position", [0, 1, 2])
    def test_wrong_argument_raises_as_ever(
        self, bare: Any, api: Api, trace: Trace, tracer: FakeTracer, position: int
    ) -> None:
        """An argument that the client does not know is refused by the client."""
        call = getattr(api.of(trace(bare)), api.methods[position], api.of(bare).create)

        with pytest.raises(TypeError, match="no_such_argument") as caught:
            call(**api.asked, no_such_argument=1)

        assert tracer.span.errors == [caught.value]

    async def test_cancelled_call_ends_its_row(
        self, provider: Provider, async_bare: Any, api: Api, trace: Trace, tracer: FakeTracer
    ) -> None:
        """Cancelling a call that waits cancels it, and the row has the cancellation."""
        waiting = asyncio.ensure_future(api.of(trace(async_bare)).create(**api.asked))
        await asyncio.sleep(0)

        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert [type(error) for error in tracer.span.errors] == [asyncio.CancelledError]
        assert len(tracer.span.ends) == 1
