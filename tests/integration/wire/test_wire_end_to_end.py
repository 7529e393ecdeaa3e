from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.containers import project_logs
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.login import Credentials, LazyAccount, login
from braintrust_otel._wire.logs3 import Logs3Sender
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel._wire.register import Registrar
from braintrust_otel._wire.requests_transport import RequestsTransport
from braintrust_otel._wire.version import RequestLimits
from braintrust_otel.errors import HoldError, IsolateError, RetryError, SendError, SplitError
from support import backend_faults as faults
from support.backend import Backend
from support.backend_faults import Fault


@dataclass(frozen=True)
class OneRow:
    data: bytes


@dataclass(frozen=True)
class Rows:
    rows: Sequence[OneRow]


class Pipe:
    """The wire layer as a program puts it together."""

    def __init__(self, backend: Backend) -> None:
        self.transport = RequestsTransport()
        self.api = Api(self.transport, timeout=5.0)
        self.credentials = Credentials(backend.api_key, backend.url)
        notices = Notices([].append, lambda: 0.0)
        account = LazyAccount(self.api, self.credentials)
        self.registrar = Registrar(self.api, account)
        limits = RequestLimits(self.api, notices)
        self.sender = Logs3Sender(self.api, account, limits, PayloadFiles(None, notices))

    def ship(self, *inputs: str) -> None:
        route = self.registrar.route(project_logs("demo"))
        rows = [{**route, "id": str(index), "input": text} for index, text in enumerate(inputs)]
        self.sender.send(Rows([OneRow(json.dumps(row).encode()) for row in rows]))


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.fixture
def pipe(backend: Backend) -> Iterator[Pipe]:
    pipe = Pipe(backend)
    yield pipe
    pipe.transport.close()


def test_rows_arrive_in_the_observed_order(backend: Backend, pipe: Pipe) -> None:
    """Shipping logs in, registers the project, asks for the limit, then sends the rows."""
    pipe.ship("a", "b")

    assert [received.endpoint for received in backend.requests()] == [
        "login",
        "project",
        "version",
        "logs3",
    ]
    assert [(row["id"], row["input"], row["log_id"]) for row in backend.stored()] == [
        ("0", "a", "g"),
        ("1", "b", "g"),
    ]
    assert "content-type" not in backend.requests("logs3")[0].headers


def test_a_second_batch_asks_nothing(backend: Backend, pipe: Pipe) -> None:
    """What was found out with the first batch is used for the next."""
    pipe.ship("a")
    pipe.ship("b")

    assert len(backend.requests()) == 5


def test_an_explicit_login_waits_out_troubles(backend: Backend, pipe: Pipe) -> None:
    """A login that is told to come back at once does, and succeeds."""
    backend.fail("login", faults.status(429, {"retry-after": "0"}), times=2)

    account = login(pipe.api, pipe.credentials)

    assert (account.org_name, account.api_url) == ("acme", backend.url)
    assert len(backend.requests("login")) == 3


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_large_batches_arrive_by_upload(method: str) -> None:
    """What the server does not take in one request arrives by either kind of upload."""
    with Backend(payload_limit=1000, upload_method=method) as backend:
        pipe = Pipe(backend)

        pipe.ship("x" * 2000)
        pipe.transport.close()

        assert [len(row["input"]) for row in backend.stored()] == [2000]
        upload = backend.requests("upload")[0]
        assert (upload.method, upload.query) == (method, "signature=secret")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (faults.status(503), RetryError),
        (faults.status(429, {"retry-after": "7"}), RetryError),
        (faults.reset(), RetryError),
        (faults.answer_lost(), RetryError),
        (faults.reset_in_body(), RetryError),
        (faults.truncated(), RetryError),
        (faults.too_large(10), SplitError),
        (faults.refuse_marked("poison"), IsolateError),
        (faults.status(401), HoldError),
        (faults.html_page(), HoldError),
        (faults.redirect("http://127.0.0.1:1/"), HoldError),
        (faults.json_answer(["odd"]), HoldError),
    ],
)
def test_after_a_fault_the_same_batch_arrives(
    fault: Fault, kind: type[SendError], backend: Backend, pipe: Pipe
) -> None:
    """Each fault is the error that says what is next, and once it is over the batch arrives."""
    backend.fail("logs3", fault)

    with pytest.raises(kind):
        pipe.ship("poison")
    pipe.ship("poison")

    assert [row["input"] for row in backend.stored()] == ["poison"]


def test_a_limit_that_cannot_be_asked_for_does_not_stop_rows(backend: Backend, pipe: Pipe) -> None:
    """Rows arrive at a server whose version cannot be had."""
    backend.fail_always("version", faults.status(500))

    pipe.ship("a")

    assert len(backend.stored()) == 1
