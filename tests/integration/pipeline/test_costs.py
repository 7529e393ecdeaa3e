"""Rows of model calls have their cost, whoever made the spans."""

from __future__ import annotations

import pytest

import braintrust_otel as braintrust
from braintrust_otel.testing import capture_rows


def test_logged_call_has_its_cost() -> None:
    """A span that is logged as a model call by hand is priced like a traced one."""
    with capture_rows() as rows:
        logger = braintrust.init_logger(project="p")
        with logger.start_span(name="call", type="llm") as span:
            span.log(
                metadata={"model": "gpt-4o-mini", "provider": "openai"},
                metrics={"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000},
            )

        metrics = rows.one()["metrics"]

    assert metrics["estimated_cost"] == pytest.approx(0.15 + 0.60)


def test_scorer_has_none() -> None:
    """What judges do is no part of what the program costs."""
    with capture_rows() as rows:
        logger = braintrust.init_logger(project="p")
        attributes = {"purpose": "scorer"}
        with logger.start_span(name="judge", type="llm", span_attributes=attributes) as span:
            span.log(
                metadata={"model": "gpt-4o-mini", "provider": "openai"},
                metrics={"prompt_tokens": 1, "completion_tokens": 1},
            )

        metrics = rows.one()["metrics"]

    assert "estimated_cost" not in metrics
