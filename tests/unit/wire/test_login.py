from __future__ import annotations

from dataclasses import replace

import pytest

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.account import TEST_API_KEY
from braintrust_otel._wire.login import LazyAccount, LoginPolicy, log_in_once, login
from braintrust_otel.errors import LoginError, RetryError
from support.backend_script import ACCOUNT, CREDENTIALS, KEY, Script, answer, text

ORG = {"id": "org-1", "name": "acme", "api_url": "http://api.test"}
WELCOME = answer({"org_info": [ORG]})


class Time:
    """A clock that moves while somebody waits."""

    def __init__(self, waking_late: float = 0.0) -> None:
        self.now = 50.0
        self.waited: list[float] = []
        self._late = waking_late

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds + self._late


def test_a_login_posts_nothing_but_the_key() -> None:
    """A login is a POST without a body; the key is in the header."""
    script = Script(WELCOME)

    account = log_in_once(script.api, CREDENTIALS)

    assert account == ACCOUNT
    assert script.requests == [
        HttpRequest("POST", "http://app.test/api/apikey/login", {"authorization": f"Bearer {KEY}"})
    ]


def test_the_test_key_needs_no_network() -> None:
    """The test key is an account without a request."""
    script = Script(text("", 500))

    account = log_in_once(script.api, replace(CREDENTIALS, api_key=TEST_API_KEY))

    assert (account.org_id, script.requests) == ("test-org-id", [])


@pytest.mark.parametrize(
    ("source", "came_from"),
    [("BRAINTRUST_API_KEY", "came from BRAINTRUST_API_KEY"), (None, "was given")],
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_rejected_key_is_shown_masked(status: int, source: str | None, came_from: str) -> None:
    """A rejected key is a ValueError with the status, the body and the key's ends only."""
    script = Script(text(f"bad {KEY}", status))

    with pytest.raises(ValueError, match="Invalid API key") as caught:
        log_in_once(script.api, replace(CREDENTIALS, key_source=source))

    assert str(caught.value) == (
        f"Invalid API key sk**************90: [{status}] bad sk**************90\n"
        f"The key {came_from}; check that it is valid at http://app.test."
    )
    assert isinstance(caught.value, LoginError)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "response",
    [
        text("nope", 400),
        text("nope", 404),
        text("", 302, location="http://sso.test"),
        text("<html>"),
        answer([]),
    ],
)
def test_what_is_no_login_server_is_a_login_error(response: HttpResponse) -> None:
    """Whatever else comes back for good says that the app's URL is to be looked at."""
    with pytest.raises(LoginError, match=r"^Login at http://app.test/api/apikey/login"):
        log_in_once(Script(response).api, CREDENTIALS)


def test_a_passing_trouble_stays_one() -> None:
    """A server in trouble is no statement about the credentials."""
    with pytest.raises(RetryError):
        log_in_once(Script(text("", 503)).api, CREDENTIALS)


def test_an_explicit_login_tries_again() -> None:
    """Passing troubles are waited out: as long as the server says, else longer each time."""
    script = Script(text("", 503), text("", 429, retry_after="3"), RetryError("down"), WELCOME)
    time = Time()

    account = login(script.api, CREDENTIALS, clock=time.clock, wait=time.wait)

    assert (account, time.waited) == (ACCOUNT, [0.5, 3.0, 2.0])


def test_an_explicit_login_gives_up_after_four_tries() -> None:
    """The fourth failure is raised as it is."""
    script = Script(text("", 503))
    time = Time()

    with pytest.raises(RetryError):
        login(script.api, CREDENTIALS, clock=time.clock, wait=time.wait)

    assert (len(script.requests), time.waited) == (4, [0.5, 1.0, 2.0])


def test_a_pause_longer_than_the_time_left_is_not_begun() -> None:
    """A server that asks for more time than there is makes the login fail at once."""
    script = Script(text("", 503, retry_after="30"))
    time = Time()

    with pytest.raises(RetryError):
        login(script.api, CREDENTIALS, clock=time.clock, wait=time.wait)

    assert (len(script.requests), time.waited) == (1, [])


def test_a_login_that_takes_too_long_times_out() -> None:
    """Once 30 seconds are used up the login is a TimeoutError."""
    time = Time(waking_late=40.0)

    with pytest.raises(TimeoutError, match=r"^Login at http://app.test took more than 30 s"):
        login(Script(text("", 503)).api, CREDENTIALS, clock=time.clock, wait=time.wait)


def test_a_refusal_is_not_tried_again() -> None:
    """A key that was refused once is not offered again."""
    script = Script(text("", 401))

    with pytest.raises(LoginError):
        login(script.api, CREDENTIALS)

    assert len(script.requests) == 1


def test_pauses_have_an_upper_bound() -> None:
    """Doubling ends at the longest pause."""
    policy = LoginPolicy(attempts=9)

    assert policy.delay(8, RetryError("x"), left=100.0) == 10.0


def test_a_lazy_account_logs_in_once() -> None:
    """The first need logs in; later ones use what is known."""
    script = Script(WELCOME)
    lazy = LazyAccount(script.api, CREDENTIALS)

    accounts = [lazy.peek(), lazy.get(), lazy.get(), lazy.peek()]

    assert accounts == [None, ACCOUNT, ACCOUNT, ACCOUNT]
    assert len(script.requests) == 1


def test_a_failed_lazy_login_does_not_poison_the_next() -> None:
    """After a failure the next need logs in again."""
    script = Script(text("", 401), WELCOME)
    lazy = LazyAccount(script.api, CREDENTIALS)

    with pytest.raises(LoginError):
        lazy.get()

    assert lazy.get() == ACCOUNT


def test_an_adopted_account_needs_no_login() -> None:
    """What an explicit login found out is used, in the child of a fork as well."""
    script = Script(WELCOME)
    lazy = LazyAccount(script.api, CREDENTIALS)

    lazy.adopt(ACCOUNT)
    lazy.after_fork_in_child()

    assert (lazy.get(), script.requests) == (ACCOUNT, [])
