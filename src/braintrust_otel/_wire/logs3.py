"""Delivers batches of rows to ``/logs3``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from braintrust_otel import _json
from braintrust_otel._wire.account import Account
from braintrust_otel._wire.answers import is_html, json_object, unexpected
from braintrust_otel._wire.api import Api
from braintrust_otel._wire.call import Call
from braintrust_otel._wire.login import LazyAccount
from braintrust_otel._wire.overflow import OverflowUpload
from braintrust_otel._wire.payloads import PayloadFiles
from braintrust_otel._wire.urls import join_url
from braintrust_otel._wire.version import RequestLimits
from braintrust_otel.errors import RetryError, SendError, SplitError

__all__ = ["ENVELOPE_BYTES", "Logs3Sender", "RowsLike", "logs3_body"]

_BEFORE, _AFTER = b'{"rows": [', b'], "api_version": 2}'
ENVELOPE_BYTES = len(_BEFORE) + len(_AFTER)
"""Bytes of a request body that are not rows or the commas between them."""


class RowLike(Protocol):
    """A row as it goes over the wire."""

    @property
    def data(self) -> bytes:
        """The row's JSON text, routing fields included."""
        ...


class RowsLike(Protocol):
    """The rows of one request."""

    @property
    def rows(self) -> Sequence[RowLike]:
        """The rows, in order."""
        ...


def logs3_body(rows: Sequence[bytes]) -> bytes:
    """Return the request body that carries *rows*, each one a JSON text."""
    if len(rows) < 2:  # noqa: PLR2004  # with two, first and last are not the same
        return b"".join((_BEFORE, *rows, _AFTER))
    # One copy of megabytes, and not another one to put the ends around them.
    return b",".join((_BEFORE + rows[0], *rows[1:-1], rows[-1] + _AFTER))


class Logs3Sender:
    """Delivers batches, by upload where one is too large. Safe to use from several threads.

    A batch counts as taken when the answer is a success and its body is a JSON object or empty:
    nothing else is known of what a server says there. Anything else, a page for people above all,
    comes from a program that does not store rows, so the rows are kept.

    Args:
        api: Sends the requests.
        account: Whose rows they are; logs in with the first batch.
        limits: What the server takes.
        every_body: Keeps a copy of every body; without a directory it does nothing.
    """

    def __init__(
        self, api: Api, account: LazyAccount, limits: RequestLimits, every_body: PayloadFiles
    ) -> None:
        self._api = api
        self._account = account
        self._limits = limits
        self._every_body = every_body
        self._overflow = OverflowUpload(api)

    @property
    def max_request_bytes(self) -> int:
        """The largest request body, as far as that is known now; never uses the network."""
        return self._limits.current.max_request_bytes

    def send(self, batch: RowsLike) -> None:
        """Deliver *batch*; returning means that the server has taken it.

        Raises:
            SendError: It was not taken; the type says what happens next.
        """
        rows = [row.data for row in batch.rows]
        body = logs3_body(rows)
        self._every_body.write_once(body)
        account = self._account.get()
        limits = self._limits.learn(account)
        if limits.takes_overflow and len(body) > limits.max_request_bytes:
            self._detour(account, rows, body)
            return
        try:
            self._deliver(_rows_call(account, rows, body))
        except SplitError:
            # A proxy on the way may take less than the server itself.
            if not limits.takes_overflow or len(rows) > 1:
                raise
            self._detour(account, rows, body)

    def after_fork_in_child(self) -> None:
        """Keep what is known, limits included; requests under way are the parent's."""
        self._limits.after_fork_in_child()
        self._overflow.after_fork_in_child()
        self._every_body.after_fork_in_child()

    def _detour(self, account: Account, rows: Sequence[bytes], body: bytes) -> None:
        key = self._overflow.upload(account, rows, body)
        try:
            self._deliver(_reference_call(account, len(rows), key, len(body)))
        except RetryError:
            raise
        except SendError:
            self._overflow.forget(body)
            raise
        self._overflow.forget(body)

    def _deliver(self, call: Call) -> None:
        response = self._api.send(call)
        if is_html(response):
            raise unexpected(call, response, "is a page")
        if response.body.strip():
            json_object(call, response)


def _rows_call(account: Account, rows: Sequence[bytes], body: bytes) -> Call:
    url = join_url(account.api_url, "logs3")
    return Call(f"Sending {len(rows)} row(s)", "POST", url, key=account.api_key, body=body)


def _reference_call(account: Account, count: int, key: str, size: int) -> Call:
    rows = {"type": "logs3_overflow", "key": key, "size_bytes": size}
    return Call(
        f"Sending {count} uploaded row(s)",
        "POST",
        join_url(account.api_url, "logs3"),
        key=account.api_key,
        body=_json.dumps({"rows": rows, "api_version": 2}),
        headers={"content-type": "application/json"},
    )
