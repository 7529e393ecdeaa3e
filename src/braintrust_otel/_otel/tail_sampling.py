"""Lets a program say which traces are kept."""

from __future__ import annotations

from braintrust_otel._model.sampling import TailSampling
from braintrust_otel._runtime import root

__all__ = ["set_tail_sampling"]


def set_tail_sampling(rules: TailSampling | None) -> None:
    """Ship of this process's traces those that *rules* keep, judged when they are over.

    A trace is held back until its last span here has ended, and then shipped whole, or dropped and
    counted. It holds for project logs, in every account; experiments and datasets are always
    shipped. Set it before anything is traced: what was put before is shipped.

    Args:
        rules: Which traces are kept; None for what the settings say, which is all by default.
    """
    root.sample_tails(rules)
