"""Errors: an exception that leaves a span is logged on it, and a span's error can be set."""

import braintrust_otel as braintrust

braintrust.init_logger(project="Errors")

MAX_LENGTH = 10


@braintrust.traced
def process(text: str) -> dict[str, str]:
    """Refuse long texts: the exception is logged on this span and goes on as it was."""
    if len(text) > MAX_LENGTH:
        raise ValueError("Input too long")
    return {"data": "Hello, world!"}


@braintrust.traced
def handle_request(body: str) -> dict[str, str]:
    """Answer also when the work fails, and say on this span that it did."""
    try:
        return process(body)
    except ValueError as error:
        braintrust.current_span().log(error=error)
        return {"error": str(error)}


print(handle_request("short"))
print(handle_request("much longer than that"))
