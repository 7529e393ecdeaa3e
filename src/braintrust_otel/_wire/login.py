"""Turns credentials into an account, at once or when one is first needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from braintrust_otel._wire.account import (
    TEST_API_KEY,
    Account,
    Credentials,
    account_from,
    account_of_test_key,
)
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call, mask_key
from braintrust_otel._wire.deadline import Deadline
from braintrust_otel._wire.single_flight import SingleFlight
from braintrust_otel._wire.urls import join_url, shown_url
from braintrust_otel.errors import LoginError, RetryError, SendError

__all__ = [
    "LOGIN_TIMEOUT",
    "Account",
    "Credentials",
    "LazyAccount",
    "LoginPolicy",
    "log_in_once",
    "login",
]

LOGIN_TIMEOUT = 20.0
"""Seconds for one try of a login."""


@dataclass(frozen=True, slots=True)
class LoginPolicy:
    """How patient an explicit login is; never waits itself.

    Attributes:
        attempts: Tries in all.
        try_timeout: Seconds for one try.
        total: Seconds for everything, pauses included.
        first_delay: Seconds before the second try, doubled each time.
        max_delay: The longest pause of our own choice.
    """

    attempts: int = 4
    try_timeout: float = LOGIN_TIMEOUT
    total: float = 30.0
    first_delay: float = 0.5
    max_delay: float = 10.0

    def delay(self, attempt: int, error: RetryError, left: float) -> float | None:
        """Return the seconds to wait after *attempt* (the first is 1), or None to give up.

        Args:
            attempt: Tries so far.
            error: What came of the last one.
            left: Seconds left of ``total``; a pause that would use them up is not begun.
        """
        delay = error.retry_after
        if delay is None:
            delay = min(self.max_delay, self.first_delay * 2.0 ** (attempt - 1))
        return delay if attempt < self.attempts and delay < left else None


_PATIENT = LoginPolicy()


def login(
    api: Api,
    credentials: Credentials,
    *,
    policy: LoginPolicy = _PATIENT,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> Account:
    """Log in now, trying again while the trouble is a passing one.

    Args:
        api: Sends the request.
        credentials: Who to log in as.
        policy: How often and how long to try.
        clock: Monotonic seconds.
        wait: Pauses for so many seconds.

    Raises:
        LoginError: The credentials are missing or refused, or the answer is unusable.
        RetryError: The server could not be reached, or has troubles of its own.
        TimeoutError: The time is used up.
    """
    deadline = Deadline(policy.total, clock)
    attempt = 0
    while True:
        attempt += 1
        try:
            return log_in_once(api, credentials, min(policy.try_timeout, deadline.left))
        except RetryError as error:
            if not deadline.left:
                raise TimeoutError(
                    f"Login at {shown_url(credentials.app_url)} took more than {policy.total:g} s."
                ) from error
            delay = policy.delay(attempt, error, deadline.left)
            if delay is None:
                raise
        wait(delay)


def log_in_once(api: Api, credentials: Credentials, timeout: float = LOGIN_TIMEOUT) -> Account:
    """Log in with one request that takes at most *timeout* seconds.

    Raises:
        LoginError: The credentials are missing or refused, or the answer is unusable.
        RetryError: The server could not be reached, or has troubles of its own.
    """
    key = credentials.usable_key
    if key == TEST_API_KEY:
        return account_of_test_key(credentials)
    url = join_url(credentials.app_url, "api/apikey/login")
    call = Call("Login", "POST", url, key=key, timeout=timeout)
    try:
        answer = api.send_for_object(call)
    except RetryError:
        raise
    except SendError as error:
        raise _login_error(error, credentials, key) from error
    return account_from(answer, credentials)


class LazyAccount:
    """The account, found out when it is first needed. Safe to use from several threads.

    Threads that need it at once share one login. A failed login is not remembered: those who
    waited for it see its error, and whoever comes next tries again.

    Args:
        api: Sends the request.
        credentials: Who to log in as.
        timeout: Seconds that a login may take.
    """

    def __init__(
        self, api: Api, credentials: Credentials, *, timeout: float = LOGIN_TIMEOUT
    ) -> None:
        self._api = api
        self._credentials = credentials
        self._timeout = timeout
        self._logins: SingleFlight[str, Account] = SingleFlight()

    def get(self) -> Account:
        """Return the account, logging in if that did not happen yet.

        Raises:
            LoginError: The credentials are missing or refused, or the answer is unusable.
            RetryError: The server could not be reached, or has troubles of its own.
        """
        return self._logins.get(
            "account", lambda: log_in_once(self._api, self._credentials, self._timeout)
        )

    def peek(self) -> Account | None:
        """Return the account if it is known already; never uses the network."""
        return self._logins.peek("account")

    def adopt(self, account: Account) -> None:
        """Take *account*, which an explicit login found out."""
        self._logins.put("account", account)

    def after_fork_in_child(self) -> None:
        """Keep a known account; a login that was under way is the parent's."""
        self._logins.after_fork_in_child()


def _login_error(error: SendError, credentials: Credentials, key: str) -> LoginError:
    message = str(error)
    if error.status in (401, 403):
        came_from = f"came from {credentials.key_source}" if credentials.key_source else "was given"
        message = (
            f"Invalid API key {mask_key(key)}: [{error.status}] {error.body}\nThe key {came_from}; "
            f"check that it is valid at {shown_url(credentials.app_url)}."
        )
    return LoginError(message, status=error.status, body=error.body)
