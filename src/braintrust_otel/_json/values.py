"""What the encoder makes, and what it lets through."""

from __future__ import annotations

from typing import TypeAlias, final

from typing_extensions import override

__all__ = ["Encoded", "JsonValue", "Marker"]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""A value that JSON can hold as it is."""


class Marker:
    """Base of the values that stay themselves while the rest becomes text, such as attachments.

    The JSON text holds the marker's reference; the marker itself is collected in
    ``Encoded.markers``, so that the worker can still reach the bytes that it stands for.
    """

    __slots__ = ()

    @property
    def reference(self) -> dict[str, object]:
        """Return what the JSON text holds in place of the marker; called in the logging thread."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it is referred to.")


@final
class Encoded:
    """JSON text that this package made itself, and that may be spliced without another look.

    Never changed after it was made. Not a frozen dataclass, because one is made for every logged
    field in the caller's thread, and a frozen one takes three times as long to fill.

    Attributes:
        data: The JSON text, UTF-8, without insignificant white space.
        markers: The markers whose references the text holds, in order, repeated as they occur.
    """

    __slots__ = ("data", "markers")

    def __init__(self, data: bytes, markers: tuple[Marker, ...] = ()) -> None:
        self.data = data
        self.markers = markers

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Encoded):
            return NotImplemented
        return self.data == other.data and self.markers == other.markers

    @override
    def __hash__(self) -> int:
        return hash(self.data)

    @override
    def __repr__(self) -> str:
        # Payload stays out of logs and tracebacks.
        return f"<Encoded {len(self.data)} bytes, {len(self.markers)} markers>"
