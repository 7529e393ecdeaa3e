"""The environment variables of tail sampling."""

from __future__ import annotations

from braintrust_otel._settings import kinds
from braintrust_otel._settings.kinds import whole
from braintrust_otel._settings.setting import Setting

__all__ = ["SAMPLING_SETTINGS"]

_MEBIBYTE = 1024 * 1024
_SAMPLING = "Tail sampling"

SAMPLING_SETTINGS: tuple[Setting, ...] = (
    Setting(
        _SAMPLING,
        "tail_sampling_rate",
        "BRAINTRUST_TAIL_SAMPLING_RATE",
        kinds.SHARE,
        None,
        "Switches tail sampling on: the share of all traces that is kept whatever is in them. "
        "Without it every trace is kept.",
        default_text="off",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_errors",
        "BRAINTRUST_TAIL_SAMPLING_ERRORS",
        kinds.FLAG,
        default=True,
        meaning="Keep traces with an error.",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_slower_than",
        "BRAINTRUST_TAIL_SAMPLING_SLOWER_THAN",
        kinds.SECONDS,
        None,
        "Keep traces that took more seconds than this.",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_costlier_than",
        "BRAINTRUST_TAIL_SAMPLING_COSTLIER_THAN",
        kinds.AMOUNT,
        None,
        "Keep traces whose model calls cost more dollars than this.",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_scores_below",
        "BRAINTRUST_TAIL_SAMPLING_SCORES_BELOW",
        kinds.SHARE,
        None,
        "Keep traces with a score lower than this.",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_wait",
        "BRAINTRUST_TAIL_SAMPLING_WAIT",
        kinds.TIMEOUT,
        300.0,
        "Seconds without news of a trace after which it is judged, ended or not.",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_max_traces",
        "BRAINTRUST_TAIL_SAMPLING_MAX_TRACES",
        whole(1),
        20_000,
        "Traces that wait for their end, at most; then the oldest is judged early.",
    ),
    Setting(
        _SAMPLING,
        "tail_sampling_max_bytes",
        "BRAINTRUST_TAIL_SAMPLING_MAX_BYTES",
        whole(1),
        64 * _MEBIBYTE,
        "Bytes that those traces may take.",
    ),
)
"""A part of the one table."""
