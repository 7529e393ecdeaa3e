"""Disabling logging: without a logger every annotation does nothing, at next to no cost."""

import braintrust_otel as braintrust


@braintrust.traced
def double(number: int) -> int:
    """Return twice the number; nothing of this is logged."""
    braintrust.current_span().log(metadata={"seen": True})
    return 2 * number


with braintrust.start_span(name="not logged") as span:
    print(double(21), "logged:", span is not braintrust.NOOP_SPAN)
