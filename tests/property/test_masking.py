"""Laws of masking: whatever the function does, nothing unmasked is left in the row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from braintrust_otel._json import dumps, encode
from braintrust_otel._mapping.masking import FIELDS, FIELDS_AND_ERROR, mask_row
from braintrust_otel._model.rows import Row
from support.views import LOGS

SECRET = "s3cr3t"  # noqa: S105 - it must not be found anywhere


class Hostile:
    """A value whose own code fails, with the secret in the error."""

    def __repr__(self) -> str:
        raise ValueError(SECRET)

    __str__ = __iter__ = __len__ = __repr__  # type: ignore[assignment]  # hostile on purpose


def raising(error: type[Exception]) -> Callable[[object], object]:
    def function(value: object) -> object:
        raise error(f"{SECRET} {value}")

    return function


def spoiling(value: Any) -> object:
    """Change the value, then fail."""
    if isinstance(value, (dict, list)):
        value.clear()
    raise KeyError(SECRET)


def recursing(value: object) -> object:
    return recursing(value)


PLAIN = [None, 1, -1, 2.5, float("nan"), True, "text", b"bytes", [], [1], {}, {"a": 1}, {1: 2}]
AWKWARD = [{"a": "b"}, {"a": None}, {"start": "x"}, {"end": None}, {"text": 5}, {"a": Hostile()}]
results = st.sampled_from([*PLAIN, *AWKWARD, Hostile()])
functions = st.one_of(
    results.map(lambda result: lambda _value: result),
    st.sampled_from([ValueError, RecursionError, MemoryError, StopIteration, TypeError]).map(
        raising
    ),
    st.sampled_from([spoiling, recursing]),
)
secrets = st.recursive(
    st.just(SECRET) | st.just(f"<{SECRET}>"),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["a", SECRET]), inner, max_size=2)
    ),
    max_leaves=4,
)
values = secrets | secrets.map(encode) | st.dictionaries(st.just("part"), secrets.map(encode))
fields = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS_AND_ERROR, values))


@given(fields, functions)
def test_function_that_hides_everything_leaks_nothing(
    fields: dict[str, object], function: Callable[[object], object]
) -> None:
    """A function that never returns what it was given lets nothing of it through."""
    masked = mask_row(Row("r", LOGS, fields), function, FIELDS_AND_ERROR)

    assert SECRET not in dumps(dict(masked.fields)).decode()


@given(fields, functions)
def test_only_maskable_fields_change(
    fields: dict[str, object], function: Callable[[object], object]
) -> None:
    """Ids, tags and fields of the user's own come out as they went in."""
    own = {"span_id": "1", "tags": ["t"], "span_attributes": {"name": "n"}, "own": SECRET}

    masked = mask_row(Row("r", LOGS, {**fields, **own}, is_merge=True), function)

    assert {name: masked.fields[name] for name in own} == own
    assert set(masked.fields) <= {*FIELDS, "error", *own}


@given(fields)
def test_function_that_changes_nothing_changes_nothing(fields: dict[str, object]) -> None:
    """What the function returns is what is sent, wherever the field can hold it."""
    row = Row("r", LOGS, {"input": "x", "metadata": {"a": 1}, **fields})
    payload = ("input", "output", "expected")

    masked = mask_row(row, lambda value: value)

    before = dumps({name: row.fields.get(name) for name in payload})
    assert dumps({name: masked.fields.get(name) for name in payload}) == before
