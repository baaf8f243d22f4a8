"""Lines or batches -> the normalized DataFrame."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from oseberg.mixpanel_export._checks import check_choice, check_zone
from oseberg.mixpanel_export._columns.batch import Batch
from oseberg.mixpanel_export._columns.reader import make_batches
from oseberg.mixpanel_export._frame.names import Names
from oseberg.mixpanel_export._frame.order import Keys, Places, row_order
from oseberg.mixpanel_export._frame.schema import INTEGERS, NAMES, REPORT, Schema, SchemaSource
from oseberg.mixpanel_export._frame.table import Form, Layout
from oseberg.mixpanel_export._read.decode import Decoder
from oseberg.mixpanel_export._read.lines import blocks_of
from oseberg.mixpanel_export._read.zone import Evidence
from oseberg.mixpanel_export._report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable


Dtype = Literal["arrow", "numpy_nullable"]
NULLABLE = {
    "string": pd.StringDtype(),
    "int64": pd.Int64Dtype(),
    "double": pd.Float64Dtype(),
    "bool": pd.BooleanDtype(),
}
DAY_US = 86_400_000_000


def normalize(
    lines: bytes | str | Iterable[bytes | str],
    *,
    names: Names = "raw",
    schema: SchemaSource | None = None,
    dtype: Dtype = "arrow",
    time_zone: str = "UTC",
    verify_time_zone: bool = False,
    restore_hot_shards: bool = True,
) -> pd.DataFrame:
    r"""Turn the lines of an export into a typed, stable DataFrame, without a network.

    Args:
        lines: A whole body (JSONL, bytes or text), or its lines.
        names: `raw` keeps Mixpanel's property names; `snake` writes them for SQL (`$os` -> `mp_os`).
        schema: Types to pin, by raw property name: `bool`, `int64`, `double`, `string` or `json`.
        dtype: `arrow` gives `pandas.ArrowDtype` columns, `numpy_nullable` pandas' own nullable ones.
        time_zone: The IANA zone of the exported times: UTC for projects from 2023 on, the project's for older ones.
        verify_time_zone: Refuse times that contradict `time_zone`, as the client does.
        restore_hot_shards: Give `$hotshard_events` their original event and distinct_id.

    Returns:
        One row for each event, in order of time, duplicates removed (the one that Mixpanel processed last stays). The
        columns `event` (string), `time` (timestamp[us, UTC]), `distinct_id`, `user_id`, `device_id`,
        `distinct_id_before_identity`, `insert_id` (strings), `processed_at`, `received_at` (timestamps) and `lib` come
        first, even with no rows; then every other property, sorted by name, in the narrowest of bool, int64, double,
        string, JSON text that holds all its values unchanged. `attrs["mixpanel_names"]` maps raw to written names,
        `attrs["mixpanel_report"]` holds the figures (see `Report`).

    Raises:
        TruncatedExportError: The last line is not an event.
        UnreadableLinesError: At least 10 lines and more than 0.1 % are not events.
        SchemaError: A value does not fit its pinned type.
        TimeZoneError: The times contradict `time_zone` (only with `verify_time_zone`).
        SettingsError: The time zone, style of names or dtype does not exist.

    Example:
        >>> line = b'{"event":"Atla Query","properties":{"time":1793534400,"distinct_id":"7","acres":12.5}}'
        >>> frame = normalize([line])
        >>> frame["acres"].tolist(), str(frame["time"].dtype)
        ([12.5], 'datetime64[us, UTC]')
    """
    least = check_options(names, schema, dtype)
    where = check_zone(time_zone)
    decoder, evidence = Decoder(restore=restore_hot_shards), Evidence()
    batches = list(make_batches(blocks_of(lines), decoder, where, evidence))
    decoder.finish()
    if verify_time_zone:
        evidence.check(where)
    report = Report()
    report.add_unreadable(decoder.unreadable)
    return to_frame(batches, report, names=names, schema=least, dtype=dtype)


def to_frame(
    batches: list[Batch], report: Report, *, names: Names = "raw", schema: Schema | None = None, dtype: Dtype = "arrow"
) -> pd.DataFrame:
    """Join batches into one frame, in order of time and without duplicates; the batches are used up."""
    layout = Layout()
    for batch in batches:
        layout.add(batch)
        report.lenient += batch.lenient
        report.ambiguous += batch.ambiguous
        report.late += batch.late
    form = Form.of(layout, names, schema)
    table = ordered(form.table(batches), batches, report)
    report.rows, report.properties, report.widened = len(table), form.types, form.widened
    report.duplicates += sum(map(len, batches)) - len(table)
    for day, events in count_by_day(table["event"], table["time"]).items():
        report.add_events(day, events)
    frame = to_pandas(table, dtype)
    frame.attrs[NAMES] = form.all_names
    frame.attrs[INTEGERS] = form.integers
    frame.attrs[REPORT] = report.to_dict()
    return frame


def count_by_day(event: pa.ChunkedArray, time: pa.ChunkedArray) -> dict[str, dict[str, int]]:
    """Return the rows by day (UTC) and event; events without a time are left out."""
    coded = event.combine_chunks().dictionary_encode()
    codes, names = np.asarray(coded.indices), coded.dictionary.to_pylist()
    timed = np.asarray(time.is_valid())
    days = np.asarray(time.cast(pa.int64()).fill_null(0)) // DAY_US
    numbers = days[timed] * len(names) + codes[timed]  # one number for a day and an event
    found, counts = np.unique(numbers, return_counts=True)
    result: dict[str, dict[str, int]] = {}
    for number, count in zip(found.tolist(), counts.tolist(), strict=True):
        day, code = divmod(number, len(names))
        result.setdefault(str(np.datetime64(day, "D")), {})[names[code]] = count
    return {day: dict(sorted(events.items())) for day, events in result.items()}


def ordered(table: pa.Table, batches: list[Batch], report: Report) -> pa.Table:
    """Return the rows that stay, in order of time, and count events that Mixpanel may yet remove."""
    if not batches:
        return table
    keys = Keys(
        event=table["event"].combine_chunks(),
        distinct=table["distinct_id"].combine_chunks(),
        insert=table["insert_id"].combine_chunks(),
        wall=np.concatenate([batch.wall for batch in batches]),
        utc=np.concatenate([batch.utc for batch in batches]),
        processed=np.asarray(table["processed_at"].cast(pa.int64()).fill_null(-1)),
    )
    found = row_order(keys, partial(contents, table))
    report.same_day_ids = found.same_day_ids
    columns, schema = table.columns, table.schema
    del table, keys
    return pa.table(taken(columns, found.places), schema=schema)


def contents(table: pa.Table, places: Places) -> list[str]:
    """Return the whole content of some rows as one text each."""
    columns = [column.to_pylist() for column in table.take(pa.array(places)).columns]
    return list(map(repr, zip(*columns, strict=True)))


def taken(columns: list[pa.ChunkedArray], places: Places) -> list[pa.ChunkedArray]:
    """Return some rows of columns; each column is freed as soon as it is done, so that only one table is in memory."""
    if len(places) == len(columns[0]) and bool((places[1:] > places[:-1]).all()):
        return columns  # as where Mixpanel sends a day in order of time
    rows = pa.array(places)
    for number, column in enumerate(columns):
        columns[number] = column.take(rows)
    return columns


def to_pandas(table: pa.Table, dtype: Dtype) -> pd.DataFrame:
    """Return a table as a DataFrame with nullable types."""
    # Times stay numpy's in both: pandas compares, slices and resamples those, and not Arrow's, by texts and periods.
    arrow = {str(kind): pd.ArrowDtype(kind) for kind in table.schema.types if not pa.types.is_timestamp(kind)}
    mapper = (arrow if dtype == "arrow" else NULLABLE).get
    frame: pd.DataFrame = table.to_pandas(types_mapper=lambda kind: mapper(str(kind)), ignore_metadata=True)
    return frame


def check_options(names: str, schema: SchemaSource | None, dtype: str = "arrow") -> Schema:
    """Reject impossible options before the first request is sent, and read the schema.

    Raises:
        SettingsError: The style of names or the dtype does not exist.
        SchemaError: A type is unknown, or is that of a leading column.
    """
    check_choice("names", names, ("raw", "snake"))
    check_choice("dtype", dtype, ("arrow", "numpy_nullable"))
    return Schema.read(schema)
