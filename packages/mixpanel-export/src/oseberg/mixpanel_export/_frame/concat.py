"""Several exports -> one frame, equal to the frame of one export of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from oseberg.mixpanel_export._columns.widen import EXACT, TYPES, join, moments_as_numbers, widen_array
from oseberg.mixpanel_export._frame.frame import contents, count_by_day, to_pandas
from oseberg.mixpanel_export._frame.names import FIXED, Names, written_names
from oseberg.mixpanel_export._frame.order import Keys, Places, row_order
from oseberg.mixpanel_export._frame.schema import INTEGERS, NAMES, REPORT, STAMPS
from oseberg.mixpanel_export._frame.table import fixed_type
from oseberg.mixpanel_export._report import Report
from oseberg.mixpanel_export.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable


def concat(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Join exports of several ranges exactly: the result is that of one export of all of them.

    Columns that only some frames have are missing values in the others. Types widen as within one export, and each
    value keeps its spelling. Events that occur in several frames are kept once: the one that Mixpanel processed last.

    Args:
        frames: Frames of `export`, `normalize`, or of Parquet files written by `write` or from such frames, with the
            same style of names. Read files with `pandas.read_parquet(path, dtype_backend="pyarrow")`: otherwise pandas
            rounds integers above 2^53 in columns with missing values.

    Returns:
        One frame in order of time (UTC); the columns are those that `normalize` describes. The figures in
        `attrs["mixpanel_report"]` are summed up.

    Raises:
        SchemaError: The frames are missing, one is not an export or has other names, or its integers were rounded.

    Example:
        >>> from oseberg.mixpanel_export import normalize
        >>> line = '{"event":"Atla Query","properties":{"time":%d,"distinct_id":"7","land":%s}}'
        >>> weeks = [normalize([line % (1793534400, '"oil"')]), normalize([line % (1794139200, '["oil","gas"]')])]
        >>> concat(weeks)["land"].tolist()
        ['oil', '["oil","gas"]']
    """
    parts = [_Part.of(frame) for frame in frames]
    if not parts:
        raise SchemaError("concat needs at least one frame.")
    for raw in STAMPS:
        if any(raw in part.types for part in parts):
            for part in parts:
                part.add_stamps(raw)
    types = _joined_types(parts)
    names = written_names(types, _style(parts))
    columns = {
        written: pa.chunked_array([part.fixed(raw, written) for part in parts]) for raw, written in FIXED.items()
    }
    columns |= {names[raw]: pa.chunked_array([part.typed(raw, kind) for part in parts]) for raw, kind in types.items()}
    table = pa.table(columns)
    order, same_day_ids = _row_order(table)
    kept = table.take(pa.array(order))
    result = to_pandas(kept, "arrow" if parts[0].arrow else "numpy_nullable")
    report = _joined_report(parts)
    report.duplicates += len(table) - len(order)
    report.rows, report.properties, report.same_day_ids = len(order), types, same_day_ids
    report.hidden = 0
    for day, events in count_by_day(kept["event"], kept["time"]).items():
        report.add_events(day, events)
    result.attrs[NAMES] = FIXED | names
    integers = set().union(*(part.integers for part in parts)) | {
        raw for part in parts for raw, kind in part.types.items() if kind == "int64"
    }
    result.attrs[INTEGERS] = sorted(raw for raw in integers if types[raw] == "double")
    result.attrs[REPORT] = report.to_dict()
    return result


