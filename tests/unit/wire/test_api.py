from __future__ import annotations

import pytest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.api import UPLOAD_BYTES_PER_SECOND, Api
from braintrust_otel._wire.call import Call
from braintrust_otel.errors import RetryError, SplitError
from support.backend_script import NOW, Script, answer, text


class TimeoutRecorder:
    def __init__(self) -> None:
        self.timeouts: list[float] = []

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        self.timeouts.append(timeout)
        return HttpResponse(200)

    def after_fork_in_child(self) -> None:
        raise AssertionError


def test_the_key_goes_into_the_authorization_header() -> None:
    """A call with a key carries it as a bearer token beside its own headers."""
    script = Script(answer({}))

    script.api.send(Call("Trying", "GET", "http://h/x", "sk-1", headers={"accept": "a"}))

    assert script.requests == [
        HttpRequest("GET", "http://h/x", {"accept": "a", "authorization": "Bearer sk-1"})
    ]


def test_a_call_without_a_key_has_no_authorization() -> None:
    """Signed URLs get no credentials of ours."""
    script = Script(answer({}))

    script.api.send(Call("Uploading", "PUT", "http://h/x", body=b"b"))

    assert script.requests == [HttpRequest("PUT", "http://h/x", {}, b"b")]


def test_a_refusal_is_raised() -> None:
    """An answer that is no success is raised as the error that it stands for."""
    script = Script(text("", 413))

    with pytest.raises(SplitError):
        script.api.send(Call("Trying", "GET", "http://h/x"))


def test_a_date_in_retry_after_counts_from_the_wall_clock() -> None:
    """The pause until a date is reckoned with the clock that was given."""
    assert NOW == 1_700_000_000.0
    script = Script(text("", 429, retry_after="Tue, 14 Nov 2023 22:14:20 GMT"))

    with pytest.raises(RetryError) as caught:
        script.api.send(Call("Trying", "GET", "http://h/x"))

    assert caught.value.retry_after == 60.0


def test_an_object_is_returned() -> None:
    """The JSON object of an answer comes back as a dictionary."""
    assert Script(answer({"a": 1})).api.send_for_object(Call("T", "GET", "http://h")) == {"a": 1}


@pytest.mark.parametrize(("own", "expected"), [(None, 62.0), (5.0, 7.0), (90.0, 62.0)])
def test_a_large_body_gets_time_to_travel(own: float | None, expected: float) -> None:
    """A request has its own time, at most the usual one, and a second more per 128 KiB of body."""
    recorder = TimeoutRecorder()
    body = bytes(2 * UPLOAD_BYTES_PER_SECOND)

    Api(recorder, timeout=60.0).send(Call("T", "PUT", "http://h", body=body, timeout=own))

    assert recorder.timeouts == [expected]
