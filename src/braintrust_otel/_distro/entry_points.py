"""Finds what other packages offer to OpenTelemetry's zero-code start, and whether we are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

__all__ = [
    "CONFIGURATORS",
    "CONFIGURATOR_VARIABLE",
    "DISTROS",
    "DISTRO_VARIABLE",
    "EXPORTERS_VARIABLE",
    "OUR_NAME",
    "Offer",
    "exporter_names",
    "offers",
    "others",
]

OUR_NAME: Final = "braintrust"
"""Name of our entry points, and what chooses them."""

DISTROS: Final = "opentelemetry_distro"
CONFIGURATORS: Final = "opentelemetry_configurator"
DISTRO_VARIABLE: Final = "OTEL_PYTHON_DISTRO"
CONFIGURATOR_VARIABLE: Final = "OTEL_PYTHON_CONFIGURATOR"
EXPORTERS_VARIABLE: Final = "OTEL_TRACES_EXPORTER"


class Offer(Protocol):
    """The part of an entry point that matters here."""

    @property
    def name(self) -> str:
        """What the user chooses it by."""
        ...

    def load(self) -> object:
        """Import what it names."""
        ...


def offers(group: str) -> list[Offer]:
    """Return the installed entry points of *group*, in the order in which Python finds them."""
    from importlib.metadata import entry_points

    return list(entry_points(group=group))


def others(group: str, variable: str, environ: Mapping[str, str]) -> Iterable[Offer]:
    """Return what other packages offer in *group*; nothing when *variable* names ours.

    OpenTelemetry takes the first one that it finds, which depends on the order of directories on
    the disk. So ours steps back behind any other, unless the user chose it.
    """
    if environ.get(variable) == OUR_NAME:
        return ()
    return [offer for offer in offers(group) if offer.name != OUR_NAME]


def exporter_names(environ: Mapping[str, str]) -> list[str]:
    """Return the trace exporters that ``OTEL_TRACES_EXPORTER`` names."""
    names = [name.strip() for name in environ.get(EXPORTERS_VARIABLE, "").split(",")]
    return [name for name in names if name and name.lower() != "none"]
