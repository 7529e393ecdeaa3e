"""What there is to do, and how it went."""

from __future__ import annotations

from dataclasses import dataclass

from braintrust_otel._shipping.batches import Parcel
from braintrust_otel._shipping.entries import Route
from braintrust_otel._shipping.lanes import Lane
from braintrust_otel.errors import SendError

__all__ = ["Delivered", "Failed", "Job", "Outcome", "Routed"]

Job = Parcel | Lane
"""A request to make: a parcel is to be sent, a lane's container is to be routed."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A parcel was acknowledged.

    Attributes:
        parcel: The parcel.
        max_request_bytes: The largest request that the receiver takes, as far as it is known now.
    """

    parcel: Parcel
    max_request_bytes: int


@dataclass(frozen=True, slots=True)
class Routed:
    """A lane's container was routed.

    Attributes:
        lane: The lane.
        route: Where its rows go.
    """

    lane: Lane
    route: Route


@dataclass(frozen=True, slots=True)
class Failed:
    """A request failed.

    Attributes:
        job: What it was made for.
        error: Why; the type says what happens next.
    """

    job: Job
    error: SendError


Outcome = Delivered | Routed | Failed
