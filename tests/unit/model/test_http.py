"""HTTP exchanges as values."""

from __future__ import annotations

from braintrust_otel._model.http import HttpRequest, HttpResponse


def test_exchanges_compare_by_value() -> None:
    """Requests and responses are plain values with empty defaults."""
    assert HttpRequest("GET", "http://x/") == HttpRequest("GET", "http://x/", {}, b"")
    assert HttpResponse(200) == HttpResponse(200, {}, b"")
