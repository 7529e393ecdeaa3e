"""Trace data structures: a trace is a graph, and a span may have several parents.

The enclosing span is the first one. Further ones of the same trace are OpenTelemetry links with the
attribute ``braintrust.link.kind`` = ``parent``.
"""

from opentelemetry import trace

import braintrust_otel as braintrust

braintrust.init_logger(project="Trace structure")


def parent_link(span: trace.Span) -> trace.Link:
    """Return the link that makes *span* a parent of the span that gets it."""
    return trace.Link(span.get_span_context(), {"braintrust.link.kind": "parent"})


with braintrust.start_span(name="question"):
    with braintrust.start_span(name="search"):
        search = trace.get_current_span()
    with braintrust.start_span(name="remember"):
        remember = trace.get_current_span()

    tracer = trace.get_tracer("my-program")
    links = [parent_link(search), parent_link(remember)]
    with tracer.start_as_current_span("combine", links=links):
        braintrust.current_span().log(output="what both found")
