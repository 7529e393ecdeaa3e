from __future__ import annotations

import pytest

from braintrust_otel._runtime.wording import open_spans


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 span had not ended"), (1200, "1,200 spans had not ended")]
)
def test_open_spans_are_counted(count: int, said: str) -> None:
    """The line about spans that are open at the end begins with their number."""
    assert open_spans(count).startswith(said)
