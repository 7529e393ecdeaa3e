from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from braintrust_otel._wire.api import Api
from braintrust_otel._wire.login import Account, Credentials, LazyAccount
from braintrust_otel._wire.requests_transport import RequestsTransport
from braintrust_otel.errors import RetryError
from support import backend_faults as faults
from support.backend import Backend

THREADS = 8


def test_threads_share_one_login() -> None:
    """Threads that need the account at once make one request and get the same account."""
    transport = RequestsTransport()
    with Backend() as backend, ThreadPoolExecutor(THREADS) as pool:
        lazy = LazyAccount(Api(transport), Credentials(backend.api_key, backend.url))
        backend.fail("login", lambda exchange: exchange.pause() and exchange.proceed())
        futures = [pool.submit(lazy.get) for _ in range(THREADS)]
        backend.wait_for_requests("login", 1)
        backend.release()

        accounts: set[Account] = {future.result() for future in futures}

        assert len(accounts) == 1
        assert len(backend.requests("login")) == 1
    transport.close()


def test_threads_share_a_failure_and_the_next_one_works() -> None:
    """Everyone who waits for a login sees its failure; a later need logs in again."""
    transport = RequestsTransport()
    with Backend() as backend, ThreadPoolExecutor(THREADS) as pool:
        lazy = LazyAccount(Api(transport), Credentials(backend.api_key, backend.url))
        backend.fail("login", faults.hang())
        futures = [pool.submit(lazy.get) for _ in range(THREADS)]
        backend.wait_for_requests("login", 1)
        backend.heal()

        failures = [type(future.exception()) for future in futures]

        assert RetryError in failures
        assert set(failures) <= {RetryError, type(None)}
        assert lazy.get().org_name == "acme"
    transport.close()
