from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from braintrust_otel._model.http import HttpRequest
from braintrust_otel._wire.requests_transport import RequestsTransport
from braintrust_otel.errors import HoldError, RetryError
from support import backend_faults as faults
from support.backend import Backend
from support.backend_faults import Fault

BODY = b'{"rows": [{"id": "1", "project_id": "p", "log_id": "g"}], "api_version": 2}'
SHORT = 0.3


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    transport = RequestsTransport()
    yield transport
    transport.close()


def rows_to(backend: Backend, body: bytes = BODY) -> HttpRequest:
    headers = {"authorization": f"Bearer {backend.api_key}"}
    return HttpRequest("POST", f"{backend.url}/logs3", headers, body)


def test_a_request_arrives_as_it_is(backend: Backend, transport: RequestsTransport) -> None:
    """Nothing is added that the receiver could take for a content type, a cookie or an encoding."""
    response = transport.send(rows_to(backend), 5.0)

    received = backend.requests()[0]
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert received.body == BODY
    assert sorted(received.headers) == [
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "host",
        "user-agent",
    ]
    assert received.headers["accept-encoding"] == "identity"


def test_an_empty_post_says_so(backend: Backend, transport: RequestsTransport) -> None:
    """A POST without a body has the length zero and no content type."""
    transport.send(HttpRequest("POST", f"{backend.url}/api/apikey/login"), 5.0)

    assert backend.requests()[0].headers["content-length"] == "0"
    assert "content-type" not in backend.requests()[0].headers


def test_connections_are_kept(backend: Backend, transport: RequestsTransport) -> None:
    """Requests one after the other use one connection, also after an answer that was refused."""
    backend.fail("logs3", faults.status(503))

    statuses = [transport.send(rows_to(backend), 5.0).status for _ in range(3)]

    assert statuses == [503, 200, 200]
    assert len({received.connection for received in backend.requests()}) == 1


def test_a_forked_child_makes_connections_of_its_own(
    backend: Backend, transport: RequestsTransport
) -> None:
    """After a fork the connections of the parent are not used."""
    transport.send(rows_to(backend), 5.0)

    transport.after_fork_in_child()
    transport.send(rows_to(backend), 5.0)

    assert len({received.connection for received in backend.requests()}) == 2


def test_a_closed_keep_alive_connection_is_replaced(
    backend: Backend, transport: RequestsTransport
) -> None:
    """A connection that the server closed in between costs nothing."""
    transport.send(rows_to(backend), 5.0)

    backend.refuse()
    backend.accept()

    assert transport.send(rows_to(backend), 5.0).status == 200


@pytest.mark.parametrize(
    "fault",
    [
        faults.hang(),
        faults.drip(interval=0.02),
        faults.drip_head(interval=0.02),
    ],
    ids=["silent", "dripping body", "dripping headers"],
)
def test_the_deadline_holds_for_the_whole_answer(
    fault: Fault, backend: Backend, transport: RequestsTransport
) -> None:
    """An answer that does not come, or comes in drops, ends with the deadline."""
    backend.fail("logs3", fault)

    with pytest.raises(RetryError, match=r"no complete answer within 0\.3 s"):
        transport.send(rows_to(backend), SHORT)


def test_the_deadline_holds_while_sending(backend: Backend, transport: RequestsTransport) -> None:
    """A server that reads slower than we send cannot stretch the deadline."""
    backend.fail("logs3", faults.slow_read(piece=64 * 1024, interval=0.02))

    with pytest.raises(RetryError, match=r"no complete answer within 0\.3 s"):
        transport.send(rows_to(backend, bytes(64 * 1024 * 1024)), SHORT)


