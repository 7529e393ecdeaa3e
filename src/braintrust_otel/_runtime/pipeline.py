"""One pipeline: everything between a row source and the place where its rows go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._runtime.gate import ForkGate
from braintrust_otel._runtime.places import EMBEDDED, Place
from braintrust_otel._settings import Settings
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.surroundings import Masker, Surroundings
from braintrust_otel._version import __version__
from braintrust_otel._wire.account import Account, Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.login import LOGIN_TIMEOUT, LazyAccount, login
from braintrust_otel._wire.logs3 import Logs3Sender, logs3_body
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel._wire.register import Registrar
from braintrust_otel._wire.transport import (
    CappedTransport,
    DeferredTransport,
    FunctionTransport,
    Transport,
)
from braintrust_otel._wire.version import DEFAULT_MAX_REQUEST_BYTES, RequestLimits

if TYPE_CHECKING:
    from braintrust_otel._shipping.senders import RowSource
    from braintrust_otel.server.store import Store

__all__ = ["Environment", "Pipeline", "embedded_pipeline", "open_pipeline"]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The way to one place.

    Attributes:
        place: Where it leads.
        shipper: Takes row sources and delivers their rows.
        transport: Moves the requests.
        api: Sends calls other than rows.
        account: Who we are there, once known.
        registrar: Knows the ids of projects there.
        credentials: What we log in with.
        sender: Delivers batches there.
    """

    place: Place
    shipper: Shipper
    transport: Transport
    api: Api
    account: LazyAccount
    registrar: Registrar
    credentials: Credentials
    sender: Logs3Sender

    def put(self, source: RowSource) -> None:
        """Queue *source*; the caller's only cost unless the buffer is full."""
        self.shipper.put(source)

    def log_in(self) -> Account:
        """Log in now and keep the account.

        Raises:
            LoginError: The key is missing or refused.
            RetryError: The server cannot be reached.
            TimeoutError: It takes too long.
        """
        account = login(self.api, self.credentials)
        self.account.adopt(account)
        return account

    def resolved(self, container: Container) -> Container:
        """Return *container* with its id if that is known already; asks nobody."""
        if container.id or container.kind is not ContainerKind.PROJECT_LOGS:
            return container
        project = self.registrar.peek(container)
        return container if project is None else container._replace(id=project.id)

    def after_fork_in_child(self) -> None:
        """Start empty: the parent keeps its rows, threads and connections."""
        self.transport.after_fork_in_child()
        self.account.after_fork_in_child()
        self.registrar.after_fork_in_child()
        self.sender.after_fork_in_child()
        self.shipper.after_fork_in_child()


@dataclass(frozen=True, slots=True)
class Environment:
    """What a pipeline takes from the process.

    Attributes:
        settings: The settings.
        notices: Says things to the user.
        gate: Entered for imports in threads of ours.
        masker: Returns what masks rows, or None; asked for each row.
    """

    settings: Settings
    notices: Notices
    gate: ForkGate
    masker: Callable[[], Masker | None] = lambda: None


def open_pipeline(place: Place, environment: Environment) -> Pipeline:
    """Join the parts of the pipeline to *place*. Nothing is contacted or started yet."""
    if place.is_embedded:
        return embedded_pipeline(environment, lambda: _open_store(environment))
    return _join(place, DeferredTransport(lambda: _network(environment.gate)), environment)


def embedded_pipeline(
    environment: Environment, open_store: Callable[[], tuple[Store, str | None]]
) -> Pipeline:
    """Join the parts of a pipeline to a store in this process, which the first request opens."""
    from braintrust_otel.server.embedded import EmbeddedServer
    from braintrust_otel.server.settings import ServerSettings

    settings = ServerSettings(version=__version__)
    server = EmbeddedServer(open_store, environment.notices.say, settings)
    return _join(EMBEDDED, FunctionTransport(server.handle), environment)


def _join(place: Place, transport: Transport, environment: Environment) -> Pipeline:
    settings, notices = environment.settings, environment.notices
    hurried = CappedTransport(transport)
    api = Api(hurried, timeout=settings.http_timeout)
    credentials = Credentials(
        place.api_key,
        place.app_url,
        place.org_name,
        place.api_url,
        place.proxy_url,
        place.key_source,
    )
    account = LazyAccount(api, credentials, timeout=min(LOGIN_TIMEOUT, settings.http_timeout))
    registrar = Registrar(api, account)
    limits = RequestLimits(api, notices, configured=settings.max_request_size)
    sender = Logs3Sender(api, account, limits, PayloadFiles(settings.all_payloads_dir, notices))
    failed = PayloadFiles(settings.failed_payloads_dir, notices)
    surroundings = Surroundings(
        notices,
        dump=lambda batch, error: failed.write_failed(
            logs3_body([row.data for row in batch.rows]), error
        ),
        masker=environment.masker,
    )
    shipper = Shipper(sender, registrar, surroundings, shipping_options(settings))
    hurried.time_left = shipper.time_left
    return Pipeline(place, shipper, transport, api, account, registrar, credentials, sender)


def shipping_options(settings: Settings) -> ShippingOptions:
    """Return the part of *settings* that shapes shipping."""
    return ShippingOptions(
        max_rows_per_batch=settings.default_batch_size,
        max_batch_bytes=settings.max_request_size or DEFAULT_MAX_REQUEST_BYTES,
        queue_rows=settings.queue_size,
        queue_bytes=settings.queue_max_bytes,
        block_when_full=not settings.queue_drop_when_full,
        sync_flush=settings.sync_flush,
        retries=settings.num_retries,
        exit_timeout=settings.exit_timeout,
        drop_notice_period=settings.queue_drop_logging_period,
    )


def _network(gate: ForkGate) -> Transport:
    """Return the way to a server. Importing requests takes long, so the worker does it."""
    with gate:
        from braintrust_otel._wire.requests_transport import RequestsTransport

        return RequestsTransport(user_agent=f"braintrust-otel/{__version__}")


def _open_store(environment: Environment) -> tuple[Store, str | None]:
    with environment.gate:
        from braintrust_otel.server.store import open_store

    settings = environment.settings
    return open_store(settings.local_dir, settings.local_max_bytes, say=environment.notices.say)
