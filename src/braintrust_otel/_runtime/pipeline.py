"""One pipeline: everything between a row source and the place where its rows go."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from braintrust_otel._mapping.pricing import with_cost
from braintrust_otel._model.containers import Container, ContainerKind
from braintrust_otel._runtime.environment import Environment
from braintrust_otel._runtime.places import EMBEDDED, Place
from braintrust_otel._runtime.prices import PriceList
from braintrust_otel._shipping.options import DEFAULT_BATCH_BYTES, ShippingOptions
from braintrust_otel._shipping.shipper import Shipper
from braintrust_otel._shipping.surroundings import Surroundings

if TYPE_CHECKING:
    from braintrust_otel._model.attachments import AttachmentStatus, Uploadable
    from braintrust_otel._model.sampling import TailSampling
    from braintrust_otel._runtime.tail import TailSampler
    from braintrust_otel._runtime.wire import Wire
    from braintrust_otel._settings import Settings
    from braintrust_otel._shipping.senders import Batch, RowSource
    from braintrust_otel._shipping.stats import ShippingStats
    from braintrust_otel._shipping.surroundings import Masker
    from braintrust_otel._wire.account import Account
    from braintrust_otel._wire.transport import Transport
    from braintrust_otel.errors import SendError
    from braintrust_otel.server.store import Store

__all__ = ["Pipeline", "embedded_pipeline", "open_pipeline"]

_SECRET_BYTES = 16


class Pipeline:
    """The way to one place.

    What talks to the place is imported and made when the first row is delivered, in the thread
    that delivers it: the program's own thread does not wait for that.

    Args:
        place: Where it leads.
        environment: Settings, notices, and what else it takes from the process.
        make_transport: Returns what moves the requests.

    Attributes:
        calls: The calls of models that ended lately; set by the OpenTelemetry side.
    """

    def __init__(
        self, place: Place, environment: Environment, make_transport: Callable[[], Transport]
    ) -> None:
        self.place = place
        self.calls: Any = None
        self._environment = environment
        self._make_transport = make_transport
        self._lock = threading.RLock()
        self._wire: Wire | None = None
        surroundings = Surroundings(
            environment.notices,
            dump=self._dump,
            masker=environment.masker,
            is_ready=lambda: self._wire is not None,
            uploader=self,
            media=_media_extractor(environment.settings),
            pricing=_pricing(environment),
        )
        options = shipping_options(environment.settings)
        self._max_request_bytes = options.max_batch_bytes
        # The pipeline itself is sender, router and uploader: it passes all on to the wire.
        self.shipper = Shipper(self, self, surroundings, options)
        self.put: Callable[[RowSource], None] = self.shipper.put
        self._tail: TailSampler | None = None

    def sample_tails(self, rules: TailSampling | None) -> None:
        """Hold traces back and ship those that *rules* keep; None ships everything again."""
        if self._tail is not None:
            self._tail.close()
        self._tail = None
        self.put = self.shipper.put
        if rules is not None:
            with self._environment.gate:
                from braintrust_otel._runtime.tail import TailSampler

            price = _pricing(self._environment)
            self._tail = TailSampler(
                self.shipper.put, rules, self._environment.notices, price=price
            )
            self.put = self._tail.put

    def decide_traces(self) -> None:
        """Judge the traces that are held back by what is known of them."""
        if self._tail is not None:
            self._tail.decide_all()

    def shutdown(self, timeout: float | None = None) -> None:
        """Judge what is held back, deliver what is left, and end.

        Args:
            timeout: Seconds in all; None takes what the settings say.
        """
        if self._tail is not None:
            self._tail.close()
        self.shipper.shutdown(timeout)
        if self._tail is not None:
            self._tail.say()

    def stats(self) -> ShippingStats:
        """Return what became of everything that was put so far."""
        stats = self.shipper.stats()
        return stats if self._tail is None else replace(stats, sampling=self._tail.stats())

    @property
    def wire(self) -> Wire:
        """What talks to the place."""
        return self._wire or self._make_wire()

    @property
    def max_request_bytes(self) -> int:
        """The largest request body, as far as that is known now."""
        return self._wire.sender.max_request_bytes if self._wire else self._max_request_bytes

    def send(self, batch: Batch) -> None:
        """Deliver *batch*.

        Raises:
            SendError: It was not taken; the type says what happens next.
        """
        self.wire.sender.send(batch)

    def route(self, container: Container) -> Mapping[str, str]:
        """Return the routing fields of *container*, logging in and registering as needed.

        Raises:
            SendError: The container cannot be resolved now.
        """
        return self.wire.registrar.route(container)

    def store(self, attachment: Uploadable, progressed: Callable[[], None]) -> None:
        """Upload the bytes of *attachment*.

        Raises:
            SendError: They were not taken; the type says what happens next.
        """
        self.wire.attachments.store(attachment, progressed)

    def report(self, attachment: Uploadable, status: AttachmentStatus) -> None:
        """Tell the place how the upload of *attachment* went.

        Raises:
            SendError: The report was not taken.
        """
        self.wire.attachments.report(attachment, status)

    def log_in(self) -> Account:
        """Log in now and keep the account.

        Raises:
            LoginError: The key is missing or refused.
            RetryError: The server cannot be reached.
            TimeoutError: It takes too long.
        """
        return self.wire.log_in()

    def known_account(self) -> Account | None:
        """Return who we are there if that is known already; asks nobody."""
        return None if self._wire is None else self._wire.account.peek()

    def resolved(self, container: Container) -> Container:
        """Return *container* with its id if that is known already; asks nobody."""
        if container.id or self._wire is None or container.kind is not ContainerKind.PROJECT_LOGS:
            return container
        project = self._wire.registrar.peek(container)
        return container if project is None else container._replace(id=project.id)

    def after_fork_in_child(self) -> None:
        """Start empty: the parent keeps its rows, threads and connections."""
        self._lock = threading.RLock()
        self.calls = None
        if self._tail is not None:
            self._tail.after_fork_in_child()
        if self._wire is not None:
            self._wire.after_fork_in_child()
        self.shipper.after_fork_in_child()

    def _make_wire(self) -> Wire:
        with self._lock, self._environment.gate:
            from braintrust_otel._runtime.wire import open_wire

            if self._wire is None:
                transport, shipper = self._make_transport(), self.shipper
                self._wire = open_wire(
                    self.place, transport, self._environment, shipper.time_left, shipper.heard
                )
                shipper.heard()
            return self._wire

    def _dump(self, batch: Batch, error: SendError) -> None:
        self.wire.dump(batch, error)
        self._environment.refused(batch, error)


def open_pipeline(place: Place, environment: Environment) -> Pipeline:
    """Return the pipeline to *place*. Nothing is contacted or started yet."""
    if place.is_embedded:
        return embedded_pipeline(environment)

    def transport() -> Transport:
        from braintrust_otel._runtime.wire import network_transport

        return network_transport(environment)

    return Pipeline(place, environment, transport)


def embedded_pipeline(
    environment: Environment, open_store: Callable[[], tuple[Store, str | None]] | None = None
) -> Pipeline:
    """Return a pipeline to a store in this process, which the first request opens.

    Args:
        environment: What the pipeline takes from the process.
        open_store: Opens another store than the settings' one.
    """

    def transport() -> Transport:
        from braintrust_otel._runtime.wire import embedded_transport

        return embedded_transport(environment, open_store)

    return Pipeline(EMBEDDED, environment, transport)


def _pricing(environment: Environment) -> Masker:
    prices = PriceList(environment.notices, environment.gate)
    return lambda row: with_cost(row, prices.price)


def _media_extractor(settings: Settings) -> Masker | None:
    if not settings.auto_convert_ai_attachments:
        return None
    from braintrust_otel._mapping.media import media_extractor

    return media_extractor(os.urandom(_SECRET_BYTES))


def shipping_options(settings: Settings) -> ShippingOptions:
    """Return the part of *settings* that shapes shipping."""
    return ShippingOptions(
        max_rows_per_batch=settings.default_batch_size,
        max_batch_bytes=settings.max_request_size or DEFAULT_BATCH_BYTES,
        queue_rows=settings.queue_size,
        queue_bytes=settings.queue_max_bytes,
        block_when_full=not settings.queue_drop_when_full,
        sync_flush=settings.sync_flush,
        retries=settings.num_retries,
        exit_timeout=settings.exit_timeout,
        drop_notice_period=settings.queue_drop_logging_period,
        upload_queue_bytes=settings.attachment_queue_max_bytes,
    )
