"""What was logged on a span, folded into fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from braintrust_otel._json import Encoded, decode, encode
from braintrust_otel._model.merging import MERGE_PATHS, Merger, Path
from braintrust_otel._model.rows import opened, with_markers

__all__ = ["NULL", "fold_parts"]

NULL: Final = b"null"
"""The text of a part that gives nothing."""

_OBJECTS: Final = frozenset({"context", "metadata", "metrics", "span_attributes"})
_SYSTEM: Final = frozenset(
    {
        "_is_merge",
        "dataset_id",
        "experiment_id",
        "id",
        "log_id",
        "org_id",
        "project_id",
        "prompt_session_id",
        "root_span_id",
        "span_id",
        "span_parents",
    }
)


def fold_parts(fields: dict[str, object], parts: Iterable[tuple[str, Encoded]]) -> list[Path]:
    """Fold *parts* into *fields*, in order.

    A field with one part takes it as it is, without a look inside. Null means "not given". A value
    that is no object cannot take the place of a field that is one; it is put into the metadata
    under the field's name.

    Returns:
        The paths at which an object took the place of something else.
    """
    merger: Merger | None = None
    for field, part in parts:
        if part.data == NULL or field in _SYSTEM:
            continue
        name, value = field, part
        if name in _OBJECTS and part.data[:1] != b"{":
            name, value = "metadata", encode({field: part})
        if name == MERGE_PATHS:
            fields[name] = decode(value)
        elif name in fields:
            merger = merger or Merger(opened=opened)
            old = fields[name]
            fields[name] = with_markers(merger.value(old, value, (name,)), old, value)
        else:
            fields[name] = value  # as most parts are
    return [] if merger is None else merger.conflicts
