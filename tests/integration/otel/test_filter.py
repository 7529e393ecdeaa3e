"""Only spans about AI are shipped, and those above them, bare: one connected tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

import braintrust_otel as braintrust
from braintrust_otel._otel.provider import LeanTracerProvider
from braintrust_otel.testing import CapturedRows

AI = {"gen_ai.operation.name": "chat"}
HTTP = {"http.method": "GET", "url.full": "https://secret.example"}
Tree = dict[str, "str | None"]


def ship(kind: str, **options: Any) -> Any:
    """Return a processor of ours, or one around an exporter of ours."""
    if kind == "processor":
        return braintrust.BraintrustSpanProcessor("project_name:demo", **options)
    return SimpleSpanProcessor(braintrust.BraintrustSpanExporter("project_name:demo", **options))


@pytest.fixture(params=["processor", "exporter"])
def filtered(request: pytest.FixtureRequest, provider: TracerProvider) -> Any:
    """Add a processor, or an exporter, that ships only spans about AI."""
    provider.add_span_processor(ship(request.param, filter_ai_spans=True))
    return request.param


def tree(rows: CapturedRows) -> Tree:
    """Return the names of the rows, each with that of its parent; an unknown parent is its id."""
    found = rows.all()
    by_id = {row["span_id"]: row["span_attributes"]["name"] for row in found}
    parents = {row["span_attributes"]["name"]: (row["span_parents"] or [None])[0] for row in found}
    return {name: by_id.get(parent, parent) for name, parent in parents.items()}


@pytest.mark.usefixtures("filtered")
def test_what_is_between_two_ai_spans_comes_along(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """HTTP and SQL spans above an AI span are rows; those beside it are not."""
    with (
        tracer.start_as_current_span("GET /", attributes=HTTP),
        tracer.start_as_current_span("agent", attributes=AI),
        tracer.start_as_current_span("POST", attributes=HTTP),
    ):
        tracer.start_span("chat", attributes=AI).end()
        tracer.start_span("SELECT", attributes={"db.statement": "SELECT 1"}).end()

    assert tree(rows) == {"GET /": None, "agent": "GET /", "POST": "agent", "chat": "POST"}


@pytest.mark.usefixtures("filtered")
def test_a_span_that_comes_along_is_bare(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """Of a span above an AI span the row says who and when, and nothing of its attributes."""
    with tracer.start_as_current_span("GET /", attributes=HTTP) as span:
        span.add_event("secret")
        tracer.start_span("chat", attributes=AI).end()

    bare = rows.named("GET /")
    assert bare.get("metadata") is None
    assert "secret" not in repr(bare)
    assert bare["metrics"].keys() == {"start", "end"}
    assert bare["context"]["span_origin"]["instrumentation"]["name"] == "other.library"


@pytest.mark.usefixtures("filtered")
def test_a_trace_without_ai_is_not_shipped(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """Where nothing is about AI there is no row."""
    with tracer.start_as_current_span("GET /"):
        tracer.start_span("SELECT").end()

    assert rows.all() == []


@pytest.mark.usefixtures("filtered")
def test_a_span_that_outlives_those_above_finds_them(
    tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A task that goes on after its request: what was above it is shipped after the fact."""
    with tracer.start_as_current_span("GET /"), tracer.start_as_current_span("handler"):
        late = tracer.start_span("chat", attributes=AI)
    before = tree(rows)

    late.end()

    assert before == {}
    assert tree(rows) == {"GET /": None, "handler": "GET /", "chat": "handler"}


@pytest.mark.usefixtures("filtered")
def test_a_remote_parent_stays(tracer: trace.Tracer, rows: CapturedRows) -> None:
    """A span under another service's keeps that parent."""
    remote = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(1))

    with trace.use_span(NonRecordingSpan(remote)), tracer.start_as_current_span("GET /"):
        tracer.start_span("chat", attributes=AI).end()

    assert tree(rows) == {"GET /": f"{0xDEF:016x}", "chat": "GET /"}


