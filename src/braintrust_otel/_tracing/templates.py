"""Renders the templates of log events; whatever they hold, the program goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

__all__ = ["render"]

_SAFE_SPEC: Final = re.compile(r"\D{0,4}\d{0,3}\D{0,2}\d{0,3}\D?")
"""A format such as ``>10``, ``,.2f`` or ``08x``; never one that asks for megabytes of padding."""


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return *template* with each ``{name}`` replaced by the value of that name. Never raises.

    ``{{`` and ``}}`` stand for braces. A conversion (``{x!r}``) and a format (``{x:.2f}``) are
    followed where the value has them. Attributes and items are not looked into, since a template
    may hold a user's text; what names no value stays as it is written.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError:  # a brace that nothing closes
        return template
    return "".join(
        [
            text + ("" if name is None else _rendered(name, spec or "", conversion, values))
            for text, name, spec, conversion in parts
        ]
    )


def _rendered(name: str, spec: str, conversion: str | None, values: Mapping[str, Any]) -> str:
    if name not in values:
        suffix = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
        return f"{{{name}{suffix}}}"
    value = values[name]
    try:
        if conversion:
            value = Formatter().convert_field(value, conversion)
        return format(value, spec if _SAFE_SPEC.fullmatch(spec) else "")
    except Exception:  # noqa: BLE001  # the value's own code, or a format that it does not have
        return _text_of(value)


def _text_of(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  # the value's own __str__ may raise anything
        return f"<non-sanitizable: {type(value).__name__}>"
