"""What is known of one environment variable."""

from __future__ import annotations

from dataclasses import dataclass

from braintrust_otel._settings.kinds import Kind

__all__ = ["Setting"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable.

    Attributes:
        group: What the variable is about: a heading of the documentation.
        name: Attribute of ``Settings`` that holds the value.
        variable: Name of the environment variable.
        kind: Which values it takes.
        default: Value when it is absent, blank or wrong. None also where the default depends on
            something else, which ``default_text`` then says.
        meaning: What it does, for the documentation.
        in_dotenv: Whether ``.env.braintrust`` may hold it too.
        default_text: How the documentation shows the default where that is no plain value.
    """

    group: str
    name: str
    variable: str
    kind: Kind
    default: object
    meaning: str
    in_dotenv: bool = False
    default_text: str | None = None
