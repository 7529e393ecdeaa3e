"""The resolved settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is configured. The table ``SETTINGS`` says what each value means and its default.

    Two attributes are about the others:

    Attributes:
        sources: Where each value came from, by attribute, as it follows "from": ``the default``,
            ``BRAINTRUST_API_KEY``, or the name and the path of the ``.env.braintrust`` file.
        problems: One line for each value that could not be used, and what is used instead.
    """

    api_key: str | None = field(repr=False)
    app_url: str
    api_url: str | None
    proxy_url: str | None
    org_name: str | None
    local: Literal["auto", "always", "never"]
    local_dir: Path | None
    local_max_bytes: int
    parent: str | None
    project: str | None
    project_id: str | None
    sync_flush: bool
    max_request_size: int | None
    default_batch_size: int
    num_retries: int
    queue_size: int
    queue_max_bytes: int
    queue_drop_when_full: bool
    queue_drop_logging_period: float
    attachment_queue_max_bytes: int
    http_timeout: float
    exit_timeout: float
    disable_atexit_flush: bool
    failed_payloads_dir: str | None
    all_payloads_dir: str | None
    max_generator_items: int
    instrument_threads: bool
    mask_errors: bool
    auto_convert_ai_attachments: bool
    filter_ai_spans: bool | None
    live_spans: bool
    llm_span: str
    otel_content: str
    capture_message_content: str
    openai_stream_usage: bool
    environment_type: str | None
    environment_name: str | None
    legacy_ids: bool
    tail_sampling_rate: float | None
    tail_sampling_errors: bool
    tail_sampling_slower_than: float | None
    tail_sampling_costlier_than: float | None
    tail_sampling_scores_below: float | None
    tail_sampling_wait: float
    tail_sampling_max_traces: int
    tail_sampling_max_bytes: int
    sources: Mapping[str, str]
    problems: tuple[str, ...]
