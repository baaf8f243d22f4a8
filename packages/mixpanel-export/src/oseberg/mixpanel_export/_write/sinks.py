"""Complete days -> a file, a few thousand events at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from oseberg.mixpanel_export._days.day import Day
from oseberg.mixpanel_export._frame.batch import Batch, row_numbers
from oseberg.mixpanel_export._frame.duplicates import Ledger
from oseberg.mixpanel_export._frame.fast import make_batches
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.schema import Schema
from oseberg.mixpanel_export._frame.table import Form, Layout
from oseberg.mixpanel_export._read.decode import Decoder, Events
from oseberg.mixpanel_export._read.zone import Mask
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._write.jsonl import JsonLines, RawLines
from oseberg.mixpanel_export._write.target import Target, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

# Rows of a Parquet row group.
ROW_GROUP = 100_000
# Events that are kept in memory instead of being read twice: about 100 MB.
MOST_KEPT = 120_000


@dataclass
class Reader:
    """Reads spooled days.

    Attributes:
        days: The days.
        zone: The zone of their times.
        restore: Whether hot-shard events get their original names back.
        room: How many more events may be kept in memory from a first reading to a second one.
        kept: The batches of the days that are kept.
    """

    days: list[Day]
    zone: ZoneInfo
    restore: bool
    room: int = MOST_KEPT
    kept: dict[date, list[Batch]] = field(default_factory=dict, repr=False)

    def batches(self, day: Day, *, keep: bool = False) -> Iterator[Batch]:
        """Yield the events of a day as columns; those that were kept from a first reading are let go.

        Args:
            day: The day.
            keep: Whether the day is read once more, so that it is worth keeping if there is room.
        """
        if day.date in self.kept:
            yield from self.kept.pop(day.date)
            return
        found: list[Batch] | None = [] if keep else None
        for batch in make_batches(day.lines.blocks(), Decoder(restore=self.restore), self.zone, checksums=True):
            if found is not None:
                self.room -= len(batch)
                found = [*found, batch] if self.room >= 0 else None
            yield batch
        if found is not None:
            self.kept[day.date] = found

    def events(self, day: Day) -> Iterator[Events]:
        """Yield the events of a day."""
        decoder = Decoder(restore=self.restore)
        return map(decoder.decode, day.lines.blocks())


class Sink(Protocol):
    """Writes record batches of one schema."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add some rows."""

    def close(self) -> None:
        """Write what is left."""


class Csv:
    """RFC 4180 with a header; missing values are empty, timestamps in ISO form with their Z."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        plain = pa.schema([(field.name, texts(pa.array([], field.type)).type) for field in schema])
        self.schema = plain
        self.writer = pyarrow.csv.CSVWriter(file, plain)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add some rows."""
        columns = [texts(column) for column in batch.columns]
        self.writer.write(pa.RecordBatch.from_arrays(columns, schema=self.schema))

    def close(self) -> None:
        """Write what is left."""
        self.writer.close()


class Parquet:
    """Row groups of 100,000 rows, compressed with zstd; the metadata holds the names and types of the properties."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self.writer = pyarrow.parquet.ParquetWriter(file, schema, compression="zstd")
        self.waiting: list[pa.RecordBatch] = []
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add some rows."""
        self.waiting.append(batch)
        self.rows += len(batch)
        if self.rows >= ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        """Write a row group."""
        if self.waiting:
            self.writer.write_table(pa.Table.from_batches(self.waiting), row_group_size=self.rows)
        self.waiting, self.rows = [], 0

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self.writer.close()


COLUMNS: Mapping[str, Callable[[BinaryIO, pa.Schema], Sink]] = {"csv": Csv, "parquet": Parquet}
LINES: dict[str, type[JsonLines | RawLines]] = {"jsonl": JsonLines, "raw": RawLines}


