"""Old names that work on the current experiment."""

from __future__ import annotations

from typing import Any

from braintrust_otel._runtime import root
from braintrust_otel._tracing.current import current_experiment
from braintrust_otel.errors import BraintrustError

__all__ = ["log", "summarize"]


def log(**event: Any) -> str:
    """Log to the current experiment. Deprecated: use its ``log`` method.

    Args:
        **event: What ``Experiment.log`` takes.

    Returns:
        The row's id.

    Raises:
        BraintrustError: There is no current experiment.
    """
    row_id: str = _experiment("log").log(**event)
    return row_id


def summarize(summarize_scores: bool = True, comparison_experiment_id: str | None = None) -> Any:
    """Summarise the current experiment. Deprecated: use its ``summarize`` method.

    Args:
        summarize_scores: Whether the summary holds scores.
        comparison_experiment_id: Experiment to compare with; default the base experiment.

    Raises:
        BraintrustError: There is no current experiment.
    """
    return _experiment("summarize").summarize(
        summarize_scores=summarize_scores, comparison_experiment_id=comparison_experiment_id
    )


def _experiment(function: str) -> Any:
    root.notices.say_once(
        f"deprecated:{function}",
        f"braintrust.{function}() is deprecated: call experiment.{function}() instead.",
    )
    experiment = current_experiment()
    if experiment is None:
        raise BraintrustError(
            f"braintrust.{function}() works on the current experiment, and there is none. Start "
            "one with init(), or log to a span or a logger."
        )
    return experiment
