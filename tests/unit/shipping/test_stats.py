"""Counts of several pipelines add up."""

from __future__ import annotations

from braintrust_otel._shipping.stats import ShippingStats, UploadStats


def test_counts_add_up_field_by_field() -> None:
    """The sum of two counts has the sums of all fields, those of attachments included."""
    one = ShippingStats(logged=3, sent=2, lost=1, attachments=UploadStats(logged=1, uploaded=1))
    other = ShippingStats(logged=1, held=1, attachments=UploadStats(logged=2, failed=2))

    total = one + other

    assert total == ShippingStats(
        logged=4,
        sent=2,
        lost=1,
        held=1,
        attachments=UploadStats(logged=3, uploaded=1, failed=2),
    )
