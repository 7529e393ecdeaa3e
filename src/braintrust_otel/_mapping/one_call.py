"""One call of a model is one row of type ``llm``, however many spans tell of it.

Two instrumentors on one client, a framework's span around the provider's, a client that makes spans
of its own: then one call has several spans, one inside the other. The row that holds the messages
stays of type ``llm`` and takes over the metrics that only another one has; the others become of
type ``task`` and keep none, so that tokens and cost are counted once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from braintrust_otel._json import Encoded, decode
from braintrust_otel._model.containers import Container
from braintrust_otel._model.merging import MERGE_PATHS
from braintrust_otel._model.rows import Row

__all__ = [
    "BOTH",
    "CALL_METRICS",
    "INNER",
    "OUTER",
    "OWN",
    "CallFacts",
    "counts_agree",
    "facts_of",
    "settle",
]

OWN: Final = "own"
INNER: Final = "inner"
OUTER: Final = "outer"
BOTH: Final = "both"

CALL_METRICS: Final = frozenset(
    {
        "tokens",
        "prompt_tokens",
        "completion_tokens",
        "prompt_cached_tokens",
        "prompt_cache_creation_tokens",
        "prompt_cache_creation_5m_tokens",
        "prompt_cache_creation_1h_tokens",
        "completion_reasoning_tokens",
        "prompt_audio_tokens",
        "completion_audio_tokens",
        "completion_image_tokens",
        "time_to_first_token",
        "estimated_cost",
    }
)
"""Metrics that tell of the call, and not of the span."""

_FIRST: Final = "time_to_first_token"
_COUNTS: Final = CALL_METRICS - {_FIRST, "estimated_cost"}
_IDENTITY: Final = ("span_id", "root_span_id", "span_parents")
_DATED = re.compile(r"[-@:_]?(v?\d[\d.:@-]*|latest|preview)+")
_NOTHING: Final[tuple[object, ...]] = (None, "", [], {})


@dataclass(slots=True)
class CallFacts:
    """What the row of one span tells of a call.

    Attributes:
        row_id: Id of the row.
        container: Where the row is.
        identity: The fields that say which span it is.
        is_llm: Whether its type is ``llm``; no longer once it gave way to another row.
        is_own: Whether our own API made the span.
        messages: How much of input and output it holds: 0, 1 or 2.
        model: The model, or an empty text.
        metrics: Its metrics, times included.
    """

    row_id: str
    container: Container
    identity: Mapping[str, object]
    is_llm: bool
    is_own: bool = False
    messages: int = 0
    model: str = ""
    metrics: dict[str, object] = field(default_factory=dict)


def facts_of(row: Row, *, is_own: bool) -> CallFacts:
    """Return what *row*, the whole row of a span, tells of a call.

    Args:
        row: The row.
        is_own: Whether our own API made the span.
    """
    fields = row.fields
    identity = {name: fields[name] for name in _IDENTITY if name in fields}
    if _object(fields.get("span_attributes")).get("type") != "llm":
        return CallFacts(row.id, row.container, identity, is_llm=False)
    model = _object(fields.get("metadata")).get("model")
    return CallFacts(
        row.id,
        row.container,
        identity,
        is_llm=True,
        is_own=is_own,
        messages=_holds(fields.get("input")) + _holds(fields.get("output")),
        model=model if isinstance(model, str) else "",
        metrics=dict(_object(fields.get("metrics"))),
    )


def counts_agree(one: CallFacts, other: CallFacts) -> bool | None:
    """Tell whether two rows count the same tokens of an answer; None where one counts none.

    Those of the prompt say little: the same question is often asked several times at once.
    """
    counted = one.metrics.get("completion_tokens"), other.metrics.get("completion_tokens")
    return None if None in counted else counted[0] == counted[1]


def settle(outer: CallFacts, inner: Iterable[CallFacts], prefer: str = OWN) -> list[Row]:
    """Return what has to be merged into rows so that one call is one row of type ``llm``.

    The row with the messages wins. Where several hold as much, *prefer* decides: ``own`` for that
    of our API, else the inner one, which is nearer to the provider; ``inner`` and ``outer`` for the
    position alone. ``both`` leaves all rows as they are.

    Args:
        outer: The span around the others; its facts and theirs are brought up to date.
        inner: Spans inside of it. One of them is a part of the same call if its model is the same.
        prefer: Which row wins.
    """
    same = [one for one in inner if one.is_llm and _is_same_model(one.model, outer.model)]
    if prefer == BOTH or not same or not outer.is_llm:
        return []
    best = max(same, key=lambda one: _rank(one, prefer, INNER))
    if _rank(outer, prefer, OUTER) > _rank(best, prefer, INNER):
        return _give_way(same, to=outer, counts_better=len(same) == 1 and not outer.is_own)
    # Several inner ones are several tries, each of which counted its own tokens.
    return _give_way([outer], to=best if len(same) == 1 else None)


def _rank(facts: CallFacts, prefer: str, position: str) -> tuple[int, bool, bool]:
    favoured = INNER if prefer == OWN else prefer
    return facts.messages, prefer == OWN and facts.is_own, position == favoured


def _give_way(
    losers: Sequence[CallFacts], *, to: CallFacts | None, counts_better: bool = False
) -> list[Row]:
    """Move the call's metrics, and return the rows to merge.

    Args:
        losers: They give way.
        to: The row that stays; None where several stay and each has counted for itself.
        counts_better: Whether the losers' tokens count even where *to* has counted some: the span
            that is nearer to the provider has them from there, others add them up themselves.
    """
    rows = []
    if to is not None:
        gained = {
            name: value
            for name, value in _together(losers).items()
            if name not in to.metrics
            or (counts_better and name in _COUNTS and value != to.metrics[name])
        }
        to.metrics |= gained
        if gained:
            rows.append(_merging(to, {"metrics": gained}))
    for loser in losers:
        rest = {name: it for name, it in loser.metrics.items() if name not in CALL_METRICS}
        fields: dict[str, object] = {"span_attributes": {"type": "task"}}
        if len(rest) < len(loser.metrics):
            fields |= {"metrics": rest, MERGE_PATHS: [["metrics"]]}
        loser.is_llm, loser.metrics = False, rest
        rows.append(_merging(loser, fields))
    return rows


def _together(losers: Sequence[CallFacts]) -> dict[str, object]:
    """Return the call's metrics: those of one row, or the sums over several tries."""
    sums: dict[str, object] = {}
    for loser in losers:
        for name, value in loser.metrics.items():
            if name not in CALL_METRICS or not isinstance(value, (int, float)):
                continue
            known = sums.get(name)
            if known is None or not isinstance(known, (int, float)):
                sums[name] = value
            elif name != _FIRST:
                sums[name] = known + value
    return sums


def _merging(facts: CallFacts, fields: Mapping[str, object]) -> Row:
    return Row(facts.row_id, facts.container, {**fields, **facts.identity}, is_merge=True)


def _is_same_model(one: str, other: str) -> bool:
    """Tell whether two names may be the same model's: one is longer by a date or a path, or absent.

    Requests say ``gpt-4o`` or ``openai/gpt-4o`` where answers say ``gpt-4o-2024-08-06``.
    """
    short, long = sorted((_plain_name(one), _plain_name(other)), key=len)
    if not short or short == long:
        return True
    return long.startswith(short) and _DATED.fullmatch(long, len(short)) is not None


def _plain_name(model: str) -> str:
    return model.lower().rpartition("/")[2]


def _holds(value: object) -> bool:
    if isinstance(value, Encoded):
        return value.data not in {b"null", b'""', b"[]", b"{}"}
    return value not in _NOTHING


def _object(value: object) -> Mapping[str, object]:
    opened = decode(value) if isinstance(value, Encoded) else value
    return opened if isinstance(opened, dict) else {}
