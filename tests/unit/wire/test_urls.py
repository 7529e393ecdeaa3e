from __future__ import annotations

import pytest

from braintrust_otel._wire.urls import join_url, shown_url


@pytest.mark.parametrize("base", ["http://h/prefix", "http://h/prefix/", "http://h/prefix//"])
@pytest.mark.parametrize("path", ["logs3", "/logs3"])
def test_slashes_at_the_seam_do_no_harm(base: str, path: str) -> None:
    """A base URL keeps its own path, and slashes are not doubled."""
    assert join_url(base, path) == "http://h/prefix/logs3"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@h:8/a/b?signature=secret#part", "https://h:8/a/b"),
        ("http://h", "http://h"),
        ("/elsewhere?x=1", "/elsewhere"),
        ("http://[::1", "<a URL that cannot be read>"),
    ],
)
def test_a_shown_url_holds_no_secret(url: str, shown: str) -> None:
    """User names, passwords, queries and fragments do not get into messages."""
    assert shown_url(url) == shown
