"""The numbers that shape shipping."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_BATCH_BYTES", "MEBIBYTE", "ShippingOptions"]

MEBIBYTE = 1024 * 1024

DEFAULT_BATCH_BYTES = 6 * MEBIBYTE
"""Bytes of one request where neither the user nor the receiver names a limit."""


@dataclass(frozen=True, slots=True)
class ShippingOptions:
    """How much is kept, how it is grouped, and how long things may take.

    Attributes:
        max_rows_per_batch: Rows in one request, at most.
        max_batch_bytes: Bytes of one request, at most; the receiver's own limit holds as well.
        max_in_flight: Requests under way at the same time, at most.
        linger: Seconds that a row waits for company before it is sent.
        drain_period: Seconds within which the worker has seen what was put.
        queue_rows: What may be waiting, in flight or held together; 0 lifts both bounds.
        queue_bytes: The same bound in bytes.
        block_when_full: True makes callers wait for room, False drops what does not fit.
        stall_timeout: Seconds without any acknowledgement after which waiting for room is given up.
        sync_flush: True delivers in ``flush()`` only, in the thread that calls it.
        retries: Quick tries of one delivery after the first.
        exit_timeout: Seconds that a shutdown may take in all.
        exit_idle: Seconds that a shutdown waits for the next acknowledgement.
        drop_notice_period: Seconds between two notices about dropped rows, at least.
        upload_threads: Attachments that are uploaded at the same time, at most.
        upload_queue_count: Attachments that may wait.
        upload_queue_bytes: Memory that their bytes may take; files on disk take none.
    """

    max_rows_per_batch: int = 1000
    max_batch_bytes: int = DEFAULT_BATCH_BYTES
    max_in_flight: int = 4
    linger: float = 0.2
    drain_period: float = 0.05
    queue_rows: int = 25_000
    queue_bytes: int = 64 * MEBIBYTE
    block_when_full: bool = True
    stall_timeout: float = 5.0
    sync_flush: bool = False
    retries: int = 2
    exit_timeout: float = 30.0
    exit_idle: float = 2.0
    drop_notice_period: float = 60.0
    upload_threads: int = 2
    upload_queue_count: int = 25_000
    upload_queue_bytes: int = 256 * MEBIBYTE
