"""Which SDKs lean spans may stand in for."""

from __future__ import annotations

import re

import pytest

from braintrust_otel._otel.versions import NEWEST_SDK, OLDEST_SDK, is_tested
from support.house import ROOT


@pytest.mark.parametrize(
    "version", ["1.30", "1.30.0", "1.39.1", "1.45.2", "1.45.0rc1", "1.31.0.dev"]
)
def test_versions_in_the_range_are_tested(version: str) -> None:
    """From the oldest to the newest minor version each one counts as tested."""
    assert is_tested(version)


@pytest.mark.parametrize(
    "version", ["1.29.9", "1.46.0", "1.46.0b1", "2.0.0", "0.45", "1", "", "x.y"]
)
def test_other_versions_are_not_tested(version: str) -> None:
    """Older, newer and unreadable versions do not count as tested."""
    assert not is_tested(version)


@pytest.mark.parametrize(
    ("file", "pattern", "expected"),
    [
        ("Makefile", r"OLDEST_SDK := ([\d.]+)", OLDEST_SDK),
        ("Makefile", r"NEWEST_SDK := ([\d.]+)", NEWEST_SDK),
        ("pyproject.toml", r'"opentelemetry-sdk>=([\d.]+)"', OLDEST_SDK),
        ("pyproject.toml", r'"opentelemetry-api>=([\d.]+)"', OLDEST_SDK),
    ],
)
def test_what_is_declared_is_what_is_tested(
    file: str, pattern: str, expected: tuple[int, int]
) -> None:
    """The packages allow no SDK below those that `make oldest` and `make latest` test."""
    declared = re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"))

    assert declared == [".".join(map(str, expected))]
