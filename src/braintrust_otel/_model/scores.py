"""Checks what a user logs, in the thread that logs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from numbers import Real
from typing import Final

from braintrust_otel._json import encode

__all__ = ["validate_event"]

_NAMEABLE: Final = (int, float, bytes, type(None))

_Check = Callable[[str, object], object]


def validate_event(event: Mapping[str, object]) -> dict[str, object]:
    """Return the fields to store for *event*, a call's keyword arguments.

    None at the top level means "not given". Boolean scores become 1 and 0, sets of tags become
    lists, ``inputs`` becomes ``input``; *event* and its values stay as they are. Fields without a
    rule pass through.

    Raises:
        ValueError: A field has the wrong shape, or belongs to the system.
    """
    checked: dict[str, object] = {}
    for name, value in event.items():
        if value is None:
            continue
        check = _CHECKS.get(name)
        checked[name] = value if check is None else check(name, value)
    if "inputs" in checked:
        if "input" in checked:
            raise ValueError("input and inputs were both given: inputs is the old name of input.")
        checked["input"] = checked.pop("inputs")
    return checked


def _check_scores(name: str, value: object) -> object:
    scores = _mapping(name, value, "of numbers from 0 to 1 or None")
    return {key: _score(key, score) for key, score in list(scores.items())}


def _score(key: str, score: object) -> object:
    if score is None:
        return None
    number = _number("scores", key, score, "a number from 0 to 1, a bool or None")
    if isnan(number) or not 0 <= number <= 1:
        raise ValueError(f"scores[{key!r}] must be from 0 to 1 or None, not {number}.")
    return number


def _check_metrics(name: str, value: object) -> object:
    metrics = _mapping(name, value, "of numbers")
    return {key: _number(name, key, metric, "a number") for key, metric in list(metrics.items())}


def _number(name: str, key: str, value: object, allowed: str) -> float:
    if type(value) is float or type(value) is int:  # nearly always; the rest costs more
        return value
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, Real):  # numpy's scalars, fractions
        return float(value)
    raise ValueError(f"{name}[{key!r}] must be {allowed}, not {_kind(value)}.")


def _check_metadata(name: str, value: object) -> object:
    if type(value) is dict or isinstance(value, Mapping):
        return _mapping(name, value, "with text keys")
    # Models and dataclasses are encoded as objects; what is not, is no metadata.
    if encode(value).data[:1] != b"{":
        raise ValueError(
            f"{name} must be a dict, or a model or dataclass that becomes one, not {_kind(value)}."
        )
    return value


def _check_span_attributes(name: str, value: object) -> object:
    return _mapping(name, value, "with text keys")


def _mapping(name: str, value: object, content: str) -> Mapping[str, object]:
    if type(value) is not dict and not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dict {content}, not {_kind(value)}.")
    for key in list(value):  # another thread may change it meanwhile
        if not isinstance(key, str):
            raise ValueError(f"{name} must have text keys, but {_shown(key)} is {_kind(key)}.")  # noqa: TRY004 - documented as ValueError
    return value


def _check_tags(name: str, value: object) -> object:
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{name} must be a list, tuple or set of texts, not {_kind(value)}.")  # noqa: TRY004 - documented as ValueError
    seen: set[str] = set()
    for tag in value:
        if not isinstance(tag, str):
            raise ValueError(f"{name} must be texts, but {_shown(tag)} is {_kind(tag)}.")  # noqa: TRY004 - documented as ValueError
        if tag in seen:
            raise ValueError(f"{name} must differ from each other, but {tag!r} is given twice.")
        seen.add(tag)
    return list(value)


def _refuse(name: str, value: object) -> object:
    raise ValueError(f"{name} cannot be logged: it is chosen by the system, not by the event.")


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, _NAMEABLE) else "one of them"


_CHECKS: Final[Mapping[str, _Check]] = {
    "scores": _check_scores,
    "metadata": _check_metadata,
    "metrics": _check_metrics,
    "tags": _check_tags,
    "span_attributes": _check_span_attributes,
    **dict.fromkeys(
        (
            "id",
            "span_id",
            "root_span_id",
            "span_parents",
            "project_id",
            "log_id",
            "experiment_id",
            "dataset_id",
            "prompt_session_id",
            "org_id",
            "_is_merge",
        ),
        _refuse,
    ),
}
