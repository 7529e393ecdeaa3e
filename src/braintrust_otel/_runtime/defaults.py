"""Where spans go, and which traces are kept, as the settings say."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from braintrust_otel._model.containers import Container
    from braintrust_otel._model.sampling import TailSampling
    from braintrust_otel._settings import Settings

__all__ = ["container_from", "rules_from"]


def container_from(settings: Settings) -> Container:
    """Return where spans go without a logger, as *settings* say."""
    from braintrust_otel._model.containers import (
        DEFAULT_OTEL_PROJECT,
        parse_container,
        project_logs,
    )

    given = parse_container(settings.parent) if settings.parent else None
    if given is not None:
        return given
    if settings.project_id or settings.project:
        return project_logs(settings.project, settings.project_id)
    return project_logs(DEFAULT_OTEL_PROJECT)


def rules_from(settings: Settings) -> TailSampling | None:
    """Return which traces are kept as *settings* say; None for all of them."""
    if settings.tail_sampling_rate is None:
        return None
    from braintrust_otel._model.sampling import TailSampling

    return TailSampling(
        base_rate=settings.tail_sampling_rate,
        errors=settings.tail_sampling_errors,
        slower_than=settings.tail_sampling_slower_than,
        costlier_than=settings.tail_sampling_costlier_than,
        scores_below=settings.tail_sampling_scores_below,
        wait=settings.tail_sampling_wait,
        max_traces=settings.tail_sampling_max_traces,
        max_bytes=settings.tail_sampling_max_bytes,
    )
