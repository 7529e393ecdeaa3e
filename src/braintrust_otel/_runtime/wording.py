"""What a process is told about how it uses us, one line each."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from braintrust_otel._settings import Settings

__all__ = ["EMBEDDED", "LATE_START", "open_spans", "unreadable_parent"]

EMBEDDED = (
    "No Braintrust API key is set, so traces go to the store on this machine. "
    "See them with: braintrust-otel traces"
)

LATE_START = (
    "This program began to log when it was ending already: what it does not deliver with flush() "
    "is lost."
)


def open_spans(count: int) -> str:
    """Say that *count* spans were open at the end."""
    spans, rows = (
        ("1 span", "its row has") if count == 1 else (f"{count:,} spans", "their rows have")
    )
    return (
        f"{spans} had not ended when the program did, so {rows} no end. Use spans as context "
        "managers, or call end()."
    )


def unreadable_parent(settings: Settings) -> str:
    """Say that ``BRAINTRUST_PARENT`` names no container."""
    return (
        f"BRAINTRUST_PARENT is {settings.parent!r}, which names nothing that spans can be sent to, "
        f"so it is ignored. Use 'project_name:<name>', 'project_id:<id>' or 'experiment_id:<id>'."
    )
