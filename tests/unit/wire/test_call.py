from __future__ import annotations

import pytest

from braintrust_otel._wire.call import Call, mask_key


@pytest.mark.parametrize(
    ("key", "masked"),
    [("", ""), ("abcd", "****"), ("abcde", "ab*de"), ("sk-test", "sk***st")],
)
def test_a_masked_key_shows_its_ends_only(key: str, masked: str) -> None:
    """Two characters at each end stay, and short keys are starred wholly."""
    assert mask_key(key) == masked


def test_a_printed_call_holds_no_secret() -> None:
    """The key, the headers and the body of a call are not in its repr."""
    call = Call("Login", "POST", "http://h", "sk-secret", b"secret", {"x": "secret"})

    assert "secret" not in repr(call)
