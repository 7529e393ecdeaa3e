"""Logging in, and delivering what was logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from braintrust_otel._otel.sources import queue_open_spans
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._shipping.stats import ShippingStats

__all__ = ["flush", "login", "stats"]


def login(
    app_url: str | None = None,
    api_key: str | None = None,
    org_name: str | None = None,
    force_login: bool = False,
) -> None:
    """Log in now, instead of with the first rows.

    Not needed: everything logs in by itself. It shows at once whether the key is right, and fixes
    the account for everything that names none.

    Args:
        app_url: Base URL of the app; default ``BRAINTRUST_APP_URL``.
        api_key: API key; default ``BRAINTRUST_API_KEY``, else the nearest ``.env.braintrust``.
        org_name: Organisation; default ``BRAINTRUST_ORG_NAME``, else the key's first one.
        force_login: Log in even if this process already is, perhaps as somebody else.

    Raises:
        LoginError: There is no key, it was refused, it belongs to no usable organisation, or the
            process is logged in with other arguments. It is a ``ValueError``.
        RetryError: The server could not be reached.
        TimeoutError: The login took more than 30 s.
    """
    root.log_in(app_url, api_key, org_name, force=force_login)


def flush() -> None:
    """Block until everything logged so far is delivered, or given up for now.

    What was logged on spans that have not ended is delivered too.

    Raises:
        FlushError: Something could not be delivered, with ``BRAINTRUST_SYNC_FLUSH`` only.
    """
    queue_open_spans()
    root.flush()


def stats() -> ShippingStats:
    """Return what became of every row that this process logged so far.

    ``logged == sent + rejected + lost + held + queued + in_flight``, at any time and over all
    accounts. Spans that have not ended are not counted yet.
    """
    return root.stats()
