from __future__ import annotations

import pytest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.transport import FunctionTransport, Transport
from braintrust_otel.errors import HoldError, StoreError

REQUEST = HttpRequest("GET", "http://local/ping")


def test_the_function_answers() -> None:
    """A request goes to the function as it is, and its answer comes back."""
    seen: list[HttpRequest] = []

    def handler(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse(204)

    transport: Transport = FunctionTransport(handler)

    assert transport.send(REQUEST, 1.0) == HttpResponse(204)
    assert seen == [REQUEST]


def test_a_store_that_cannot_be_used_holds_the_rows() -> None:
    """Trouble with the store behind the function is an error that keeps the rows."""

    def handler(request: HttpRequest) -> HttpResponse:
        raise StoreError("The file is no database.")

    with pytest.raises(HoldError, match="no database") as caught:
        FunctionTransport(handler).send(REQUEST, 1.0)

    assert isinstance(caught.value.__cause__, StoreError)


def test_a_fork_changes_nothing() -> None:
    """A function has no connection, so it works on in the child of a fork."""
    transport = FunctionTransport(lambda request: HttpResponse(200))

    transport.after_fork_in_child()

    assert transport.send(REQUEST, 1.0).status == 200