@pytest.mark.parametrize("timeout", [0.0, -1.0])
def test_a_deadline_that_has_passed_sends_nothing(
    timeout: float, backend: Backend, transport: RequestsTransport
) -> None:
    """With no time at all nothing is begun."""
    with pytest.raises(RetryError, match="no complete answer within"):
        transport.send(rows_to(backend), timeout)

    assert backend.requests() == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.reset(), "the connection was reset"),
        (faults.answer_lost(), "the connection was reset"),
        (faults.reset_in_body(), "the connection was reset"),
        (faults.truncated(), "the answer broke off"),
        (faults.closed(), "the connection was closed without an answer"),
        (faults.no_http(), "the answer was no HTTP"),
    ],
    ids=["reset", "answered then reset", "reset in body", "truncated", "closed", "no HTTP"],
)
def test_a_broken_exchange_is_retried(
    fault: Fault, reason: str, backend: Backend, transport: RequestsTransport
) -> None:
    """However an exchange breaks, it is a passing trouble, and the next request works."""
    backend.fail("logs3", fault)

    with pytest.raises(RetryError, match=reason):
        transport.send(rows_to(backend), 5.0)

    assert transport.send(rows_to(backend), 5.0).status == 200


def test_a_refused_connection_is_retried(backend: Backend, transport: RequestsTransport) -> None:
    """A closed port is a passing trouble; once it is open again requests get through."""
    backend.refuse()

    with pytest.raises(RetryError, match="the connection was refused") as caught:
        transport.send(rows_to(backend), 5.0)
    backend.accept()

    assert transport.send(rows_to(backend), 5.0).status == 200
    assert backend.api_key not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (faults.redirect("http://[no URL"), 302),
        (faults.redirect("http://127.0.0.1:1/elsewhere", 307), 307),
        (faults.status(500), 500),
        (faults.html_page(), 200),
    ],
)
def test_statuses_are_left_to_the_caller(
    fault: Fault, status: int, backend: Backend, transport: RequestsTransport
) -> None:
    """Every complete answer comes back, redirects too: none is followed or even looked at."""
    backend.fail("logs3", fault)

    assert transport.send(rows_to(backend), 5.0).status == status
    assert len(backend.requests()) == 1


def test_cookies_are_not_kept(backend: Backend, transport: RequestsTransport) -> None:
    """A cookie that a server sets does not come back to it."""
    backend.fail("logs3", faults.status(200, {"set-cookie": "a=b"}))

    transport.send(rows_to(backend), 5.0)
    transport.send(rows_to(backend), 5.0)

    assert "cookie" not in backend.requests()[1].headers


def test_a_netrc_does_not_replace_the_key(
    backend: Backend,
    transport: RequestsTransport,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Credentials for the host in the user's netrc are left alone."""
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))

    transport.send(rows_to(backend), 5.0)

    assert backend.requests()[0].headers["authorization"] == f"Bearer {backend.api_key}"


def test_the_user_agent_can_be_ours(backend: Backend) -> None:
    """A name that is given is sent."""
    transport = RequestsTransport(user_agent="braintrust-otel/1")

    transport.send(rows_to(backend), 5.0)
    transport.close()

    assert backend.requests()[0].headers["user-agent"] == "braintrust-otel/1"


def test_an_endless_answer_is_cut(backend: Backend) -> None:
    """An answer longer than the bound is refused instead of filling the memory."""
    transport = RequestsTransport(max_answer_bytes=20)

    with pytest.raises(HoldError, match="more than 20 bytes"):
        transport.send(rows_to(backend), 5.0)
    transport.close()


@pytest.mark.parametrize(
    "value", ["", " sk-1", "sk-1 ", "sk\n1", "sk\r\nx: y", "sk-\u2026", "sk\0"]
)
def test_a_header_that_cannot_be_sent_is_held(
    value: str, backend: Backend, transport: RequestsTransport
) -> None:
    """A key with characters that HTTP does not allow is never sent, and never shown."""
    request = HttpRequest("GET", f"{backend.url}/version", {"authorization": value})

    with pytest.raises(HoldError, match="'authorization'") as caught:
        transport.send(request, 5.0)

    assert caught.value.__cause__ is None
    assert backend.requests() == []


