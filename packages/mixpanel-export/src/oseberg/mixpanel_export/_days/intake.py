"""The intake of a day: its events as columns, their names and kinds, and the duplicates among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.mixpanel_export._columns.batch import Batch
from oseberg.mixpanel_export._columns.reader import make_batches
from oseberg.mixpanel_export._days.duplicates import Ledger, row_numbers
from oseberg.mixpanel_export._days.store import Room, Store
from oseberg.mixpanel_export._frame.table import Layout
from oseberg.mixpanel_export._read.decode import Decoder, Unreadable
from oseberg.mixpanel_export._read.zone import Mask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    import pyarrow as pa


@dataclass
class Counts:
    """Counts the events of a day by name, once its duplicates are known."""

    numbers: dict[str, int] = field(default_factory=dict)
    codes: list[np.ndarray[Any, Any]] = field(default_factory=list)

    def add(self, names: pa.Array) -> None:
        """Note the names of some events."""
        coded = names.dictionary_encode()
        known = [self.numbers.setdefault(name, len(self.numbers)) for name in coded.dictionary.to_pylist()]
        # a day of millions of events stays in memory
        self.codes.append(np.array(known, dtype=np.min_scalar_type(len(self.numbers)))[np.asarray(coded.indices)])

    def of(self, keep: Mask) -> dict[str, int]:
        """Return the number of each name among the events that stay, by name."""
        counts, start = np.zeros(len(self.numbers), dtype=np.int64), 0
        for codes in self.codes:  # not all at once: numpy makes eight bytes of each number
            counts += np.bincount(codes[keep[start : start + len(codes)]], minlength=len(counts))
            start += len(codes)
        return {name: int(counts[number]) for name, number in sorted(self.numbers.items()) if counts[number]}


@dataclass
class Intake:
    """The results of reading a day, which is read only once.

    Attributes:
        store: Its events, if they are needed again.
        layout: The kinds of its properties.
        keep: The events that stay when duplicates go; known when the day is complete.
        counts: Its events by name, likewise.
        same_day_ids: Events that Mixpanel may yet remove.
        lenient: Lines that only the lenient reader could read.
        ambiguous: Times of a double hour taken for the first reading.
        late: Events processed more than a day after their time.
        unreadable: Lines that are not events.
    """

    store: Store | None
    layout: Layout = field(default_factory=Layout)
    keep: Mask = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    counts: dict[str, int] = field(default_factory=dict)
    same_day_ids: int = 0
    lenient: int = 0
    ambiguous: int = 0
    late: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    _ledger: Ledger = field(default_factory=Ledger, repr=False)
    _counts: Counts = field(default_factory=Counts, repr=False)

    def add(self, batch: Batch) -> None:
        """Note some events."""
        self.layout.add(batch)
        self._ledger.add(row_numbers(batch))
        self._counts.add(batch.event)
        self.lenient += batch.lenient
        self.ambiguous += batch.ambiguous
        self.late += batch.late
        if self.store is not None:
            self.store.add(batch)

    def finish(self, *, keep_duplicates: bool) -> None:
        """Find the duplicates of the complete day."""
        stay = self._ledger.winners()
        self.same_day_ids = self._ledger.same_day_ids
        self.keep = np.ones_like(stay) if keep_duplicates else stay
        self.counts = self._counts.of(self.keep)
        self._counts = Counts()

    def discard(self) -> None:
        """Drop an incomplete day."""
        self._ledger.close()
        if self.store is not None:
            self.store.clear()


@dataclass(frozen=True)
class Intakes:
    """Makes the intakes of an export.

    Attributes:
        zone: The zone of the exported times.
        restore: Whether hot-shard events get their original names back.
        keep_duplicates: Whether duplicates stay.
        stored: Whether the events are needed again as columns.
        room: What the days share.
    """

    zone: ZoneInfo
    restore: bool
    keep_duplicates: bool = False
    stored: bool = True
    room: Room = field(default_factory=Room)

    def new(self) -> Intake:
        """Begin a day."""
        return Intake(Store(self.room) if self.stored else None)

    def of_lines(self, blocks: Iterator[bytes]) -> Intake:
        """Read a day that was kept as lines by an earlier run."""
        intake = self.new()
        for batch in make_batches(blocks, Decoder(restore=self.restore), self.zone, checksums=True):
            intake.add(batch)
        intake.finish(keep_duplicates=self.keep_duplicates)
        return intake
