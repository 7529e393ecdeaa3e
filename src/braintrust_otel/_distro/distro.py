"""The distribution that ``opentelemetry-instrument`` loads."""

from __future__ import annotations

import os
from typing import Any, cast

from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined]  # untyped
from typing_extensions import override

from braintrust_otel._distro.entry_points import (
    CONFIGURATOR_VARIABLE,
    DISTRO_VARIABLE,
    DISTROS,
    EXPORTERS_VARIABLE,
    OUR_NAME,
    others,
)

__all__ = ["BraintrustDistro"]


class BraintrustDistro(BaseDistro):  # type: ignore[misc]  # its types are hidden
    """Makes Braintrust the default of a program that is started with ``opentelemetry-instrument``.

    What the user set stays as it is. Beside the distribution of another vendor it stands in for
    that one, unless ``OTEL_PYTHON_DISTRO=braintrust`` chooses ours.
    """

    _other: Any = None

    @override
    def _configure(self, **kwargs: Any) -> None:
        self._other = _first_other()
        if self._other is not None:
            self._other.configure(**kwargs)
            return
        os.environ.setdefault(EXPORTERS_VARIABLE, OUR_NAME)
        if os.environ.get(DISTRO_VARIABLE) == OUR_NAME:
            # Who chose the distribution did not mean another one's configurator.
            os.environ.setdefault(CONFIGURATOR_VARIABLE, OUR_NAME)

    @override
    def load_instrumentor(self, entry_point: Any, **kwargs: Any) -> None:
        """Load one instrumentor, as the distribution that is in charge does it."""
        if self._other is not None:
            self._other.load_instrumentor(entry_point, **kwargs)
        else:
            super().load_instrumentor(entry_point, **kwargs)


def _first_other() -> Any:
    """Return the first distribution of another package, as OpenTelemetry would choose it."""
    for offer in others(DISTROS, DISTRO_VARIABLE, os.environ):
        distro = cast("Any", offer.load())()
        if isinstance(distro, BaseDistro):
            return distro
    return None
