"""Updating spans: what is known only later is added to a span that has been logged."""

import braintrust_otel as braintrust

logger = braintrust.init_logger(project="Updating spans")


def finish_something(handle: str) -> str:
    """Stand in for work that is done elsewhere, and later."""
    return f"{handle}: done"


@braintrust.traced
def start_request(request: str) -> tuple[str, str, str]:
    """Begin the work, and return what it takes to update this span."""
    span = braintrust.current_span()
    return f"handle of {request}", span.id, span.export()


@braintrust.traced
def finish_request(handle: str, span_id: str) -> str:
    """Update the span by its id, through the logger that it belongs to."""
    result = finish_something(handle)
    logger.update_span(id=span_id, output=result)
    return result


@braintrust.traced
def finish_elsewhere(handle: str, exported: str) -> str:
    """Update the span by what it exported, which works in any process and without a logger."""
    result = finish_something(handle)
    braintrust.update_span(exported, output=result, tags=["finished elsewhere"])
    return result


handle, span_id, _ = start_request("one")
finish_request(handle, span_id)

handle, _, exported = start_request("two")
finish_elsewhere(handle, exported)
