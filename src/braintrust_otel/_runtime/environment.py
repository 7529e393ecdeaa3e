"""What a pipeline takes from the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from braintrust_otel._diagnostics import Notices
from braintrust_otel._runtime.gate import ForkGate

if TYPE_CHECKING:
    from braintrust_otel._settings import Settings
    from braintrust_otel._shipping.senders import Batch
    from braintrust_otel._shipping.surroundings import Masker
    from braintrust_otel._wire.retrying_adapter import HTTPAdapter
    from braintrust_otel.errors import SendError

__all__ = ["Environment"]


@dataclass(frozen=True, slots=True)
class Environment:
    """What a pipeline takes from the process.

    Attributes:
        settings: The settings.
        notices: Says things to the user.
        gate: Entered for imports in threads of ours.
        masker: Returns what masks rows, or None; asked for each row.
        refused: Called with rows that are given up for now, and why, besides the failed-payload
            directory. Called in any thread; should not raise.
        http_adapter: Returns the user's own requests adapter, or None; asked for each request.
    """

    settings: Settings
    notices: Notices
    gate: ForkGate
    masker: Callable[[], Masker | None] = lambda: None
    refused: Callable[[Batch, SendError], None] = lambda batch, error: None
    http_adapter: Callable[[], HTTPAdapter | None] = lambda: None
