"""Reads records from a file, models or a DataFrame into a delivery's tables, and returns single records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._records.blocks import FIELDS, read_blocks
from oseberg.maze_authority._records.coded import TEXT
from oseberg.maze_authority._records.columns import arrow, is_coded
from oseberg.maze_authority._records.origin import Origin, frame_of, of_file, unreadable
from oseberg.maze_authority._records.pieces import tables_of
from oseberg.maze_authority._records.record import IndexRecord, Source
from oseberg.maze_authority._records.tables import (
    ARROW,
    LISTS,
    SCALARS,
    Lazily,
    document_table,
    first_lines,
    list_table,
)
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

Records = Iterable[IndexRecord] | str | Path | pd.DataFrame
LOOKED_AT = 1_000  # records of a DataFrame whose nested fields are looked at one by one


@dataclass(frozen=True)
class Read:
    """What was read.

    Attributes:
        documents: The document table in the order of county, file, line and number.
        lists: The tables of the lists, their `doc` fitting `documents`.
        order: For each document its place in the input.
        records: Gives the records again, in input order.
    """

    documents: pd.DataFrame
    lists: Lazily
    order: np.ndarray[Any, np.dtype[np.int64]]
    records: Origin


def read_records(records: Records) -> Read:
    """Read records from a records.jsonl, an iterable of IndexRecord, or a DataFrame of one row for each document.

    Raises:
        RecordsError: They are not standard index records; the message names the line and the field.
    """
    if isinstance(records, (str, Path)):
        path = Path(records)
        return read_file(path, of_file(path))
    if isinstance(records, pd.DataFrame):
        return read_frame(records, Origin(lambda: whole(records)))
    # An iterator is read once, and records are needed twice: for the check, and for the split.
    kept = list(records)
    for number, record in enumerate(kept, start=1):
        if not isinstance(record, IndexRecord):
            raise RecordsError(
                f"Record {number} is a {type(record).__name__}, not an IndexRecord. "
                f"Pass IndexRecords, a DataFrame, or the path of a records.jsonl."
            )
    return read_frame(frame_of(kept), Origin(lambda: frame_of(kept)))


def read_file(path: Path, records: Origin) -> Read:
    """Read a records.jsonl.

    Raises:
        RecordsError: The file can't be read, or a line is not a standard index record.
    """
    try:
        try:
            tables = tables_of(read_blocks(path))
        except RecordsError:
            # Unusual, or wrong: the models accept what has another form, and name the line of what is wrong.
            tables = tables_of(read_blocks(path, by_models=True))
    except OSError as error:
        raise unreadable(path, error) from None
    return arrange(tables.pop("documents"), tables.pop, records)


def read_frame(frame: pd.DataFrame, records: Origin) -> Read:
    """Read a DataFrame of one row for each document; its lists are taken apart when a rule asks for them.

    Raises:
        RecordsError: A column or nested field is missing or unknown, or a value is not what the standard record holds.
    """
    # A misspelled column would be read as absent, and every rule on it would pass.
    missing = [name for name in FIELDS if IndexRecord.model_fields[name].is_required() and name not in frame]
    unknown = [str(name) for name in frame if name not in FIELDS and name != "reasons"]
    if missing or unknown or not frame.columns.is_unique:
        raise RecordsError(
            f"The DataFrame lacks the columns {missing}, has the unknown columns {unknown}, or has a column twice. "
            f"One row is one document with the fields of IndexRecord."
        )

    def nested(name: str) -> pa.Array:
        values = cells(frame, name)
        refuse_unknown(values, name)
        return arrow(values, ARROW[name], name)

    files, lines = nested("source").flatten()
    documents = document_table(
        lambda name: cells(frame, name), pd.Series(pd.array(files, dtype=TEXT)), first_lines(lines)
    )
    return arrange(documents, lambda name: list_table(name, nested(name)), records)


def refuse_unknown(values: pd.Series, name: str) -> None:
    """Refuse nested fields that the record lacks, which Arrow would drop silently.

    Only the first records are looked at: a program that misspells a field does so from the start, and to look at all
    would take a fifth of the time of a check.

    Raises:
        RecordsError: There is one.
    """
    model = LISTS.get(name, Source)
    known = frozenset(model.model_fields)
    for value in values.head(LOOKED_AT):
        for entry in value if isinstance(value, (list, tuple, np.ndarray)) else [value]:
            if isinstance(entry, dict) and not known.issuperset(entry):
                unknown = ", ".join(sorted(map(str, entry.keys() - known)))
                fields = ", ".join(model.model_fields)
                raise RecordsError(f"{name}: a {model.__name__} has no {unknown}. Its fields are {fields}.")


def cells(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of a DataFrame; where a flag is missing, or the whole column, the default of its field."""
    field = IndexRecord.model_fields[name]
    # pandas has no way to leave a flag out of one row: what is missing is what the record says by default.
    default = field.default if field.annotation is bool else None
    if name not in frame:
        return pd.Series(np.full(len(frame), default))
    column = frame[name].reset_index(drop=True)
    # Categories of a program of the user's may be anything; they are judged as values.
    column = column.astype(object) if is_coded(column) else column
    return column.astype(object).where(column.notna(), default) if default is not None and column.hasnans else column


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a DataFrame all fields, with their defaults where it leaves them out."""
    data = {name: cells(frame, name).astype(object) for name in FIELDS}
    data = {name: column.where(column.notna(), None) for name, column in data.items()}
    lists = {name: data[name].map(lambda items: [] if items is None else items) for name in LISTS}
    lists["extra"] = data["extra"].map(lambda cells: {} if cells is None else cells)
    return pd.DataFrame(data | lists).set_axis(frame.index)


def arrange(documents: pd.DataFrame, entries: Callable[[str], pd.DataFrame], records: Origin) -> Read:
    """Order the documents by county, file, line and content, so that shuffled input gives equal reports."""
    order = ordered(documents)
    # A file is in its own order, so nothing is copied.
    if (order == np.arange(len(order))).all():
        return Read(documents, Lazily(entries), order, records)
    # The lists are built when a rule asks for them, and then refer to the new places.
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))

    def table(name: str) -> pd.DataFrame:
        frame = entries(name)
        docs = back[frame["doc"].to_numpy()]
        rows = np.argsort(docs, kind="stable")
        return taken(frame, rows).assign(doc=docs[rows])

    return Read(taken(documents, order), Lazily(table), order, records)


def ordered(documents: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the places of the documents in the order of county, file and line; on the same line, of their content."""
    # Categories are in the order of their texts.
    codes = [documents[name].cat.codes.to_numpy() for name in ("source_file", "county_fips")]
    keys = [documents["source_line"].to_numpy(), *codes]
    order = np.lexsort(keys)
    if not len(ties(order, keys)):
        return order
    # The number parts nearly all documents that share their line; to spell out every record would double the time.
    keys.insert(0, pd.factorize(documents["instrument_number"], sort=True)[0])
    order = np.lexsort(keys)
    tied = ties(order, keys)
    content = np.zeros(len(documents), dtype=np.int64)
    content[tied] = pd.factorize(spelled(documents.iloc[tied]), sort=True)[0]
    return np.lexsort([content, *keys])


def ties(
    order: np.ndarray[Any, np.dtype[np.int64]], keys: list[np.ndarray[Any, Any]]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the places, in an order, of documents that no key tells apart."""
    if not len(order):
        return order
    same = np.logical_and.reduce([np.diff(key[order]) == 0 for key in keys])
    return np.asarray(order[np.append(same, False) | np.append(False, same)])


def taken(frame: pd.DataFrame, rows: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
    """Return a table's rows in another order."""
    return frame.iloc[rows].reset_index(drop=True)


def spelled(documents: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Write each document's scalars as one text, to order documents from the same line."""
    rows = documents[SCALARS].astype(object).itertuples(index=False)
    texts = ["\x1f".join(map(str, row)) for row in rows]
    return np.array(texts, dtype=object)