@dataclass
class Counts:
    """Counts the events of a day by name, when it is known which of them stay."""

    numbers: dict[str, int] = field(default_factory=dict)
    codes: list[np.ndarray[Any, np.dtype[np.int32]]] = field(default_factory=list)

    def add(self, names: pa.Array) -> None:
        """Note the names of some events."""
        coded = names.dictionary_encode()
        known = [self.numbers.setdefault(name, len(self.numbers)) for name in coded.dictionary.to_pylist()]
        self.codes.append(np.array(known, dtype=np.int32)[np.asarray(coded.indices)])

    def of(self, keep: Mask) -> dict[str, int]:
        """Return the number of each name among the events that stay, by name."""
        if not self.codes:
            return {}
        counts = np.bincount(np.concatenate(self.codes)[keep], minlength=len(self.numbers)).tolist()
        return {name: counts[number] for name, number in sorted(self.numbers.items()) if counts[number]}


@dataclass(frozen=True)
class Outline:
    """What a first reading of the days shows.

    Attributes:
        form: The columns of the result.
        keep: The events of each day that stay when duplicates go.
    """

    form: Form
    keep: dict[Any, Mask]

    @classmethod
    def of(
        cls,
        reader: Reader,
        report: Report,
        names: Names,
        schema: Schema,
        *,
        keep_duplicates: bool = False,
        keep_batches: bool = True,
    ) -> Outline:
        """Read the days for the columns and the duplicates of the whole, and count both.

        Args:
            reader: Reads the days.
            report: The figures of the export.
            names: The style of names.
            schema: The columns that the result has at least.
            keep_duplicates: Whether duplicates stay.
            keep_batches: Whether the days are read as columns once more.

        Returns:
            The columns, and what stays.
        """
        layout, keep = Layout(), {}
        for day in reader.days:
            ledger, counts = Ledger(), Counts()
            for batch in reader.batches(day, keep=keep_batches):
                layout.add(batch)
                ledger.add(row_numbers(batch))
                report.lenient += batch.lenient
                report.ambiguous += batch.ambiguous
                report.late += batch.late
                counts.add(batch.event)
            stay = ledger.winners()
            keep[day.date] = np.ones_like(stay) if keep_duplicates else stay
            report.same_day_ids += ledger.same_day_ids
            report.events |= {str(day.date): found} if (found := counts.of(keep[day.date])) else {}
            report.rows += int(keep[day.date].sum())
            report.duplicates += int((~keep[day.date]).sum())
        form = Form.of(layout, names, schema)
        report.properties, report.widened = form.types, form.widened
        return cls(form, keep)


def write_days(
    target: Target,
    kind: str,
    reader: Reader,
    report: Report,
    names: Names,
    schema: Schema,
    *,
    keep_duplicates: bool = False,
) -> None:
    """Read the days twice: for the columns and the duplicates of the whole, then to write them.

    Args:
        target: The path or stream.
        kind: The format.
        reader: Reads the days.
        report: The figures of the export.
        names: The style of names.
        schema: The columns that the result has at least.
        keep_duplicates: Whether duplicates stay.
    """
    outline = Outline.of(reader, report, names, schema, keep_duplicates=keep_duplicates, keep_batches=kind not in LINES)
    with opened(target) as file:
        if kind in LINES:
            write_lines(LINES[kind](file, outline.form, reader.zone), reader, outline)
            return
        sink = COLUMNS[kind](file, outline.form.schema())
        for day in reader.days:
            write_day(sink, outline.form, reader.batches(day), outline.keep[day.date])
        sink.close()


def write_lines(sink: JsonLines | RawLines, reader: Reader, outline: Outline) -> None:
    """Write the events of the days that stay as lines."""
    for day in reader.days:
        start, keep = 0, outline.keep[day.date].tolist()
        for events in reader.events(day):
            sink.write(events, keep[start : start + len(events)])
            start += len(events)
    sink.close()


def write_day(sink: Sink, form: Form, batches: Iterator[Batch], keep: Mask) -> None:
    """Write the rows of a day that stay."""
    start = 0
    for batch in batches:
        stay = keep[start : start + len(batch)]
        start += len(batch)
        rows = form.record_batch(batch)
        sink.write(rows if stay.all() else rows.filter(pa.array(stay)))


def texts(column: pa.Array) -> pa.Array:
    """Return timestamps as ISO texts with milliseconds; other columns stay."""
    if not pa.types.is_timestamp(column.type):
        return column
    return pa.compute.strftime(column.cast(pa.timestamp("ms", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
