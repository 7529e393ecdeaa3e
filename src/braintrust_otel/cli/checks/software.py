"""What is installed: this package, the OpenTelemetry SDK, instrumentors and their libraries."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version

from braintrust_otel._otel.versions import NEWEST_SDK, OLDEST_SDK
from braintrust_otel._version import __version__
from braintrust_otel.cli.checks.findings import Finding

__all__ = [
    "Instrumentor",
    "check_instrumentors",
    "check_sdk",
    "check_versions",
    "find_instrumentors",
]

_GROUP = "opentelemetry_instrumentor"
_PART = "Software"
_INSTRUMENTORS = "Instrumentors"


@dataclass(frozen=True, slots=True)
class Instrumentor:
    """An installed instrumentor.

    Attributes:
        name: Its distribution.
        version: Its version.
        missing: The libraries that it needs and does not find; None if nothing is in its way.
        found: What there is instead, in a version that it does not support; None if nothing.
    """

    name: str
    version: str
    missing: str | None = None
    found: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is part of this project."""
        return self.name.startswith("braintrust-otel-")


def check_versions(find: Callable[[str], str] = version) -> list[Finding]:
    """Report this package, Python and the OpenTelemetry SDK.

    Args:
        find: Returns the version of an installed distribution, or raises PackageNotFoundError.
    """
    try:
        sdk = find("opentelemetry-sdk")
    except PackageNotFoundError:
        sdk = None
    return [
        Finding(_PART, "ok", "braintrust-otel", __version__),
        Finding(_PART, "ok", "Python", f"{platform.python_version()} on {platform.system()}"),
        check_sdk(sdk),
    ]


def check_sdk(installed: str | None) -> Finding:
    """Report the version of the OpenTelemetry SDK, and whether it is one that was tested."""
    name = "opentelemetry-sdk"
    if installed is None:
        return Finding(_PART, "wrong", name, "not installed: pip install --upgrade braintrust-otel")
    numbers = tuple(int(part) for part in installed.split(".")[:2] if part.isdecimal())
    span = f"{_dotted(OLDEST_SDK)} to {_dotted(NEWEST_SDK)}"
    if numbers < OLDEST_SDK:
        return Finding(_PART, "wrong", name, f"{installed} is too old; {span} are tested")
    if numbers > NEWEST_SDK:
        return Finding(_PART, "warning", name, f"{installed} is newer than what was tested: {span}")
    return Finding(_PART, "ok", name, f"{installed} (tested: {span})")


def check_instrumentors(installed: Iterable[Instrumentor]) -> list[Finding]:
    """Report the instrumentors and whether they find their libraries."""
    found = [_finding(instrumentor) for instrumentor in installed]
    if found:
        return found
    text = "none; pip install 'braintrust-otel[openai]' brings the one for openai"
    return [Finding(_INSTRUMENTORS, "note", "installed", text)]


def find_instrumentors(installed: Iterable[Distribution] | None = None) -> list[Instrumentor]:
    """Return the instrumentors among the distributions, ours first; none of them is imported.

    Args:
        installed: The distributions; None is all that this Python has.
    """
    found = {
        distribution.metadata["Name"]: distribution
        for distribution in (distributions() if installed is None else installed)
        if any(entry_point.group == _GROUP for entry_point in distribution.entry_points)
    }
    read = [_read(name, distribution) for name, distribution in found.items()]
    return sorted(read, key=lambda each: (not each.is_ours, each.name))


def _read(name: str, distribution: Distribution) -> Instrumentor:
    from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts

    conflict = get_dist_dependency_conflicts(distribution)
    if conflict is None:
        return Instrumentor(name, distribution.version)
    # Older versions of the function know no alternatives ("any").
    missing = [conflict.required, *(getattr(conflict, "required_any", None) or ())]
    found = [conflict.found, *(getattr(conflict, "found_any", None) or ())]
    return Instrumentor(name, distribution.version, _joined(missing), _joined(found) or None)


def _joined(names: Iterable[object]) -> str:
    # A requirement reads "openai<4,>=1.40; extra == 'instruments'".
    return " or ".join(str(name).partition(";")[0].strip() for name in names if name)


def _finding(instrumentor: Instrumentor) -> Finding:
    name, version = instrumentor.name, instrumentor.version
    if instrumentor.missing is None:
        text = f"{version}; its library is installed and supported"
        return Finding(_INSTRUMENTORS, "ok", name, text)
    if instrumentor.found is None:
        text = f"{version}; {instrumentor.missing} is not installed, so there is nothing to trace"
        return Finding(_INSTRUMENTORS, "note", name, text)
    text = (
        f"{version} supports {instrumentor.missing}, but there is {instrumentor.found}, so nothing "
        f"of that is traced. Install a supported version."
    )
    return Finding(_INSTRUMENTORS, "wrong" if instrumentor.is_ours else "warning", name, text)


def _dotted(numbers: Iterable[int]) -> str:
    return ".".join(map(str, numbers))
