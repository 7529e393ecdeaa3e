"""One pipeline: everything between a row source and the place where its rows go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._runtime.places import Place
from braintrust_otel._settings import Settings
from braintrust_otel._shipping.options import ShippingOptions
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.surroundings import Masker, Surroundings
from braintrust_otel._version import __version__
from braintrust_otel._wire.account import Account, Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.login import LazyAccount, login
from braintrust_otel._wire.logs3 import Logs3Sender, logs3_body
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel._wire.register import Registrar
from braintrust_otel._wire.transport import DeferredTransport, FunctionTransport, Transport
from braintrust_otel._wire.version import DEFAULT_MAX_REQUEST_BYTES, RequestLimits

if TYPE_CHECKING:
    from braintrust_otel._shipping.senders import RowSource

__all__ = ["Pipeline", "open_pipeline"]


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
    """

    place: Place
    shipper: Shipper
    transport: Transport
    api: Api
    account: LazyAccount
    registrar: Registrar
    credentials: Credentials

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
        return container if project is None else replace(container, id=project.id)

    def after_fork_in_child(self) -> None:
        """Start empty: the parent keeps its rows, threads and connections."""
        self.transport.after_fork_in_child()
        self.account.after_fork_in_child()
        self.registrar.after_fork_in_child()
        self.shipper.after_fork_in_child()


def open_pipeline(
    place: Place,
    settings: Settings,
    notices: Notices,
    masker: Callable[[], Masker | None],
) -> Pipeline:
    """Join the parts of the pipeline to *place*. Nothing is contacted or started yet."""
    transport = _embedded(settings, notices) if place.is_embedded else DeferredTransport(_network)
    api = Api(transport, timeout=settings.http_timeout)
    credentials = Credentials(
        place.api_key,
        place.app_url,
        place.org_name,
        place.api_url,
        place.proxy_url,
        place.key_source,
    )
    account = LazyAccount(api, credentials)
    registrar = Registrar(api, account)
    limits = RequestLimits(api, notices, configured=settings.max_request_size)
    every_body = PayloadFiles(settings.all_payloads_dir, notices)
    failed = PayloadFiles(settings.failed_payloads_dir, notices)
    sender = Logs3Sender(api, account, limits, every_body)
    surroundings = Surroundings(
        notices,
        dump=lambda batch, error: failed.write_failed(
            logs3_body([row.data for row in batch.rows]), error
        ),
        masker=masker,
    )
    shipper = Shipper(sender, registrar, surroundings, shipping_options(settings))
    return Pipeline(place, shipper, transport, api, account, registrar, credentials)


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
    )


def _network() -> Transport:
    """Return the way to a server. Importing requests takes long, so the worker does it."""
    from braintrust_otel._wire.requests_transport import RequestsTransport

    return RequestsTransport()


def _embedded(settings: Settings, notices: Notices) -> Transport:
    """Return the way to the store on this machine, which the first request opens."""
    from braintrust_otel.server.embedded import EmbeddedServer
    from braintrust_otel.server.settings import ServerSettings
    from braintrust_otel.server.store import open_store

    server = EmbeddedServer(
        lambda: open_store(settings.local_dir, settings.local_max_bytes, say=notices.say),
        notices.say,
        ServerSettings(version=__version__),
    )
    return FunctionTransport(server.handle)
