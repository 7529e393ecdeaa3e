from __future__ import annotations

import pytest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.transport import DeferredTransport, FunctionTransport, Transport
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


class Counting:
    def __init__(self) -> None:
        self.sent = 0
        self.forks = 0

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        self.sent += 1
        return HttpResponse(200)

    def after_fork_in_child(self) -> None:
        self.forks += 1


def test_a_deferred_transport_is_made_once_it_is_needed() -> None:
    """Nothing is made before the first request, and one transport moves them all."""
    made: list[Counting] = []

    def make() -> Counting:
        made.append(Counting())
        return made[-1]

    transport = DeferredTransport(make)
    before = list(made)
    statuses = [transport.send(REQUEST, 1.0).status, transport.send(REQUEST, 1.0).status]

    assert before == []
    assert statuses == [200, 200]
    assert [counting.sent for counting in made] == [2]


def test_a_deferred_transport_hears_of_forks_once_it_is_made() -> None:
    """A fork before the first request has nothing to forget; later ones reach the transport."""
    counting = Counting()
    transport = DeferredTransport(lambda: counting)

    transport.after_fork_in_child()
    transport.send(REQUEST, 1.0)
    transport.after_fork_in_child()

    assert counting.forks == 1
