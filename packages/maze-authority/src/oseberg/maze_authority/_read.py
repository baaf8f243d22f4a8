"""Reads records, however they are given, into a delivery's tables, and gives single records back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from oseberg.maze_authority._record import IndexRecord
from oseberg.maze_authority._tables import LISTS, PIECE, SCALARS, TYPES, FrameTables, Lazily, Tables, cells
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Records = Iterable[IndexRecord] | str | Path | pd.DataFrame

REQUIRED = ("county_fips", "document_type", "document_type_text", "source")
FIELDS = list(IndexRecord.model_fields)


@dataclass(frozen=True)
class Read:
    """What was read.

    Attributes:
        documents: The document table in the order of county, file, line and number.
        lists: The tables of the lists, their `doc` fitting `documents`.
        order: For each document its place in the input.
        records: Gives the records again as a DataFrame with IndexRecord's fields, in input order.
    """

    documents: pd.DataFrame
    lists: Lazily
    order: np.ndarray[Any, np.dtype[np.int64]]
    records: Callable[[], pd.DataFrame]


def read_records(records: Records) -> Read:
    """Read records from a records.jsonl, an iterable of IndexRecord, or a DataFrame of one row for each document.

    Raises:
        RecordsError: They are not standard index records; the message names the line and the field.
    """
    if isinstance(records, (str, Path)):
        path = Path(records)
        return arrange(tables_of(read_lines(path)), lambda: frame_of(read_lines(path)))
    if isinstance(records, pd.DataFrame):
        check_form(records)
        return arrange(FrameTables(records), lambda: whole(records))
    kept = list(records)
    for number, record in enumerate(kept, start=1):
        if not isinstance(record, IndexRecord):
            raise RecordsError(f"Record {number} is a {type(record).__name__}, not an IndexRecord.")
    return arrange(tables_of(iter(kept)), lambda: frame_of(iter(kept)))


def read_lines(path: Path) -> Iterator[IndexRecord]:
    """Read a records.jsonl.

    Raises:
        RecordsError: The file can't be read, or a line is no standard index record.
    """
    validate = IndexRecord.__pydantic_validator__.validate_json
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    try:
                        yield validate(line)
                    except ValidationError as error:
                        raise RecordsError(f"{path} line {number}: {first_problem(error)}") from None
    except OSError as error:
        raise RecordsError(f"{path}: {error.strerror}. Give the records.jsonl that the parser wrote.") from None


def first_problem(error: ValidationError) -> str:
    """Say the first thing that is wrong with a record, without repeating its content at length."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    given = repr(problem["input"])[:80]
    return f"{where + ': ' if where else ''}{problem['msg']} (given: {given}). Parse the delivery again."


def tables_of(records: Iterator[IndexRecord]) -> Tables:
    """Collect the tables from records, a piece at a time."""
    tables = Tables()
    piece: list[dict[str, Any]] = []
    for record in records:
        piece.append(vars(record))
        if len(piece) == PIECE:
            tables.add({name: [row[name] for row in piece] for name in FIELDS}, len(piece))
            piece = []
    tables.add({name: [row[name] for row in piece] for name in FIELDS}, len(piece))
    return tables


def frame_of(records: Iterator[IndexRecord]) -> pd.DataFrame:
    """Give records as one row each, lists as lists of mappings."""
    rows = [record.model_dump() for record in records]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in FIELDS})


def check_form(frame: pd.DataFrame) -> None:
    """Check the columns and codes of a DataFrame.

    Raises:
        RecordsError: A column is missing or unknown, or a code is none.
    """
    missing = [name for name in REQUIRED if name not in frame]
    unknown = [str(name) for name in frame if name not in FIELDS and name != "reasons"]
    if missing or unknown:
        raise RecordsError(
            f"The DataFrame lacks the columns {missing} and has the unknown columns {unknown}. "
            f"One row is one document with the fields of IndexRecord."
        )
    for name, good in (("county_fips", is_fips), ("document_type", TYPES.__contains__)):
        bad = [value for value in frame[name].unique() if not good(value)]
        if bad:
            raise RecordsError(f"{name}: {bad[0]!r} is not allowed in a standard index record.")


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a DataFrame all fields, with their defaults where it leaves them out."""
    data = {name: pd.Series(cells(frame, name), index=frame.index, dtype=object) for name in FIELDS}
    return pd.DataFrame(data | {name: data[name].map(lambda items: [] if items is None else items) for name in LISTS})


def is_fips(value: object) -> bool:
    """Tell five digits."""
    return isinstance(value, str) and len(value) == 5 and value.isascii() and value.isdigit()  # noqa: PLR2004 - FIPS


def arrange(tables: Tables, records: Callable[[], pd.DataFrame]) -> Read:
    """Order the documents by county, file, line and content, so that shuffled input gives equal reports."""
    documents = tables.documents()
    order = ordered(documents)
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))

    def table(name: str) -> pd.DataFrame:
        frame = tables.frame(name)
        docs = back[frame["doc"].to_numpy()]
        rows = np.argsort(docs, kind="stable")
        return taken(frame, rows).assign(doc=docs[rows])

    return Read(taken(documents, order), Lazily(table), order, records)


def ordered(documents: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Give the places of the documents in the order of county, file and line; on the same line, of their content."""
    codes = [pd.factorize(documents[name], sort=True)[0] for name in ("source_file", "county_fips")]
    keys = [documents["source_line"].to_numpy(), *codes]
    order = np.lexsort(keys)
    same = np.logical_and.reduce([np.diff(key[order]) == 0 for key in keys])
    return np.lexsort([pd.factorize(spelled(documents), sort=True)[0], *keys]) if same.any() else order


def taken(frame: pd.DataFrame, rows: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
    """Give a table's rows in another order; a table that has it already is not copied."""
    if (rows == np.arange(len(frame))).all():
        return frame
    return frame.iloc[rows].reset_index(drop=True)


def spelled(documents: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Write each document's scalars as one text, to order documents that stand on the same line."""
    texts = ["\x1f".join(map(str, row)) for row in documents[SCALARS].itertuples(index=False)]
    return np.array(texts, dtype=object)
