"""Turns the values of one field into a typed column, and rejects what the standard record does not allow.

Which type a column has is read from the record's own annotations. Texts become pandas' `str`, held by Arrow, so that
rules compare and count a million of them without looking at Python objects.
"""

from __future__ import annotations

import re
from datetime import date, time
from functools import partial
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from oseberg.maze_authority._records.coded import TEXT
from oseberg.maze_authority._records.extra import spelled
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Column = Callable[[pd.Series, str], Any]

AT_ONCE = 1_000_000  # texts of which one table is made
ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?")


def plain_kind(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return an annotation without its None."""
    kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(annotation) else annotation


def arrow_type(annotation: Any) -> pa.DataType:  # noqa: ANN401 - any annotation of the record
    """Return the Arrow type of a field; days, times and listed words are texts until their columns are made."""
    kind = plain_kind(annotation)
    if get_origin(kind) is list:
        return pa.list_(arrow_type(get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return pa.struct([(name, arrow_type(info.annotation)) for name, info in kind.model_fields.items()])
    return {bool: pa.bool_(), int: pa.float64()}.get(kind, pa.large_string())


def column_of(annotation: Any) -> Column:  # noqa: ANN401 - any annotation of a field that is not a list
    """Return the function that makes a field's column."""
    kind = plain_kind(annotation)
    if get_origin(kind) is Literal:
        return partial(choices, allowed=frozenset(get_args(kind)))
    if get_origin(kind) is dict:
        return mappings
    makers: dict[Any, Column] = {bool: flags, int: counts, date: days, time: times}
    return makers.get(kind, texts)


def columns_of(model: type[BaseModel]) -> dict[str, Column]:
    """Return for each field of a model the function that makes its column."""
    return {name: column_of(info.annotation) for name, info in model.model_fields.items()}


def texts(values: pd.Series, name: str) -> pd.Series:
    """Convert texts to pandas' `str`; missing ones are NaN, and lone surrogates are written as escapes.

    Raises:
        RecordsError: A value is not a text.
    """
    if values.dtype == TEXT or is_coded(values):
        return values
    held = arrow(values, pa.large_string(), name)
    return pd.Series(pd.array(held, dtype=TEXT), index=values.index)


def is_coded(values: Any) -> bool:  # noqa: ANN401 - a column
    """Whether a column holds its texts as categories."""
    return isinstance(values.dtype, pd.CategoricalDtype)


def arrow(values: pd.Series, kind: pa.DataType, name: str) -> pa.Array:
    """Turn Python's values into Arrow's; models are seen as mappings, and lone surrogates become escapes.

    Raises:
        RecordsError: One is not of the kind.
    """
    try:
        return pa.array(values.astype(object), kind, from_pandas=True)
    except (TypeError, ValueError, OverflowError):
        try:
            return pa.array([plain(value) for value in values], kind, from_pandas=True)
        except (TypeError, ValueError, OverflowError) as error:
            said = str(error).replace("bytes", "a text")
            raise RecordsError(f"{name}: {said}. One row is one document with the fields of IndexRecord.") from None


def plain(value: Any) -> Any:  # noqa: ANN401 - what the input holds
    """Return a value as mappings, lists and texts that any encoding can hold.

    A lone surrogate is a byte that the vendor's encoding lacks; it is written as a visible escape.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, BaseModel):
        return plain(vars(value))
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, (list, tuple, np.ndarray)) else value


def choices(values: pd.Series, name: str, *, allowed: frozenset[str]) -> pd.Series:
    """Convert texts that must be on a fixed list.

    Raises:
        RecordsError: A value is not on the list.
    """
    held = texts(values, name)
    # Distinct values alone: a million records have fourteen types.
    for value in held.cat.categories if is_coded(held) else held.dropna().unique():
        if value not in allowed:
            raise RecordsError(f"{name}: {value!r} is not allowed in a standard index record.")
    return held


def mappings(values: pd.Series, name: str) -> pd.Series:
    """Convert mappings of texts to one text each, equal for equal mappings; an empty mapping is NaN.

    Raises:
        RecordsError: A value is not a mapping of texts.
    """
    if values.dtype == TEXT or is_coded(values):
        return values
    held = [None if value is None or value != value else plain(value) for value in values]  # noqa: PLR0124 - NaN
    for value in held:
        if value is not None and not (isinstance(value, dict) and all(isinstance(one, str) for one in value.values())):
            raise RecordsError(f"{name}: {value!r} is not a mapping of texts.")
    written = [spelled(value) if value else None for value in held]
    return pd.Series(pd.array(written, dtype=TEXT), index=values.index)


def flags(values: pd.Series, name: str) -> pd.Series:
    """Convert flags.

    Raises:
        RecordsError: A value is neither true nor false.
    """
    if values.dtype != bool and not set(values) <= {True, False}:
        odd = next(value for value in values if value not in (True, False))
        raise RecordsError(f"{name}: {odd!r} is neither true nor false.")
    return values.astype(bool)


def counts(values: pd.Series, name: str) -> pd.Series:
    """Convert whole numbers to float, NaN where one is missing.

    Raises:
        RecordsError: A value is not a whole number.
    """
    if not pd.api.types.is_numeric_dtype(values):
        values = arrow(values, pa.float64(), name).to_pandas()
    numbers = values.astype(np.float64)
    broken = numbers.notna() & ~(np.isfinite(numbers) & (numbers == np.floor(numbers)))
    if broken.any():
        raise RecordsError(f"{name}: {numbers[broken].iloc[0]} is not a whole number.")
    return numbers


def days(values: pd.Series, name: str) -> np.ndarray[Any, Any]:
    """Turn dates, ISO texts or timestamps into datetime64[s]; each distinct one is converted once.

    Raises:
        RecordsError: A value is not a date.
    """
    if pd.api.types.is_datetime64_dtype(values):
        return values.to_numpy().astype("datetime64[D]").astype("datetime64[s]")
    # A million records have a few hundred distinct days.
    codes, distinct = factorized(values)
    converted = np.array([*(to_day(value, name) for value in distinct), "NaT"], dtype="datetime64[s]")
    return np.asarray(converted[codes])


def to_day(value: Any, name: str) -> np.datetime64:  # noqa: ANN401 - what the input holds
    """Convert one date.

    Raises:
        RecordsError: It is not a date.
    """
    try:
        text = value.isoformat()[:10] if isinstance(value, date) else value
        if ISO_DAY.fullmatch(text):
            return np.datetime64(date.fromisoformat(text), "s")
    except (TypeError, ValueError):
        pass
    raise RecordsError(f"{name}: {value!r} is not a date. Dates are ISO days such as 2018-06-05.")


def times(values: pd.Series, name: str) -> Any:  # noqa: ANN401 - pandas' array of str
    """Turn times of day into their texts HH:MM:SS; each distinct one is converted once.

    Raises:
        RecordsError: A value is not a time.
    """
    codes, distinct = factorized(values)
    return pd.array([*(to_time(value, name) for value in distinct), None], dtype=TEXT).take(codes)


def to_time(value: Any, name: str) -> str:  # noqa: ANN401 - what the input holds
    """Convert one time of day.

    Raises:
        RecordsError: It is not a time.
    """
    text = value.isoformat("seconds") if isinstance(value, time) else str(value)
    try:
        if TIME.fullmatch(text):
            return time.fromisoformat(text).isoformat("seconds")
    except ValueError:
        pass
    raise RecordsError(f"{name}: {value!r} is not a time. Times are HH:MM:SS.")


def among(values: pd.Series, known: pd.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which texts are among known ones; pandas' `isin` would look at each known text as a Python object."""
    # Arrow compares texts where they are; pandas would make an object of each.
    found = pc.is_in(pa.array(values.astype(TEXT)), value_set=pa.array(known.astype(TEXT)))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def factorized(values: pd.Series | Sequence[Any]) -> tuple[np.ndarray[Any, Any], list[Any]]:
    """Return for each value its place in a list of distinct ones (-1 for a missing one), and that list.

    Where the values are rows of a larger table, the list may have more than they need.
    """
    if isinstance(values, pd.Series) and is_coded(values):
        return values.cat.codes.to_numpy(), values.cat.categories.tolist()
    given = values if isinstance(values, pd.Series) else np.asarray(values, dtype=object)
    codes, distinct = pd.factorize(given)
    return codes, distinct.tolist()


def repeated(column: pd.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which texts of a column occur twice; a missing one does not.

    Args:
        column: Texts, nearly all of them different.

    Returns:
        A mask over the column.
    """
    texts = pc.cast(pa.array(column), pa.large_string())
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    found = np.zeros(len(column), dtype=bool)
    # Equal texts have equal marks, so a part at a time will do: a table of ten million texts takes a gigabyte.
    marks = last_marks(texts) if len(column) > AT_ONCE else np.zeros(len(column), dtype=np.uint8)
    for mark in np.unique(marks):
        rows = np.flatnonzero(marks == mark)
        part = texts.take(pa.array(rows)) if len(rows) < len(texts) else texts
        codes = pc.dictionary_encode(part).indices.fill_null(-1).to_numpy(zero_copy_only=False)
        often = np.append(np.bincount(codes[codes >= 0], minlength=1) > 1, False)
        found[rows] = often[codes]
    return found


def last_marks(texts: pa.LargeStringArray) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a number from 0 to 15 for each text, equal for equal texts: the sum of its last twelve bytes."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset :][: len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"0", dtype=np.uint8)
    total = np.zeros(len(texts), dtype=np.uint8)
    for back in range(1, 13):
        place = offsets[1:] - back
        there = place >= offsets[:-1]
        total += np.where(there, data[np.where(there, place, 0)], 0).astype(np.uint8)
    return total % np.uint8(16)
