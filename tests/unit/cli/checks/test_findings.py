"""The report is short where nothing was set."""

from __future__ import annotations

from braintrust_otel.cli.checks.findings import DEFAULT, Finding, brief


def setting(name: str, source: str) -> Finding:
    """Return the finding of a setting."""
    return Finding("Settings", "ok", name, "value", source)


def test_settings_that_nobody_set_are_one_line() -> None:
    """What was set stays, and the rest is counted after it."""
    before, after = Finding("Software", "ok", "a", "1"), Finding("Store", "ok", "b", "2")
    mine, last = setting("MINE", "environment"), setting("LAST", "environment")
    found = [before, setting("X", DEFAULT), mine, setting("Y", DEFAULT), last, after]

    assert brief(found) == [
        before,
        mine,
        Finding("Settings", "ok", "all others", "2 have their defaults; --all lists them"),
        last,
        after,
    ]


def test_report_without_defaults_stays() -> None:
    """There is nothing to leave out."""
    assert brief([setting("MINE", "environment")]) == [setting("MINE", "environment")]
