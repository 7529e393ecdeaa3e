from __future__ import annotations

import pytest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.transport import CappedTransport, FunctionTransport, Transport
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


class Recording:
    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.timeouts: list[float] = []
        self.forks = 0

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        self.timeouts.append(timeout)
        return HttpResponse(self.status)

    def after_fork_in_child(self) -> None:
        self.forks += 1


@pytest.mark.parametrize(("left", "given"), [(None, 9.0), (2.0, 2.0), (20.0, 9.0)])
def test_a_request_does_not_outlast_the_time_left(left: float | None, given: float) -> None:
    """A request gets its own timeout or what its owner has left, whichever is less."""
    recording = Recording()

    CappedTransport(recording, lambda: left, lambda: None).send(REQUEST, 9.0)

    assert recording.timeouts == [given]


@pytest.mark.parametrize(("status", "times"), [(200, 1), (204, 1), (302, 0), (401, 0), (503, 0)])
def test_a_success_is_a_sign_of_life(status: int, times: int) -> None:
    """Only an answer of success tells that the server is well."""
    heard: list[bool] = []
    transport = CappedTransport(Recording(status), lambda: None, lambda: heard.append(True))

    answer = transport.send(REQUEST, 1.0)

    assert answer.status == status
    assert heard == [True] * times


def test_a_capped_transport_passes_forks_on() -> None:
    """The transport behind forgets the parent's connections."""
    recording = Recording()

    CappedTransport(recording, lambda: None, lambda: None).after_fork_in_child()

    assert recording.forks == 1