@pytest.mark.parametrize(
    "url",
    [
        "nowhere",
        "http://",
        "ftp://host/x",
        "http://127.0.0.1:99999/",
        "http://[::1",
        f"http://{'a' * 70}.test/",
    ],
)
def test_what_is_no_url_is_held(url: str, transport: RequestsTransport) -> None:
    """A URL that nothing can be sent to is for people to correct."""
    with pytest.raises(HoldError, match="this is no URL"):
        transport.send(HttpRequest("GET", url), 5.0)


def test_an_unknown_host_is_retried(transport: RequestsTransport) -> None:
    """A name that cannot be resolved now may be resolved later."""
    with pytest.raises(RetryError, match="the name of the host could not be resolved"):
        transport.send(HttpRequest("GET", "http://nowhere.invalid/x"), 5.0)


@pytest.fixture
def tls_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    with Backend(tls=True) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.trust(tmp_path / "bundle.pem")))
        yield running


def test_tls_is_spoken(tls_backend: Backend, transport: RequestsTransport) -> None:
    """With a bundle that knows the certificate requests go over TLS."""
    assert transport.send(rows_to(tls_backend), 5.0).status == 200


@pytest.mark.parametrize("fault", [faults.hang(), faults.drip(0.02), faults.drip_head(0.02)])
def test_the_deadline_holds_over_tls(
    fault: Fault, tls_backend: Backend, transport: RequestsTransport
) -> None:
    """The deadline ends slow answers over TLS as well."""
    tls_backend.fail("logs3", fault)

    with pytest.raises(RetryError, match=r"no complete answer within 0\.3 s"):
        transport.send(rows_to(tls_backend), SHORT)


def test_the_deadline_holds_while_sending_over_tls(
    tls_backend: Backend, transport: RequestsTransport
) -> None:
    """The deadline ends slow reading over TLS as well."""
    tls_backend.fail("logs3", faults.slow_read(piece=64 * 1024, interval=0.02))

    with pytest.raises(RetryError, match=r"no complete answer within 0\.3 s"):
        transport.send(rows_to(tls_backend, bytes(64 * 1024 * 1024)), SHORT)


def test_an_untrusted_certificate_is_held(
    tls_backend: Backend, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that nobody vouches for is for people to look at."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(HoldError, match="certificate is not trusted"):
        transport.send(rows_to(tls_backend), 5.0)


def test_a_missing_bundle_is_held(
    tls_backend: Backend, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle that does not exist is for people to correct."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")

    with pytest.raises(HoldError, match="REQUESTS_CA_BUNDLE"):
        transport.send(rows_to(tls_backend), 5.0)


def test_a_server_that_speaks_no_tls_is_retried(
    backend: Backend, transport: RequestsTransport
) -> None:
    """TLS with a server that answers in plain text fails for a passing reason."""
    url = backend.url.replace("http://", "https://")

    with pytest.raises(RetryError, match="the TLS connection failed") as caught:
        transport.send(HttpRequest("GET", f"{url}/version"), 5.0)

    assert isinstance(caught.value.__cause__, OSError)


def test_a_proxy_from_the_environment_is_used(
    backend: Backend, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests go through the proxy that the environment names, deadline and all."""
    monkeypatch.setenv("HTTP_PROXY", backend.url)
    headers = {"authorization": f"Bearer {backend.api_key}"}

    response = transport.send(HttpRequest("GET", "http://far.invalid/version", headers), 5.0)

    assert response.status == 200
    assert backend.requests()[0].headers["host"] == "far.invalid"


def test_a_proxy_that_makes_no_tunnel_is_retried(
    backend: Backend, transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that refuses to connect us is a passing trouble."""
    monkeypatch.setenv("HTTPS_PROXY", backend.url)

    with pytest.raises(RetryError, match="the proxy could not be used"):
        transport.send(HttpRequest("GET", "https://far.invalid/version"), 5.0)


def test_a_proxy_url_that_is_none_is_held(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the environment names wrongly is for people to correct."""
    monkeypatch.setenv("HTTP_PROXY", "http://")

    with pytest.raises(HoldError, match="the proxy's URL"):
        transport.send(HttpRequest("GET", "http://far.invalid/version"), 5.0)
