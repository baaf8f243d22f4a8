"""Complete days -> a file, a few thousand events at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from oseberg.mixpanel_export._columns.batch import Batch
from oseberg.mixpanel_export._days.day import Day
from oseberg.mixpanel_export._days.intake import Intake
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.schema import Schema
from oseberg.mixpanel_export._frame.table import Form, Layout
from oseberg.mixpanel_export._read.zone import Mask
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._write.iso import iso_texts
from oseberg.mixpanel_export._write.jsonl import JsonLines, RawLines
from oseberg.mixpanel_export._write.target import Target, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Rows of a Parquet row group.
ROW_GROUP = 65_536
# Rows that show how often values repeat.
SAMPLED = 2000


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
    """Row groups of 65,536 rows, compressed with zstd; the metadata holds the names and types of the properties."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self.file, self.schema = file, schema
        self.writer: pyarrow.parquet.ParquetWriter | None = None
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
        if self.rows:
            self.begun(self.waiting[0]).write_table(pa.Table.from_batches(self.waiting), row_group_size=self.rows)
        self.waiting, self.rows = [], 0

    def begun(self, first: pa.RecordBatch | None) -> pyarrow.parquet.ParquetWriter:
        """Return the writer; the first rows decide which columns get a dictionary of values."""
        if self.writer is None:
            repeated = [] if first is None else [name for name in first.schema.names if repeats(first[name])]
            self.writer = pyarrow.parquet.ParquetWriter(
                self.file, self.schema, compression="zstd", use_dictionary=repeated
            )
        return self.writer

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self.begun(None).close()


def repeats(column: pa.Array) -> bool:
    """Whether values of a column repeat often enough to be written once: a sample decides, never the content."""
    sample = column.slice(0, SAMPLED)
    return 2 * len(sample.unique()) <= len(sample)


SINKS: Mapping[str, Callable[[BinaryIO, pa.Schema], Sink]] = {"csv": Csv, "parquet": Parquet}
Found = list[tuple[Day, Intake]]


@dataclass(frozen=True)
class Outline:
    """The columns and counts of all days.

    Attributes:
        form: The columns of the result.
        days: The days, each with its events.
    """

    form: Form
    days: Found

    @classmethod
    def of(cls, days: Found, report: Report, names: Names, schema: Schema) -> Outline:
        """Decide the columns of the whole, and count what is in it.

        Args:
            days: The days, each with its events.
            report: The figures of the export.
            names: The style of names.
            schema: The columns that the result has at least.

        Returns:
            The columns, and the days.
        """
        layout = Layout()
        for day, intake in days:
            layout.join(intake.layout)
            report.lenient += intake.lenient
            report.ambiguous += intake.ambiguous
            report.late += intake.late
            report.same_day_ids += intake.same_day_ids
            report.add_events(str(day.date), intake.counts)
            report.rows += int(intake.keep.sum())
            report.duplicates += int((~intake.keep).sum())
        form = Form.of(layout, names, schema)
        report.properties, report.widened = form.types, form.widened
        return cls(form, days)


def write_days(target: Target, kind: str, outline: Outline) -> None:
    """Write the events that are kept.

    Args:
        target: The path or stream.
        kind: The format.
        outline: The columns and the days.
    """
    with opened(target) as file:
        if kind == "raw":
            lines = RawLines(file)
            for day, intake in outline.days:
                lines.write(day.lines.blocks(), intake.keep)
            return
        if kind == "jsonl":
            objects = JsonLines(file, outline.form)
            for _, intake in outline.days:
                for batch, stay in kept_events(intake):
                    objects.write(batch, stay)
            return
        sink = SINKS[kind](file, outline.form.schema())
        for _, intake in outline.days:
            write_day(sink, outline.form, intake)
        sink.close()


def kept_events(intake: Intake) -> Iterator[tuple[Batch, Mask]]:
    """Yield the kept events of a day, batch by batch."""
    start = 0
    for batch in intake.store.batches() if intake.store else ():
        yield batch, intake.keep[start : start + len(batch)]
        start += len(batch)


def write_day(sink: Sink, form: Form, intake: Intake) -> None:
    """Write the rows of a day that are kept."""
    for batch, stay in kept_events(intake):
        rows = form.record_batch(batch)
        sink.write(rows if stay.all() else rows.filter(pa.array(stay)))


def texts(column: pa.Array) -> pa.Array:
    """Return timestamps as ISO texts with milliseconds; other columns stay."""
    return iso_texts(column) if pa.types.is_timestamp(column.type) else column
