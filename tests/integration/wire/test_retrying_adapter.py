"""The adapter that tries again, over real connections."""

from __future__ import annotations

import io
import logging
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from requests.exceptions import UnrewindableBodyError
from urllib3.exceptions import ClosedPoolError

from braintrust_otel._model.http import HttpRequest
from braintrust_otel._wire.requests_transport import RequestsTransport
from braintrust_otel._wire.retrying_adapter import RetryRequestExceptionsAdapter
from braintrust_otel.errors import RetryError
from support import backend_faults as faults
from support.backend import Backend

Mount = Callable[..., requests.Session]

ANSWERED = 401
"""What the backend says to requests without a key: an answer like any other."""


def hang_in_body(exchange: faults.Exchange) -> None:
    """Send the beginning of an answer, and then nothing until released."""
    exchange.begin(200, {}, 100)
    exchange.write(b"x")
    exchange.pause()
    exchange.reset()


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as running:
        yield running


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Return what makes a session with the adapter, whose pauses are not worth a test's time."""
    sessions: list[requests.Session] = []

    def make(**options: float) -> requests.Session:
        session = requests.Session()
        sessions.append(session)
        session.mount("http://", RetryRequestExceptionsAdapter(**{"backoff_factor": 0, **options}))
        return session

    yield make
    for session in sessions:
        session.close()


def post(session: requests.Session, backend: Backend, **options: object) -> requests.Response:
    return session.post(f"{backend.url}/x", **{"data": b"abc", "timeout": 5, **options})


@pytest.mark.parametrize(
    "fault", [faults.reset(), faults.truncated()], ids=["no answer", "half an answer"]
)
def test_broken_connection_is_tried_again(
    fault: faults.Fault, backend: Backend, mount: Mount, caplog: pytest.LogCaptureFixture
) -> None:
    """A request whose connection breaks is repeated, in its answer too, and two lines say so."""
    caplog.set_level(logging.WARNING)
    backend.fail("other", fault, times=2)

    response = post(mount(base_num_retries=2), backend)

    assert response.status_code == ANSWERED
    assert [received.body for received in backend.requests()] == [b"abc"] * 3
    assert len(caplog.messages) == 4
    assert "is tried again in 0 s, 2 of 2." in caplog.messages[3]


def test_retries_are_bounded(backend: Backend, mount: Mount) -> None:
    """After its retries, the adapter raises what requests raised."""
    backend.fail_always("other", faults.reset())

    with pytest.raises(requests.ConnectionError):
        post(mount(base_num_retries=1), backend)

    assert len(backend.requests()) == 2


def test_no_retry_unless_asked_for(backend: Backend, mount: Mount) -> None:
    """Without a number of retries there are none."""
    backend.fail("other", faults.reset())

    with pytest.raises(requests.ConnectionError):
        post(mount(), backend)

    assert len(backend.requests()) == 1


def test_statuses_are_answers(backend: Backend, mount: Mount) -> None:
    """A refusal is an answer: it is for the caller to judge."""
    backend.fail("other", faults.status(503))

    assert post(mount(base_num_retries=3), backend).status_code == 503
    assert len(backend.requests()) == 1


@pytest.mark.parametrize(
    "fault", [faults.hang(), hang_in_body], ids=["silence", "silence in the answer"]
)
def test_silence_drops_idle_connections(
    fault: faults.Fault, backend: Backend, mount: Mount
) -> None:
    """After a read timeout nothing is sent over connections that were there before."""
    session = mount(base_num_retries=1)
    use_two_connections(session, backend)
    backend.fail("other", fault)

    response = post(session, backend, timeout=0.2)
    use_two_connections(session, backend)

    connections = [received.connection for received in backend.requests()]
    before, after = connections[:3], connections[3:]
    assert response.status_code == ANSWERED
    assert len(set(before)) == 2
    assert set(before).isdisjoint(after)


def use_two_connections(session: requests.Session, backend: Backend) -> None:
    """Leave two idle connections: neither request is answered before both have come."""
    both = threading.Barrier(2)

    def wait_for_the_other(exchange: faults.Exchange) -> None:
        both.wait(5)
        exchange.proceed()

    backend.fail("other", wait_for_the_other, times=2)
    threads = [threading.Thread(target=post, args=(session, backend)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


def test_default_timeout_holds(backend: Backend, mount: Mount) -> None:
    """A request without a timeout gets the adapter's."""
    backend.fail_always("other", faults.hang())

    with pytest.raises(requests.ReadTimeout):
        post(mount(default_timeout_secs=0.1), backend, timeout=None)


def test_body_is_sent_from_its_beginning(backend: Backend, mount: Mount) -> None:
    """A body that is read from a file is complete in the second try, too."""
    backend.fail("other", faults.reset())

    post(mount(base_num_retries=1), backend, data=io.BytesIO(b"whole"))

    assert backend.requests()[-1].body == b"whole"


def test_body_that_is_used_up_is_not_sent_again(backend: Backend, mount: Mount) -> None:
    """A body that can be read once only gets one try."""
    backend.fail("other", faults.reset())

    with pytest.raises(UnrewindableBodyError):
        post(mount(base_num_retries=1), backend, data=iter([b"piece"]))


def test_adapter_works_after_closing(backend: Backend, mount: Mount) -> None:
    """Closing the adapter drops its idle connections and nothing else."""
    session = mount()
    post(session, backend)

    session.close()

    assert post(session, backend).status_code == ANSWERED


def test_closing_disturbs_nobody(backend: Backend, mount: Mount) -> None:
    """Requests of other threads go on while the adapter is closed again and again."""
    session, statuses = mount(), list[int]()
    may_start = threading.Barrier(5)

    def ask() -> None:
        may_start.wait(5)
        statuses.extend(post(session, backend).status_code for _ in range(30))

    def close() -> None:
        may_start.wait(5)
        for _ in range(300):
            session.close()

    threads = [threading.Thread(target=target) for target in (ask, ask, ask, ask, close)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert statuses == [ANSWERED] * 120


def test_pool_closed_by_another_thread_is_no_failure(backend: Backend) -> None:
    """A connection pool that was closed between being found and being used is looked up again."""

    class ClosedTwice(RetryRequestExceptionsAdapter):
        left = 2

        def cert_verify(self, conn: Any, *args: Any) -> None:
            if self.left:
                self.left -= 1
                raise requests.ConnectionError(ClosedPoolError(conn, "closed"))

    with requests.Session() as session:
        session.mount("http://", ClosedTwice())

        assert post(session, backend).status_code == ANSWERED


def test_retries_end_with_the_deadline(backend: Backend) -> None:
    """Inside one of our requests, a retry that could not end in time is not begun."""
    backend.fail_always("logs3", faults.reset())
    adapter = RetryRequestExceptionsAdapter(base_num_retries=9, backoff_factor=60)
    transport = RequestsTransport(lambda: adapter)

    with pytest.raises(RetryError, match="did not get through"):
        transport.send(HttpRequest("POST", f"{backend.url}/logs3", {}, b"{}"), 1.0)

    adapter.close()
    assert len(backend.requests()) == 1


def test_adapter_can_be_pickled() -> None:
    """A copy, in another process for instance, has the same options."""
    adapter = RetryRequestExceptionsAdapter(
        base_num_retries=3, backoff_factor=1, default_timeout_secs=9, pool_maxsize=2
    )

    copy = pickle.loads(pickle.dumps(adapter))  # noqa: S301 - our own bytes

    options = (copy.base_num_retries, copy.backoff_factor, copy.default_timeout_secs)
    assert options == (3, 1, 9)
