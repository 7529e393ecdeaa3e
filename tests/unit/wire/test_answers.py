from __future__ import annotations

import pytest

from braintrust_otel._model.http import HttpResponse
from braintrust_otel._wire.answers import json_object, refusal, retry_after
from braintrust_otel._wire.call import Call
from braintrust_otel.errors import HoldError, IsolateError, RetryError, SendError, SplitError
from support.backend_script import KEY, NOW, answer, text

CALL = Call("Sending 2 row(s)", "POST", "http://h/logs3", key=KEY)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, RetryError) for status in (408, 429, 500, 502, 503, 504, 599)),
        (413, SplitError),
        *((status, IsolateError) for status in (400, 422)),
        *((status, HoldError) for status in (100, 301, 302, 307, 401, 403, 404, 405, 409, 600)),
    ],
)
def test_a_status_decides_what_happens_next(status: int, kind: type[SendError]) -> None:
    """Each status that is no success stands for one type of error, which knows it."""
    error = refusal(CALL, text("why", status), NOW)

    assert type(error) is kind
    assert (error.status, error.body) == (status, "why")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_is_no_error(status: int) -> None:
    """Every status from 200 to 299 is a success."""
    assert refusal(CALL, text("", status), NOW) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_both_forms_of_retry_after_are_read(header: str | None, seconds: float | None) -> None:
    """A Retry-After is seconds or a date; what is neither asks for nothing."""
    assert retry_after(header, NOW) == seconds


def test_a_passing_refusal_carries_the_pause() -> None:
    """The pause that the server asks for travels with the error."""
    error = refusal(CALL, text("", 503, retry_after="7"), NOW)

    assert isinstance(error, RetryError)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (
            text("no such\n key", 401),
            (
                "Sending 2 row(s) at http://h/logs3 was refused (401): no such key. Check that the "
                "API key is valid and belongs to the right organisation."
            ),
        ),
        (text("", 409), "Sending 2 row(s) at http://h/logs3 was refused (409)."),
        (
            text("<html>oh dear</html>", 500),
            "Sending 2 row(s) at http://h/logs3 was refused (500): an HTML page.",
        ),
        (
            text("", 302, location="https://u:p@new/logs3?token=1"),
            (
                "Sending 2 row(s) at http://h/logs3 was redirected to https://new/logs3 (302), "
                "which is not followed. Set BRAINTRUST_APP_URL or BRAINTRUST_API_URL to the "
                "server's own URL."
            ),
        ),
        (text("", 304), "Sending 2 row(s) at http://h/logs3 was refused (304)."),
    ],
)
def test_a_refusal_says_what_was_tried_and_what_to_do(response: HttpResponse, message: str) -> None:
    """The message names the attempt, the place, what came back and the cure."""
    assert str(refusal(CALL, response, NOW)) == message


def test_a_long_body_is_cut_in_the_message() -> None:
    """A message shows 200 characters of the body, the error keeps 2,000."""
    error = refusal(CALL, text("ab " * 3000, 409), NOW)

    assert error is not None
    assert len(str(error)) < 300
    assert len(error.body) == 2000


def test_a_key_that_the_server_repeats_is_masked() -> None:
    """The key that was sent shows up neither in the message nor in the kept body."""
    error = refusal(CALL, text(f"unknown key {KEY}", 401), NOW)

    assert error is not None
    assert KEY not in f"{error}{error.body}"
    assert "sk**************90" in error.body


def test_a_json_object_is_read() -> None:
    """The object in an answer's body comes back."""
    assert json_object(CALL, answer({"a": [1]})) == {"a": [1]}


@pytest.mark.parametrize(
    ("response", "shown"),
    [
        (text(""), "a body that is no JSON."),
        (text("pong"), "a body that is no JSON: pong."),
        (answer([1]), "a body that is no JSON object: [1]."),
        (text(" <!DOCTYPE html><html>"), "an HTML page."),
        (text("x", content_type="text/html; charset=utf-8"), "an HTML page."),
    ],
)
def test_another_shape_is_held(response: HttpResponse, shown: str) -> None:
    """A success that holds no JSON object comes from another program: keep and probe."""
    with pytest.raises(HoldError, match=r"^Sending 2 row\(s\) at http://h/logs3") as caught:
        json_object(CALL, response)

    assert f"was answered with 200 and {shown} Is another" in str(caught.value)
    assert caught.value.status == 200
