"""A backend for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.backend import Backend


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Serve on loopback until the test has ended."""
    with Backend() as running:
        yield running
