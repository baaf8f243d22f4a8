"""Builds the tables of a delivery: one of the documents, one for each of their lists."""

from __future__ import annotations

import pickle
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from oseberg.maze_authority._records.coded import coded_texts
from oseberg.maze_authority._records.columns import arrow_type, columns_of
from oseberg.maze_authority._records.record import IndexRecord, is_fips
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The record in Arrow's types, by field.
ARROW = {name: arrow_type(info.annotation) for name, info in IndexRecord.model_fields.items()}
# The models of the lists' entries, by field.
LISTS = {
    name: get_args(info.annotation)[0]
    for name, info in IndexRecord.model_fields.items()
    if pa.types.is_list(ARROW[name])
}
SCALARS = [name for name in ARROW if name not in LISTS and name != "source"]
# Texts that are nearly all different, held as they are; all others repeat, and are held as categories.
PLAIN = frozenset({"instrument_number", "path", "extra"})


class Lazily(dict[str, pd.DataFrame]):
    """Tables by name, each built when it is first asked for."""

    def __init__(self, build: Callable[[str], pd.DataFrame]) -> None:
        super().__init__()
        self.build = build
        self.files: dict[str, IO[bytes]] = {}

    def __missing__(self, name: str) -> pd.DataFrame:
        if name in self.files:
            return read_table(self.files[name])
        self[name] = self.build(name)
        return self[name]

    @contextmanager
    def spooled(self) -> Iterator[None]:
        """Keep the tables in temporary files, from which each is read whenever it is used.

        Where the disk is full, the table stays in memory.

        Yields:
            Nothing; afterwards the tables are in memory again.
        """
        with ExitStack() as stack:
            for name in list(self):
                with suppress(OSError):
                    file = stack.enter_context(TemporaryFile())
                    pickle.dump(self[name], file, protocol=pickle.HIGHEST_PROTOCOL)
                    self.files[name] = file
                    del self[name]
            try:
                yield
            finally:
                for name in list(self.files):
                    self[name] = read_table(self.files.pop(name))


def read_table(file: IO[bytes]) -> pd.DataFrame:
    """Read a table from the temporary file that this process wrote."""
    file.seek(0)
    table: pd.DataFrame = pickle.load(file)  # noqa: S301 - it has no name, so nobody else can have written to it
    return table


class Afresh(Lazily):
    """Tables by name, built each time they are asked for: memory holds one of them."""

    def __missing__(self, name: str) -> pd.DataFrame:
        return self.build(name)


def repeats(name: str, kind: pa.DataType) -> bool:
    """Whether a field holds texts that repeat."""
    return pa.types.is_large_string(kind) and name not in PLAIN


def document_table(column: Callable[[str], pd.Series], files: pd.Series, lines: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return the documents: the scalar fields, and the file and first line (-1 for none) that each record comes from.

    Args:
        column: Returns a scalar field of the records by its name; asked once for each.
        files: The file of each record.
        lines: The first line of each record.

    Returns:
        The table.

    Raises:
        RecordsError: A value is not what the standard record holds.
    """
    makers = columns_of(IndexRecord)
    data = {name: held(name, makers[name](column(name), name)) for name in SCALARS}
    table = pd.DataFrame(data | {"source_file": coded_texts(files), "source_line": lines}, copy=False)
    for fips in table["county_fips"].cat.categories:
        if not is_fips(fips):
            raise RecordsError(f"county_fips: {fips!r} is not allowed in a standard index record.")
    if table["county_fips"].hasnans:
        raise RecordsError("county_fips: a record lacks it.")
    if table["document_type"].hasnans:
        raise RecordsError("document_type: a record lacks it.")
    return table


def held(name: str, column: Any) -> Any:  # noqa: ANN401 - a column of any type
    """Return a column as a table holds it: texts that repeat as categories, as do the many that say nothing."""
    plain = name in PLAIN and not (name == "extra" and column.isna().all())
    return coded_texts(column) if column.dtype == "str" and not plain else column


def first_lines(lines: pa.ListArray) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the first number of each list, -1 for an empty one.

    Raises:
        RecordsError: A number or a list is missing.
    """
    # The first line is enough for a person to find the record.
    numbers = lines.values  # noqa: PD011 - Arrow's, not pandas'
    if lines.null_count or numbers.null_count:
        raise RecordsError("source: a record lacks its line numbers.")
    # An empty list points behind the last number, where -1 is appended.
    places = np.where(lines.value_lengths().to_numpy() > 0, lines.offsets.to_numpy()[:-1], len(numbers))
    return np.append(numbers.to_numpy(), -1)[places].astype(np.int64)


def list_table(name: str, lists: pa.ListArray) -> pd.DataFrame:
    """Return the entries of one list of each record: doc (the record's place), then the fields.

    Raises:
        RecordsError: An entry is not what the standard record holds.
    """
    entries = lists.flatten()
    if entries.null_count:
        raise RecordsError(f"{name}: an entry is missing.")
    # A record without the list has no rows in its table.
    lengths = lists.value_lengths().fill_null(0).to_numpy()
    fields = pa.Table.from_arrays(entries.flatten(), names=list(LISTS[name].model_fields)).to_pandas()
    return entry_table(name, lambda field: fields[field], lengths)


def entry_table(name: str, column: Callable[[str], pd.Series], lengths: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return the entries of a list; see `list_table`.

    Args:
        name: The list.
        column: Returns a field of its entries by its name.
        lengths: How many entries each record has.

    Returns:
        The table.

    Raises:
        RecordsError: A value is not what the standard record holds.
    """
    makers = columns_of(LISTS[name])
    data = {field: held(field, makers[field](column(field), f"{name}.{field}")) for field in makers}
    docs = np.repeat(
        np.arange(len(lengths), dtype=np.int32), lengths
    )  # half the memory; no delivery has 2^31 documents
    return pd.DataFrame({"doc": docs, **data}, copy=False)
