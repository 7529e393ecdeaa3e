"""The configured backend is asked, and what it says is told without the key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from braintrust_otel._model.containers import Container, project_logs
from braintrust_otel._model.http import HttpRequest, HttpResponse
from braintrust_otel._wire.account import Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.transport import FunctionTransport
from braintrust_otel.cli.checks.backend import check_backend
from braintrust_otel.cli.checks.findings import Finding

KEY = "sk-secret-1234567890"
APP, API = "https://app.test", "https://api.test"
LOGIN = {"org_info": [{"id": "o1", "name": "acme", "api_url": API}]}
VERSION = {"version": "1.2", "logs3_payload_max_bytes": 1 << 20}

Answers = Mapping[str, tuple[int, object]]


@dataclass
class Ticks:
    """A clock that goes on by a quarter of a second each time it is read."""

    now: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self.now += 0.25
        return self.now


@dataclass
class Server:
    """Answers by path, and keeps the requests."""

    answers: Answers
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer *request*."""
        path = request.url.removeprefix(APP).removeprefix(API)
        self.asked.append(f"{request.method} {path}")
        status, body = self.answers[path]
        return HttpResponse(status, {}, json.dumps(body).encode())


def check(
    server: Callable[[HttpRequest], HttpResponse], container: Container | None = None
) -> list[tuple[str, str, str]]:
    """Return what is found out about *server*."""
    api = Api(FunctionTransport(server))
    credentials = Credentials(KEY, APP, key_source="BRAINTRUST_API_KEY")
    found = check_backend(api, credentials, container or project_logs("p"), Ticks())
    return [(finding.state, finding.name, finding.value) for finding in found]


def test_backend_that_answers_is_reported_with_times() -> None:
    """Login and version are asked for once each, and nothing else is."""
    server = Server({"/api/apikey/login": (200, LOGIN), "/version": (200, VERSION)})

    assert check(server) == [
        ("ok", "login", "organisation acme at https://api.test, in 250 ms"),
        ("ok", "version", "1.2, requests of up to 1.0 MiB, in 250 ms"),
    ]
    assert server.asked == ["POST /api/apikey/login", "GET /version"]


def test_refused_key_is_reported_with_its_source() -> None:
    """A wrong key says where it came from, and is not shown, not even in part."""
    server = Server({"/api/apikey/login": (401, {"error": f"bad key {KEY}"})})

    assert check(server) == [
        (
            "wrong",
            "login",
            (
                "Login at https://app.test was refused (401). The key came from "
                "BRAINTRUST_API_KEY; check that it is valid there."
            ),
        )
    ]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_login_that_fails_is_wrong(status: int) -> None:
    """Whatever else comes back is told with its status, without the key."""
    server = Server({"/api/apikey/login": (status, {"error": f"no {KEY} here"})})

    ((state, name, text),) = check(server)

    assert (state, name) == ("wrong", "login")
    assert str(status) in text
    assert not any(part in text for part in (KEY, KEY[:3], KEY[-3:], "**"))


def test_version_that_fails_is_wrong() -> None:
    """The API may be out of reach where the login is not."""
    server = Server({"/api/apikey/login": (200, LOGIN), "/version": (503, {"error": KEY})})

    state, name, text = check(server)[1]

    assert (state, name) == ("wrong", "version")
    assert "https://api.test/version was refused (503)" in text
    assert KEY not in text


def test_version_may_be_called_otherwise() -> None:
    """Servers differ in what they call their version, and some have none."""
    login = {"/api/apikey/login": (200, LOGIN)}

    shown = [
        check(Server({**login, "/version": (200, answer)}))[1][2]
        for answer in ({"commit": "abc"}, {})
    ]

    assert [text.split(",")[0] for text in shown] == ["abc", "unknown"]


@pytest.mark.parametrize(
    ("answer", "state", "text"),
    [
        ((200, {"id": "p1", "name": "shop"}), "ok", "shop (p1)"),
        ((404, {}), "wrong", "There is no project with the id 'p1' in organisation 'acme' (404)."),
    ],
)
def test_project_id_is_looked_up(answer: tuple[int, object], state: str, text: str) -> None:
    """A project that is configured by its id has to exist."""
    answers = {
        "/api/apikey/login": (200, LOGIN),
        "/version": (200, VERSION),
        "/v1/project/p1": answer,
    }

    found = check(Server(answers), project_logs(project_id="p1"))[2]

    assert found[:2] == (state, "project")
    assert found[2].startswith(text)


def test_missing_key_is_one_finding() -> None:
    """Without a key nothing is asked."""
    found = check_backend(
        Api(FunctionTransport(Server({}))), Credentials(" ", APP), project_logs("p"), Ticks()
    )

    assert found == [
        Finding(
            "Backend",
            "wrong",
            "login",
            "There is no API key. Set BRAINTRUST_API_KEY, put it into .env.braintrust, or pass "
            "api_key to login().",
        )
    ]
