"""Sets the requests adapter that every connection of ours goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._wire.retrying_adapter import HTTPAdapter

__all__ = ["set_http_adapter"]


def set_http_adapter(adapter: HTTPAdapter | None) -> None:
    """Send every request of this package through *adapter*, those of existing connections too.

    For proxies, certificates or retries of one's own; may be called before logging in. The
    adapter stays the caller's: it is never closed here. After a fork it gets new connections in the
    child, because two processes cannot share one.

    Args:
        adapter: An adapter of the requests library, safe to use from several threads; None for
            our own one.

    Raises:
        TypeError: *adapter* cannot send requests.
    """
    if adapter is not None and not callable(getattr(adapter, "send", None)):
        raise TypeError(
            f"set_http_adapter takes an adapter of the requests library (such as "
            f"requests.adapters.HTTPAdapter), not {type(adapter).__name__}."
        )
    root.http_adapter = adapter
