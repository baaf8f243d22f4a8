"""Complete days -> a CSV, JSONL or Parquet file, a few thousand events at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from oseberg.mixpanel_export._days.day import Day
from oseberg.mixpanel_export._frame.batch import Batch, make_batches
from oseberg.mixpanel_export._frame.duplicates import Ledger
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.schema import Schema
from oseberg.mixpanel_export._frame.table import Form, Layout
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export._write.target import Target, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    import numpy as np


ROW_GROUP = 100_000
"""Rows of a Parquet row group."""


@dataclass(frozen=True)
class Reader:
    """Reads spooled days as batches."""

    days: list[Day]
    zone: ZoneInfo
    restore: bool

    def batches(self, day: Day) -> Iterator[Batch]:
        """Give the events of a day."""
        return make_batches(day.lines.blocks(), Decoder(restore=self.restore), self.zone)


class Sink(Protocol):
    """Takes record batches of one schema."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add some rows."""

    def close(self) -> None:
        """Write what is left."""


class JsonLines:
    """One JSON object a row: the columns' names, null for what is missing or `NaN`, timestamps in ISO form."""

    def __init__(self, file: BinaryIO, schema: pa.Schema) -> None:
        self.file = file
        self.names = schema.names
        self.stamps = [field.name for field in schema if pa.types.is_timestamp(field.type)]

    def write(self, batch: pa.RecordBatch) -> None:
        """Add some rows."""
        columns = [texts(column).to_pylist() for column in batch.columns]
        for values in zip(*columns, strict=True):
            self.file.write(orjson.dumps(dict(zip(self.names, values, strict=True)), option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        """Nothing is left to write."""


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
    """Row groups of 100,000 rows, compressed with zstd; the schema's metadata holds the map of names."""

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


SINKS: Mapping[str, Callable[[BinaryIO, pa.Schema], Sink]] = {"csv": Csv, "jsonl": JsonLines, "parquet": Parquet}


def write_days(target: Target, kind: str, reader: Reader, report: Report, names: Names, schema: Schema | None) -> None:
    """Read the days twice: for the columns and the duplicates of the whole, then to write them."""
    layout, keep = Layout(), {}
    for day in reader.days:
        ledger = Ledger()
        for batch in reader.batches(day):
            layout.add(batch)
            ledger.add(batch.rows)
            report.lenient += batch.lenient
            report.ambiguous += batch.ambiguous
        keep[day.date] = ledger.winners()
    form = Form.of(layout, names, schema)
    report.properties, report.widened = form.types, form.widened
    with opened(target) as file:
        sink = SINKS[kind](file, form.schema())
        for day in reader.days:
            write_day(sink, form, reader.batches(day), keep[day.date])
            report.rows += int(keep[day.date].sum())
            report.duplicates += int((~keep[day.date]).sum())
        sink.close()


def write_day(sink: Sink, form: Form, batches: Iterator[Batch], keep: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    """Write the rows of a day that stay."""
    start = 0
    for batch in batches:
        stay = keep[start : start + len(batch)]
        start += len(batch)
        rows = form.record_batch(batch)
        sink.write(rows if stay.all() else rows.filter(pa.array(stay)))


def texts(column: pa.Array) -> pa.Array:
    """Write timestamps as ISO texts with milliseconds; other columns stay."""
    if not pa.types.is_timestamp(column.type):
        return column
    return pa.compute.strftime(column.cast(pa.timestamp("ms", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
