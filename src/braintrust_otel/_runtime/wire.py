"""Joins what talks to one place: transport, account, projects, rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from braintrust_otel._runtime.environment import Environment
from braintrust_otel._runtime.places import Place
from braintrust_otel._settings import store_directory
from braintrust_otel._version import __version__
from braintrust_otel._wire.account import Account, Credentials
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.attachments import AttachmentApi
from braintrust_otel._wire.login import LOGIN_TIMEOUT, LazyAccount, login
from braintrust_otel._wire.logs3 import Logs3Sender, logs3_body
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel._wire.register import Registrar
from braintrust_otel._wire.transport import CappedTransport, FunctionTransport, Transport
from braintrust_otel._wire.version import RequestLimits

if TYPE_CHECKING:
    from braintrust_otel._shipping.senders import Batch
    from braintrust_otel.errors import SendError
    from braintrust_otel.server.store import Store

__all__ = ["Wire", "embedded_transport", "network_transport", "open_wire"]

_BUSY_TIMEOUT = 1.0
"""Seconds to wait for another process's lock on the store before the rows go back to be tried
again: less than a program waits at its end, so that it can say what kept them."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What talks to one place.

    Attributes:
        transport: Moves the requests.
        api: Sends calls other than rows.
        credentials: What we log in with.
        account: Who we are there, once known.
        registrar: Knows the ids of projects there.
        sender: Delivers batches there.
        attachments: Moves the bytes of attachments.
        failed: Keeps bodies that were not taken, if the user wants that.
    """

    transport: Transport
    api: Api
    credentials: Credentials
    account: LazyAccount
    registrar: Registrar
    sender: Logs3Sender
    attachments: AttachmentApi
    failed: PayloadFiles

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

    def dump(self, batch: Batch, error: SendError) -> None:
        """Keep the body of a *batch* that was not taken, and why, if the user wants that."""
        self.failed.write_failed(logs3_body([row.data for row in batch.rows]), error)

    def after_fork_in_child(self) -> None:
        """Forget what belongs to the parent: connections, and requests under way."""
        self.transport.after_fork_in_child()
        self.account.after_fork_in_child()
        self.registrar.after_fork_in_child()
        self.sender.after_fork_in_child()
        self.failed.after_fork_in_child()


def open_wire(
    place: Place,
    transport: Transport,
    environment: Environment,
    time_left: Callable[[], float | None],
    heard: Callable[[], None],
) -> Wire:
    """Join the parts. Nothing is contacted yet.

    Args:
        place: Where they lead.
        transport: Moves the requests.
        environment: Settings and notices.
        time_left: Returns the seconds that a request may take at most, or None.
        heard: Called after each success.
    """
    settings, notices = environment.settings, environment.notices
    api = Api(CappedTransport(transport, time_left, heard), timeout=settings.http_timeout)
    credentials = Credentials(
        place.api_key,
        place.app_url,
        place.org_name,
        place.api_url,
        place.proxy_url,
        place.key_source,
    )
    account = LazyAccount(api, credentials, timeout=min(LOGIN_TIMEOUT, settings.http_timeout))
    limits = RequestLimits(api, notices, configured=settings.max_request_size)
    every_body = PayloadFiles(settings.all_payloads_dir, notices)
    return Wire(
        transport=transport,
        api=api,
        credentials=credentials,
        account=account,
        registrar=Registrar(api, account),
        sender=Logs3Sender(api, account, limits, every_body),
        attachments=AttachmentApi(api, account),
        failed=PayloadFiles(settings.failed_payloads_dir, notices),
    )


def network_transport(environment: Environment) -> Transport:
    """Return the way to a server. Importing requests takes long, so it is done here and now."""
    from braintrust_otel._wire.requests_transport import RequestsTransport

    return RequestsTransport(environment.http_adapter, user_agent=f"braintrust-otel/{__version__}")


def embedded_transport(
    environment: Environment, open_store: Callable[[], tuple[Store, str | None]] | None = None
) -> Transport:
    """Return the way to the store in this process, which the first request opens.

    Args:
        environment: Settings and notices.
        open_store: Opens another store than the settings' one.
    """
    from braintrust_otel.server.embedded import EmbeddedServer
    from braintrust_otel.server.settings import ServerSettings
    from braintrust_otel.server.store import open_store as open_file

    settings, say = environment.settings, environment.notices.say

    def open_default() -> tuple[Store, str | None]:
        directory, most = store_directory(settings), settings.local_max_bytes
        return open_file(directory, most, busy_timeout=_BUSY_TIMEOUT, say=say)

    server_settings = ServerSettings(version=__version__)
    return FunctionTransport(
        EmbeddedServer(open_store or open_default, say, server_settings).handle
    )
