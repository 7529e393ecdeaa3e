"""A backend without a network: answers from a list, for `FunctionTransport`."""

from __future__ import annotations

import json

from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.account import Account, Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.login import LazyAccount
from braintrust_otel._wire.transport import FunctionTransport

KEY = "sk-test-1234567890"
ACCOUNT = Account(
    org_id="org-1",
    org_name="acme",
    app_url="http://app.test",
    api_url="http://api.test",
    proxy_url="http://api.test",
    api_key=KEY,
)
CREDENTIALS = Credentials(KEY, "http://app.test")
NOW = 1_700_000_000.0


class Script:
    """Answers requests in turn, the last answer again and again; remembers what it was asked.

    Args:
        *answers: Answers, or errors to raise instead.
    """

    def __init__(self, *answers: HttpResponse | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[HttpRequest] = []
        self.api = Api(FunctionTransport(self), wall_clock=lambda: NOW)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> list[str]:
        """Method and URL of each request."""
        return [f"{request.method} {request.url}" for request in self.requests]

    def new_account(self) -> LazyAccount:
        """Return an account that logs in when it is needed."""
        return LazyAccount(self.api, CREDENTIALS)

    def logged_in(self) -> LazyAccount:
        """Return an account that needs no login."""
        lazy = self.new_account()
        lazy.adopt(ACCOUNT)
        return lazy


def answer(value: object = None, status: int = 200, **headers: str) -> HttpResponse:
    """Return an answer with *value* as JSON; underscores in header names become dashes."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return HttpResponse(status, named, json.dumps(value).encode())


def text(body: str, status: int = 200, **headers: str) -> HttpResponse:
    """Return an answer with *body* as it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, named, body.encode())
