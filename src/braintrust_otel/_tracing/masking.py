"""Sets the function that masks what is logged before it leaves the process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import (
    _SUPPRESS_INSTRUMENTATION_KEY,  # what other instrumentors look for; it has no public name
    Context,
    attach,
)

from braintrust_otel._mapping.masking import FIELDS, FIELDS_AND_ERROR, mask_row
from braintrust_otel._otel.propagation import detach_quietly
from braintrust_otel._runtime import root

if TYPE_CHECKING:
    from braintrust_otel._model.rows import Row

__all__ = ["MASKING_KEY", "set_masking_function"]

MASKING_KEY: Final = "braintrust-masking"
"""In the OpenTelemetry context while a masking function runs: nothing is traced in there."""

_WHILE_MASKING: Final = Context({MASKING_KEY: True, _SUPPRESS_INSTRUMENTATION_KEY: True})


def set_masking_function(masking_function: Callable[[Any], Any] | None) -> None:
    """Mask what is logged, by this whole process, before it leaves or reaches a disk.

    The function is given the whole value of one field at a time, as plain JSON values, and returns
    what may be sent instead: of ``input``, ``output``, ``expected``, ``metadata``, ``context``,
    ``scores`` and ``metrics`` of every row, whichever library made the span, and of the comment
    and the metadata of feedback. Start, end, origin, names, tags and ids are not masked; errors
    are with ``BRAINTRUST_MASK_ERRORS=true``. Attachments that it takes out are not uploaded.

    It runs in the background (while flushing, with ``BRAINTRUST_SYNC_FLUSH``), one call at a
    time, and may be slow; what it logs itself is not traced. When it raises, or returns what the
    field cannot hold, a text that names the field and the error takes the place of the value:
    nothing is raised, and nothing unmasked is sent.

    It holds for every row that is made from then on, also of what was logged before; set it
    before anything is logged, because what waits for delivery may have become a row already.

    Args:
        masking_function: Takes a field's value, returns the masked one; None masks nothing.

    Raises:
        TypeError: It is neither callable nor None.
    """
    if masking_function is None:
        root.masker = None
        return
    if not callable(masking_function):
        raise TypeError(
            f"A masking function must be callable or None, not {type(masking_function).__name__}."
        )
    root.masker = _Masker(masking_function)


class _Masker:
    """Masks rows with the user's function, in a context in which nothing is traced.

    A function that asks a model whether a text is personal would otherwise log that call, whose
    row it would be asked about next, for ever.
    """

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, row: Row) -> Row:
        names = FIELDS_AND_ERROR if root.settings().mask_errors else FIELDS
        token = attach(_WHILE_MASKING)
        try:
            return mask_row(row, self._function, names)
        finally:
            detach_quietly(token)