@dataclass
class _Part:
    """One of the frames.

    Attributes:
        frame: The frame.
        types: Its properties' types.
        names: Its properties' columns.
        written: The same of all properties that it came with, whatever was dropped since.
        integers: Its double properties whose whole numbers are integers.
        moments: Its timestamps as numbers, where another frame has them as a column of their own.
    """

    frame: pd.DataFrame
    types: dict[str, str]
    names: dict[str, str]
    written: dict[str, str]
    integers: set[str]
    moments: dict[str, pa.Array] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: Any) -> _Part:  # noqa: ANN401 - whatever the user passed
        if not isinstance(frame, pd.DataFrame) or REPORT not in frame.attrs or NAMES not in frame.attrs:
            raise SchemaError(
                "concat joins frames of export, normalize or their Parquet files; one frame is of another origin."
            )
        types = frame.attrs[REPORT]["properties"]
        written = {raw: column for raw, column in frame.attrs[NAMES].items() if raw in types}
        names = {raw: column for raw, column in written.items() if column in frame}
        return cls(frame, {raw: types[raw] for raw in names}, names, written, set(frame.attrs.get(INTEGERS, ())))

    @property
    def arrow(self) -> bool:
        """Whether the frame has Arrow's types."""
        return isinstance(self.frame["event"].dtype, pd.ArrowDtype)

    def fixed(self, raw: str, written: str) -> pa.Array:
        """Return a leading column."""
        if written not in self.frame:
            return pa.nulls(len(self.frame), fixed_type(raw))
        return _array(self.frame[written], fixed_type(raw))

    def typed(self, raw: str, wanted: str) -> pa.Array:
        """Return a property in a type at least as wide as its own."""
        if raw not in self.types:
            return pa.nulls(len(self.frame), TYPES[wanted])
        return widen_array(self.array(raw), wanted, integers=raw in self.integers)

    def array(self, raw: str) -> pa.Array:
        """Return a property in its own type."""
        if raw in self.moments:
            return self.moments[raw]
        column, kind = self.frame[self.names[raw]], TYPES[self.types[raw]]
        if kind == pa.int64() and column.dtype == np.float64 and (column.abs() >= EXACT).any():
            raise SchemaError(
                f"The integers of {self.names[raw]!r} were rounded when the file was read. Read it with "
                'pandas.read_parquet(path, dtype_backend="pyarrow").'
            )
        return _array(column, kind)

    def add_stamps(self, raw: str) -> None:
        """Add a column of timestamps as numbers: another frame has it, for what is not a timestamp."""
        if raw in self.types or FIXED[raw] not in self.frame:
            return
        moments = _array(self.frame[FIXED[raw]], fixed_type(raw))
        if moments.null_count < len(moments):
            self.moments[raw] = moments_as_numbers(moments)
            self.types[raw] = "int64"


def _array(column: pd.Series[Any], kind: pa.DataType) -> pa.Array:
    """Return a frame's column as one Arrow array."""
    array = pa.Array.from_pandas(column)
    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return whole if whole.type == kind else whole.cast(kind)


def _style(parts: list[_Part]) -> Names:
    """Return the style of names that all frames have; frames without telling names fit either."""
    styles: tuple[Names, ...] = ("raw", "snake")
    for style in styles:
        if all(part.written == written_names(part.written, style) for part in parts):
            return style
    raise SchemaError('The frames have different names of columns. Export all of them with the same names="…".')


def _joined_types(parts: list[_Part]) -> dict[str, str]:
    """Return the type that each property needs over all frames."""
    types: dict[str, str] = {}
    for part in parts:
        for raw, kind in part.types.items():
            types[raw] = join(types.get(raw, "null"), kind)
    inexact = {
        raw
        for raw, kind in types.items()
        if kind == "double" and any(part.types.get(raw) == "int64" and not _exact(part, raw) for part in parts)
    }
    return {raw: "string" if raw in inexact else kind for raw, kind in sorted(types.items())}


def _exact(part: _Part, raw: str) -> bool:
    """Whether all integers of a column are doubles without rounding."""
    numbers = np.asarray(part.array(raw).drop_null())
    large = numbers[(numbers > EXACT) | (numbers < -EXACT)]
    return all(int(float(value)) == value for value in large.tolist())


def _row_order(table: pa.Table) -> tuple[Places, int]:
    """Return the rows that stay as one export of all would have them, and how many share an id on their day."""
    times = np.asarray(table["time"].cast(pa.int64()).fill_null(np.iinfo(np.int64).max))
    keys = Keys(
        event=table["event"].combine_chunks(),
        distinct=table["distinct_id"].combine_chunks(),
        insert=table["insert_id"].combine_chunks(),
        wall=times,
        utc=times,
        processed=np.asarray(table["processed_at"].cast(pa.int64()).fill_null(-1)),
    )
    found = row_order(keys, partial(contents, table))
    return found.places, found.same_day_ids


def _joined_report(parts: list[_Part]) -> Report:
    """Return the sums of the frames' figures."""
    whole = Report()
    for part in parts:
        one = Report.from_dict(part.frame.attrs[REPORT])
        for name, value in vars(one).items():
            if isinstance(value, int):
                setattr(whole, name, getattr(whole, name) + value)
            elif isinstance(value, list):
                getattr(whole, name).extend(value)
            elif name == "widened":
                whole.widened |= value
    return whole