@pytest.mark.parametrize("name", ["braintrust.parent", "braintrust.org", "braintrust.app_url"])
@pytest.mark.usefixtures("filtered")
def test_where_a_span_goes_does_not_make_it_ai(
    name: str, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """Attributes that only say where spans go are on HTTP spans too."""
    tracer.start_span("GET /", attributes={name: "project_name:demo"}).end()

    assert rows.all() == []


def test_spans_of_ours_bring_along_what_is_above(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A logger on a provider that others set up filters, and our spans keep their trees."""
    braintrust.init_logger(project="demo", tracer_provider=provider)

    with tracer.start_as_current_span("GET /"), braintrust.start_span(name="ours"):
        tracer.start_span("SELECT").end()
        with tracer.start_as_current_span("POST"), braintrust.start_span(name="below"):
            pass

    assert tree(rows) == {"GET /": None, "ours": "GET /", "POST": "ours", "below": "POST"}


def test_open_spans_of_ours_are_flushed_with_what_is_above(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span of ours that outlives a request, and is flushed while open, has its parent there."""
    braintrust.init_logger(project="demo", tracer_provider=provider)
    with tracer.start_as_current_span("GET /"):
        ours = braintrust.start_span(name="ours")

    provider.force_flush()

    assert tree(rows) == {"GET /": None, "ours": "GET /"}
    ours.end()


def test_a_logger_on_a_provider_of_ours_ships_all(rows: CapturedRows) -> None:
    """Only a provider that others set up is filtered by default."""
    provider = LeanTracerProvider(shutdown_on_exit=False)
    braintrust.init_logger(project="demo", tracer_provider=provider)

    provider.get_tracer("x").start_span("GET /").end()

    assert tree(rows) == {"GET /": None}


@pytest.mark.parametrize(("text", "expected"), [("true", {}), ("false", {"GET /": None})])
@pytest.mark.parametrize("joins", [True, False])
def test_the_variable_decides_where_no_argument_does(
    text: str, expected: Tree, joins: bool, monkeypatch: pytest.MonkeyPatch, rows: CapturedRows
) -> None:
    """BRAINTRUST_FILTER_AI_SPANS turns the filter on for a processor and off for a logger."""
    monkeypatch.setenv("BRAINTRUST_FILTER_AI_SPANS", text)
    provider = TracerProvider(shutdown_on_exit=False)
    add: dict[bool, Callable[[], Any]] = {
        True: lambda: braintrust.init_logger(project="demo", tracer_provider=provider),
        False: lambda: provider.add_span_processor(ship("processor")),
    }
    add[joins]()

    provider.get_tracer("x").start_span("GET /").end()

    assert tree(rows) == expected


@pytest.mark.parametrize("kind", ["processor", "exporter"])
def test_all_is_shipped_unless_told_otherwise(
    kind: str, provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """What a user adds himself exports everything, attributes and all."""
    provider.add_span_processor(ship(kind))

    tracer.start_span("GET /", attributes=HTTP).end()

    assert rows.one()["metadata"] == HTTP


def only_named(span: ReadableSpan) -> bool | None:
    return {"in": True, "out": False}.get(span.name)


@pytest.mark.parametrize("kind", ["processor", "exporter"])
@pytest.mark.parametrize(
    ("filters", "expected"), [(True, {"in": None}), (False, {"in": None, "undecided": None})]
)
def test_a_custom_filter_is_asked_first(
    kind: str, filters: bool, expected: Tree, provider: TracerProvider, rows: CapturedRows
) -> None:
    """True and False decide; None leaves it to the filter for AI spans."""
    tracer = provider.get_tracer("x")
    provider.add_span_processor(ship(kind, filter_ai_spans=filters, custom_filter=only_named))

    tracer.start_span("in").end()
    tracer.start_span("out", attributes=AI).end()
    tracer.start_span("undecided").end()

    assert tree(rows) == expected


def test_what_a_custom_filter_leaves_out_comes_along_bare(
    provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """A span that is asked to stay out is in the tree if one below it is shipped."""
    provider.add_span_processor(ship("processor", custom_filter=only_named))

    with tracer.start_as_current_span("out", attributes=HTTP):
        tracer.start_span("in").end()

    assert tree(rows) == {"out": None, "in": "out"}
    assert rows.named("out").get("metadata") is None


def broken(span: ReadableSpan) -> Any:
    raise RuntimeError("broken hook")


@pytest.mark.parametrize("hook", ["custom_filter", "customize"])
def test_a_hook_that_raises_costs_one_line(
    hook: str,
    provider: TracerProvider,
    tracer: trace.Tracer,
    rows: CapturedRows,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the program nor the spans notice that a hook of the user is broken."""
    provider.add_span_processor(ship("processor", filter_ai_spans=True, **{hook: broken}))

    tracer.start_span("a", attributes=AI).end()
    tracer.start_span("b", attributes=AI).end()

    assert tree(rows) == {"a": None, "b": None}
    assert [hook in line for line in caplog.messages if "broken hook" in line] == [True]


def tenant(span: ReadableSpan) -> Mapping[str, Any] | None:
    changes = {"braintrust.metadata.tenant": "t-7", "user.email": None, "kept": "changed"}
    return changes if span.name == "chat" else None


@pytest.mark.parametrize("kind", ["processor", "exporter"])
def test_customized_attributes_are_braintrusts_alone(
    kind: str, provider: TracerProvider, tracer: trace.Tracer, rows: CapturedRows
) -> None:
    """The hook adds, replaces and takes out attributes, and the span itself stays as it is."""
    provider.add_span_processor(ship(kind, customize=tenant))
    given = {"user.email": "a@b.example", "kept": "as it was", "other": 1}

    with tracer.start_as_current_span("chat", attributes=given) as span:
        pass
    tracer.start_span("other", attributes=given).end()

    assert rows.named("chat")["metadata"] == {"tenant": "t-7", "kept": "changed", "other": 1}
    assert rows.named("other")["metadata"] == given
    assert dict(getattr(span, "attributes", {})) == given


@pytest.mark.parametrize(
    "make", [braintrust.BraintrustSpanProcessor, braintrust.BraintrustSpanExporter]
)
def test_an_unknown_argument_is_an_error(make: Any) -> None:
    """A misspelt option is said, and not ignored."""
    with pytest.raises(TypeError, match="filter_ai_span"):
        make(filter_ai_span=True)


@pytest.fixture
def other_tracer() -> Iterator[trace.Tracer]:
    """Provide a tracer of a second provider in the process, of which we hear nothing."""
    provider = TracerProvider(shutdown_on_exit=False)
    yield provider.get_tracer("elsewhere")
    provider.shutdown()


@pytest.mark.parametrize("filters", [True, False])
def test_a_parent_of_another_provider_is_passed_over(
    filters: bool,
    provider: TracerProvider,
    tracer: trace.Tracer,
    other_tracer: trace.Tracer,
    rows: CapturedRows,
) -> None:
    """No row points to a span that only another provider's processors get."""
    provider.add_span_processor(ship("processor", filter_ai_spans=filters))

    with other_tracer.start_as_current_span("theirs"):
        tracer.start_span("root", attributes=AI).end()
    with tracer.start_as_current_span("top", attributes=AI) as top:
        context = trace.set_span_in_context(other_tracer.start_span("between"), Context())
        tracer.start_span("child", context, attributes=AI).end()

    expected = {True: "top", False: None}[filters]
    assert tree(rows) == {"root": None, "top": None, "child": expected}
    assert rows.named("child")["root_span_id"] == f"{top.get_span_context().trace_id:032x}"
