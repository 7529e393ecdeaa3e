"""What users write with the tracing API; the type checkers must see it as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future

import openai
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from typing_extensions import assert_type

import braintrust_otel as braintrust
from braintrust_otel import BraintrustSpanExporter, BraintrustSpanProcessor, Logger, Span

assert_type(braintrust.init_logger(project="typed"), Logger)
assert_type(braintrust.current_span(), Span)
assert_type(braintrust.current_logger(), Logger | None)


@braintrust.traced
def bare(question: str) -> int:
    """Answer with a number."""
    return len(question)


@braintrust.traced("named", type="tool", notrace_io=True)
def named(question: str, *, times: int = 1) -> str:
    """Repeat the question."""
    return question * times


@braintrust.traced
async def awaited(question: str) -> bytes:
    """Answer with bytes."""
    return question.encode()


@braintrust.traced
def generated(question: str) -> Iterator[str]:
    """Answer letter by letter."""
    yield from question


@braintrust.traced
async def streamed(question: str) -> AsyncIterator[str]:
    """Answer letter by letter, without blocking."""
    for letter in question:
        yield letter


class Answers:
    """Methods of every kind keep their types."""

    @braintrust.traced
    def method(self, question: str) -> int:
        """Answer with a number."""
        return len(question)

    @classmethod
    @braintrust.traced
    def of_class(cls, question: str) -> str:
        """Answer with a text."""
        return question

    @staticmethod
    @braintrust.traced(name="static")
    def static(question: str) -> bytes:
        """Answer with bytes."""
        return question.encode()


def plain(question: str) -> int:
    """Answer with a number."""
    return len(question)


assert_type(Answers().method("why?"), int)
assert_type(Answers.of_class("why?"), str)
assert_type(Answers.static("why?"), bytes)
assert_type(braintrust.traced(plain, name="renamed")("why?"), int)
assert_type(braintrust.traced(plain)("why?"), int)
assert_type(bare("why?"), int)
assert_type(named("why?", times=2), str)
assert_type(generated("why?"), Iterator[str])
assert_type(streamed("why?"), AsyncIterator[str])
bare(1)  # type: ignore[arg-type]  # a traced function keeps its signature
named("why?", often=2)  # type: ignore[call-arg]  # keyword arguments too


async def use_awaited() -> None:
    """Await a traced coroutine function."""
    assert_type(await awaited("why?"), bytes)


def use_spans(logger: Logger) -> str:
    """Open spans in every way."""
    with braintrust.start_span(name="outer", type="task", input={"a": 1}) as outer:
        assert_type(outer, Span)
        outer.log(output=[1, 2], scores={"exact": 1.0}, metadata={"tags": ["x"]})
        with outer.start_span(name="inner") as inner:
            assert_type(inner, Span)
    with logger.start_span(name="other") as other:
        other.set_attributes(name="renamed")
    assert_type(logger.log(input="a", output="b"), str)
    assert_type(outer.end(), float)
    braintrust.flush()
    return outer.export()


def use_later(logger: Logger, span: Span) -> None:
    """Write to spans that were logged before."""
    braintrust.update_span(span.export(), output="late", metadata={"a": 1})
    logger.update_span(span.id, tags=["late"])
    logger.log_feedback(span.id, scores={"liked": 1}, comment="good", source="app")
    span.log_feedback(expected="better")
    assert_type(logger.info("found {count}", metadata={"index": "news"}, count=3), str)
    assert_type(logger.emit_log({"any": "value"}, "warn"), str)
    assert_type(span.link(), str)
    assert_type(braintrust.permalink(span.export(), org_name="acme"), str)
    logger.emit_log("x", "notice")  # type: ignore[arg-type]  # there is no such level


def use_parents(slug: str) -> None:
    """Put spans under what came from elsewhere."""
    with braintrust.parent_context(slug):
        assert_type(
            braintrust.get_span_parent_object(), braintrust.SpanComponentsV4 | Logger | Span
        )
    components = braintrust.SpanComponentsV4.from_str(slug)
    assert_type(braintrust.span_components_to_object_id(components), str)


def use_pool() -> None:
    """Keep the types of tasks in a pool."""
    with braintrust.TracedThreadPoolExecutor(max_workers=2) as pool:
        assert_type(pool.submit(plain, "why?"), Future[int])
        assert_type(list(pool.map(plain, ["why?"])), list[int])
        pool.submit(plain, 1)  # type: ignore[arg-type]  # arguments are checked
    assert_type(braintrust.setup_threads(), bool)


def use_accounts() -> Logger:
    """Log to an account of its own."""
    state = braintrust.login_to_state(api_key="key", org_name="acme")
    assert_type(state.org_name, str | None)
    return braintrust.init_logger(project="typed", state=state, set_current=False)


def use_openai() -> None:
    """Keep the type of a wrapped client."""
    assert_type(braintrust.wrap_openai(openai.OpenAI()), openai.OpenAI)
    assert_type(braintrust.wrap_openai(openai.AsyncOpenAI()), openai.AsyncOpenAI)


def use_existing_provider(provider: TracerProvider) -> None:
    """Join a provider that the program has made."""
    provider.add_span_processor(BraintrustSpanProcessor())
    provider.add_span_processor(BatchSpanProcessor(BraintrustSpanExporter()))


braintrust.init_loger()  # type: ignore[attr-defined]  # misspelt names are found
