"""JSON lines as a DataFrame and back, without guesses or losses.

pandas' reader takes text for numbers and dates, and rounds integers; its writer rounds floats to 15 digits and times to
milliseconds.
"""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._pandas import load_pandas

if TYPE_CHECKING:
    import pandas as pd

_EXACT_IN_A_FLOAT = 2**53  # above it, neighboring integers are the same float
_IN_UTC = re.compile(r"\+00:00\Z")
_TYPES = {"string": "str", "floating": "float64"}
_WITHOUT_MISSING = {"integer": "int64", "boolean": "bool"}
_WITH_MISSING = {"integer": "Int64", "boolean": "boolean"}


def parse_json_lines(data: bytes, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - pandas' own options
    """Parse JSON lines; columns have the types that JSON has, and integers keep all of their digits.

    Args:
        data: One JSON object on each line.
        **options: `dtype` converts columns afterwards; other options are those of `pandas.read_json`.

    Returns:
        One row for each object: text as str, integers as int64 (Int64 where some are missing, Python's own where they
        are longer), numbers as float64, truth values as bool (boolean); lists, objects and mixtures as they are.

    Raises:
        ValueError: A line is not a JSON object.
    """
    pandas, dtype = load_pandas("read_frame"), options.pop("dtype", None)
    if options:
        exact = {"dtype": False, "convert_axes": False, "lines": True}
        frame: pd.DataFrame = pandas.read_json(io.BytesIO(data), **{**exact, **options})
    else:
        frame = pandas.DataFrame(_rows(data), dtype=object).apply(_typed)
    return frame.astype(dtype) if dtype else frame


def format_json_lines(frame: pd.DataFrame) -> bytes:
    """Format a table as JSON lines; numbers and times keep all of their digits.

    Args:
        frame: The table; its index is not written.

    Returns:
        One JSON object for each row: times in ISO 8601, null for what is missing.

    Raises:
        ValueError: There is something that JSON doesn't know: an infinity, two columns of one name.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise ValueError("two of its columns have the same name")
    columns = [_values(frame.iloc[:, number]) for number in range(len(names))]
    rows = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    lines = (
        json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain) for row in rows
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return a column's values as Python's own, None for those that are missing."""
    values = column.astype(object)
    return values.where(column.notna(), None).tolist()


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column contains
    """Return the JSON equivalent of a value of another type."""
    if hasattr(value, "isoformat"):  # times, dates and durations
        return _IN_UTC.sub("Z", value.isoformat())
    if hasattr(value, "tolist"):  # numpy's numbers and arrays
        return value.tolist()
    if isinstance(value, Decimal):
        return str(value)  # a float would round it
    raise ValueError(f"{type(value).__name__} is not one of JSON's types")


def _rows(data: bytes) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
            if not isinstance(row, dict):
                raise ValueError(f"line {number} is not a JSON object: {line[:60]!r}")
            rows.append(row)
    return rows


def _typed(column: pd.Series[Any]) -> pd.Series[Any]:
    """Convert a column of Python's objects to the type that all of its values have."""
    pandas = load_pandas("read_frame")
    kind = pandas.api.types.infer_dtype(column, skipna=True)
    if kind == "mixed-integer-float":
        long = any(isinstance(value, int) and abs(value) > _EXACT_IN_A_FLOAT for value in column)
        return column if long else column.astype("float64")
    kinds = {**_TYPES, **(_WITH_MISSING if column.isna().any() else _WITHOUT_MISSING)}
    try:
        typed: pd.Series[Any] = column.astype(kinds.get(kind, "object"))  # type: ignore[call-overload] # the name of a type
    except OverflowError:
        return column
    return typed
