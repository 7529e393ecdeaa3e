"""Makes the requests that were decided on, and does what the decisions ask for besides."""

from __future__ import annotations

from braintrust_otel._diagnostics import guard
from braintrust_otel._shipping.effects import Effects
from braintrust_otel._shipping.entries import route_for
from braintrust_otel._shipping.jobs import Delivered, Failed, Job, Outcome, Routed
from braintrust_otel._shipping.lanes import Lane
from braintrust_otel._shipping.senders import Router, Sender
from braintrust_otel._shipping.surroundings import Surroundings
from braintrust_otel.errors import HoldError, SendError

__all__ = ["Delivery"]


class Delivery:
    """Carries out decisions. Every method may be called from several threads; none takes a lock.

    Args:
        sender: Delivers batches.
        router: Finds out where containers' rows go.
        surroundings: Dump, spool and notices.
    """

    __slots__ = ("_router", "_sender", "_surroundings")

    def __init__(self, sender: Sender, router: Router, surroundings: Surroundings) -> None:
        self._sender = sender
        self._router = router
        self._surroundings = surroundings

    def attempt(self, job: Job) -> Outcome:
        """Make the request for *job*.

        An error that is no ``SendError`` is a fault of ours: it is reported, and the rows are held
        like those of any other failure.

        Raises:
            BaseException: What interrupted the request and is no ``Exception``.
        """
        try:
            if isinstance(job, Lane):
                return Routed(job, route_for(self._router.route(job.container)))
            self._sender.send(job.batch())
            return Delivered(job, self._sender.max_request_bytes)
        except SendError as error:
            return Failed(job, error)
        except Exception as error:  # noqa: BLE001 - our own bug must not lose rows
            self._surroundings.notices.bug("delivering rows", error)
            held = HoldError("Rows could not be delivered because of a bug of braintrust-otel.")
            held.__cause__ = error
            return Failed(job, held)

    def carry_out(self, effects: Effects) -> None:
        """Dump, forget and say what *effects* ask for."""
        notices = self._surroundings.notices
        for batch, error in effects.dumps:
            with guard("keeping a failed payload", notices):
                self._surroundings.dump(batch, error)
        if effects.tickets:
            with guard("removing rows from the spool", notices):
                self._surroundings.spool.remove(effects.tickets)
        for notice in effects.notices:
            notices.say_at_most(notice.topic, notice.text)
