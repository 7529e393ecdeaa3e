"""What is logged in these tests is caught in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from braintrust_otel.testing import CapturedRows, capture_rows


@pytest.fixture(autouse=True)
def rows() -> Iterator[CapturedRows]:
    """Catch what the test logs."""
    with capture_rows() as captured:
        yield captured
