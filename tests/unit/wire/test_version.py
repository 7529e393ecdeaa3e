from __future__ import annotations

import math

import pytest

from braintrust_otel._diagnostics import Notices
from braintrust_otel._model.http import HttpResponse
from braintrust_otel._wire.version import Limits, RequestLimits, limits_from
from braintrust_otel.errors import RetryError
from support.backend_script import ACCOUNT, Script, answer, text

MIB = 1024 * 1024


class Said:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.now = 0.0
        self.notices = Notices(self.lines.append, lambda: self.now)


@pytest.mark.parametrize(
    ("told", "configured", "limits"),
    [
        (5_000_000, None, Limits(5_000_000, takes_overflow=True)),
        (5_000_000.9, None, Limits(5_000_000, takes_overflow=True)),
        (5_000_000, 1_000, Limits(1_000, takes_overflow=True)),
        (1_000, 5_000_000, Limits(1_000, takes_overflow=True)),
        *(
            (told, None, Limits(6 * MIB, takes_overflow=False))
            for told in (None, 0, -1, 0.5, True, "5", [], math.inf, math.nan)
        ),
        (True, 77, Limits(77, takes_overflow=False)),
    ],
)
def test_limits_are_what_both_sides_take(
    told: object, configured: int | None, limits: Limits
) -> None:
    """The smaller limit counts; overflow is on only if the server names a real number."""
    assert limits_from({"logs3_payload_max_bytes": told, "version": "1"}, configured) == limits


def test_the_server_is_asked_once() -> None:
    """The first need asks, and what was told is known from then on."""
    script = Script(answer({"logs3_payload_max_bytes": 1000}))
    limits = RequestLimits(script.api, Said().notices)

    before = limits.current
    learned = [limits.learn(ACCOUNT), limits.learn(ACCOUNT)]
    limits.after_fork_in_child()

    assert before == Limits(6 * MIB, takes_overflow=False)
    assert [*learned, limits.learn(ACCOUNT)] == [Limits(1000, takes_overflow=True)] * 3
    assert limits.current == Limits(1000, takes_overflow=True)
    assert script.asked == ["GET http://api.test/version"]


@pytest.mark.parametrize("failure", [text("", 404), text("", 500), text("<html>"), RetryError("x")])
def test_a_server_that_cannot_tell_is_no_reason_not_to_send(
    failure: HttpResponse | Exception,
) -> None:
    """Without an answer the configured limit holds, which is said once."""
    said = Said()
    limits = RequestLimits(Script(failure).api, said.notices, configured=500, clock=lambda: 0.0)

    learned = [limits.learn(ACCOUNT), limits.learn(ACCOUNT)]

    assert learned == [Limits(500, takes_overflow=False)] * 2
    assert len(said.lines) == 1
    assert "request limit is unknown, 500 bytes" in said.lines[0]


def test_a_server_that_could_not_tell_is_asked_again_after_a_minute() -> None:
    """A failure is not for good, and is said only once."""
    said = Said()
    script = Script(text("", 503), text("", 503), answer({"logs3_payload_max_bytes": 1000}))
    limits = RequestLimits(script.api, said.notices, clock=lambda: said.now)
    seen = []

    seen.append((limits.learn(ACCOUNT).takes_overflow, len(script.requests)))
    said.now = 59.0
    seen.append((limits.learn(ACCOUNT).takes_overflow, len(script.requests)))
    said.now = 60.0
    seen.append((limits.learn(ACCOUNT).takes_overflow, len(script.requests)))
    said.now = 120.0
    seen.append((limits.learn(ACCOUNT).takes_overflow, len(script.requests)))

    assert seen == [(False, 1), (False, 1), (False, 2), (True, 3)]
    assert len(said.lines) == 1
