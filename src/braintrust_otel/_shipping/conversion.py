"""Turns what was logged into rows: masked, their attachments queued, spooled, joined, encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from braintrust_otel._diagnostics import guard
from braintrust_otel._model.attachments import uploads_in
from braintrust_otel._model.rows import Row
from braintrust_otel._shipping.entries import Entry, encode
from braintrust_otel._shipping.gathering import Gathering
from braintrust_otel._shipping.senders import RowSource
from braintrust_otel._shipping.surroundings import Masker, Surroundings
from braintrust_otel._shipping.uploads import Uploads

__all__ = ["Converted", "Converter"]


@dataclass(slots=True)
class Converted:
    """What became of some sources.

    Attributes:
        rows: Their rows, in order.
        taken: Sources that were taken so far; less than all after an interruption.
        lost: Sources that could not be converted.
        adopted: Row writes found in the spool.
    """

    rows: list[Row] = field(default_factory=list)
    taken: int = 0
    lost: int = 0
    adopted: int = 0

    @property
    def writes(self) -> int:
        """Row writes that are gathered now."""
        return len(self.rows) + self.adopted


class Converter:
    """Converts sources and gathers their rows. Belongs to one thread at a time; takes no lock.

    A source that fails costs itself only, whether the fault is ours or lies in what was logged.

    Args:
        surroundings: Masker, spool and notices.
        uploads: Takes the attachments of rows.
    """

    __slots__ = ("_gathering", "_surroundings", "_uploads")

    def __init__(self, surroundings: Surroundings, uploads: Uploads) -> None:
        self._surroundings = surroundings
        self._uploads = uploads
        self._gathering = Gathering()

    def __len__(self) -> int:
        """Return how many rows are gathered."""
        return len(self._gathering)

    def convert(self, sources: Sequence[tuple[RowSource, int]], converted: Converted) -> None:
        """Convert *sources*, adding to *converted* as it goes, so that interruptions lose nothing.

        Raises:
            BaseException: What interrupted the conversion and is no ``Exception``; the source at
                hand is counted as lost.
        """
        surroundings, rows = self._surroundings, converted.rows
        for source, _ in sources:
            converted.taken += 1
            try:
                masker = surroundings.masker()
                # All rows of a source, or none: what fails half-way is counted as one loss.
                made = [self._finished(row, masker) for row in source.rows()]
                rows.extend(made)
            except Exception as error:  # noqa: BLE001 - a bad source costs itself, nothing else
                converted.lost += 1
                surroundings.notices.bug("converting what was logged", error)
            except BaseException:
                converted.lost += 1
                raise

    def _finished(self, row: Row, masker: Masker | None) -> Row:
        """Return *row* priced and masked, in this order: masked values no longer tell a price."""
        pricing = self._surroundings.pricing
        if pricing is not None:
            try:
                row = pricing(row)
            except Exception as error:  # noqa: BLE001 - a price is worth no row
                self._surroundings.notices.bug("estimating a cost", error)
        return self._with_attachments(row if masker is None else masker(row))

    def _with_attachments(self, row: Row) -> Row:
        """Queue the bytes that *row*, masked by now, refers to; they come before the row."""
        extract, uploads = self._surroundings.media, self._uploads
        try:
            extracted = row if extract is None else extract(row)
            attachments = uploads_in(extracted.fields)
            if extracted is not row and not uploads.has_room(attachments):
                # All media of a row becomes attachments, or none of it.
                extracted, attachments = row, uploads_in(row.fields)
            if attachments:
                uploads.put(attachments)
        except Exception as error:  # noqa: BLE001 - the row itself is worth sending without
            self._surroundings.notices.bug("looking for attachments", error)
            return row
        return extracted

    def gather(self, rows: Sequence[Row]) -> None:
        """Spool *rows*, and let them wait for company."""
        tickets = self._surroundings.spool.append(rows)
        for row, ticket in zip(rows, tickets, strict=True):
            self._gathering.add(row, ticket)

    def adopt(self) -> int:
        """Gather what a dead process left in the spool; return how many row writes."""
        adopted = 0
        for ticket, row in self._surroundings.spool.adopt():
            self._gathering.add(row, ticket)
            adopted += 1
        return adopted

    def seal(self) -> tuple[list[Entry], int]:
        """Encode what was gathered; return the entries, and how many row writes were lost."""
        entries: list[Entry] = []
        lost = 0
        for gathered in self._gathering.take():
            with guard("encoding a row", self._surroundings.notices):
                entries.append(encode(gathered))
                continue
            lost += gathered.writes
        return entries, lost
