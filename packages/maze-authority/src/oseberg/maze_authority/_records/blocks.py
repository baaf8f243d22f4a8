"""Reads a records.jsonl block by block into Arrow's columns; memory holds one block, however large the file is."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import json
from pydantic import ValidationError

from oseberg.maze_authority._records.columns import mappings
from oseberg.maze_authority._records.extra import without_extra
from oseberg.maze_authority._records.record import IndexRecord
from oseberg.maze_authority._records.tables import ARROW, LISTS
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

END = ord("\n")
FIELDS = list(IndexRecord.model_fields)
BLOCK = 8 << 20  # bytes of a file that are held at a time; larger ones take more memory and no less time
# Arrow reads structs of known fields only: `extra` is either empty, or taken out before.
SCHEMA = pa.schema((ARROW | {"extra": pa.struct([])}).items())
STRICT = json.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="error")
# Fields that a record states by a value of their own, never by null.
STATED = [
    name for name in FIELDS if name in LISTS or name == "extra" or IndexRecord.model_fields[name].annotation is bool
]


def read_blocks(path: Path, *, by_models: bool = False) -> Iterator[pa.Table]:
    """Read a records.jsonl, and yield its records in Arrow's types, some at a time.

    Lines in the form that parsers write become columns directly, which takes a tenth of the time that models
    take. A block with other lines is judged by the models, which name what is wrong, or write it again in that form.

    Args:
        path: The file.
        by_models: Whether the models judge every line.

    Yields:
        Tables in `ARROW`'s types, with `extra` as one text for each record.

    Raises:
        OSError: The file can't be read.
        RecordsError: A line is not a standard index record.
    """
    before = 0
    ways: list[Callable[[bytes, int], pa.Table | None]] = [] if by_models else [plain_table, table_with_extra]
    with path.open("rb") as file:
        # A block ends with a line.
        while block := file.read(BLOCK) + file.readline():
            lines = int(np.count_nonzero(marks_of(block) == END))
            table = first_table(block, lines, ways)
            yield written(list(validated(BytesIO(block), path, before))) if table is None else table
            before += lines


def first_table(block: bytes, ends: int, ways: list[Callable[[bytes, int], pa.Table | None]]) -> pa.Table | None:
    """Read whole lines by the first reader that can, and try that one first from then on; None if none can."""
    for way in ways:
        table = way(block, ends)
        if table is not None:
            # The lines of a file are alike, so the next block is read in the same way.
            ways.sort(key=lambda one: one is not way)
            return table
    return None


def plain_table(block: bytes, ends: int) -> pa.Table | None:
    """Return the records of whole lines that are all in the plain form without `extra`, None where one is not.

    Args:
        block: The lines.
        ends: How many ends of lines they have.
    """
    table = strictly_read(block)
    if table is None or not is_plain(table, block, ends):
        return None
    return with_extra(with_defaults(table), pa.nulls(len(table), pa.large_string()))


def table_with_extra(block: bytes, ends: int) -> pa.Table | None:
    """Return the records of whole lines that are all in the plain form, None where one is not; see `plain_table`."""
    taken = without_extra(block, ends + (not block.endswith(b"\n")))
    table = taken and strictly_read(taken[0])
    # Where no line is blank, the lines are the records.
    if not taken or table is None or len(table) != len(taken[1]) or not is_plain(table, block, ends):
        return None
    return with_extra(with_defaults(table), pa.array(taken[1], pa.large_string()))


def strictly_read(block: bytes) -> pa.Table | None:
    """Read lines as the schema says, None where one has another form."""
    # In one piece, which nothing has to join afterwards.
    whole = json.ReadOptions(block_size=len(block) + 1)
    try:
        table = json.read_json(pa.BufferReader(block), read_options=whole, parse_options=STRICT)
        # Arrow trusts its reader; a lone surrogate would only show when a rule touches it.
        table.validate(full=True)
    except pa.ArrowInvalid:
        return None
    return table


def is_plain(table: pa.Table, block: bytes, ends: int) -> bool:
    """Whether a table has every line, and every value that a record states."""
    unsaid = unstated(table)
    return not (
        table.num_rows != count_lines(block, ends) or (unsaid and says_null(block, unsaid)) or lacks_text(table)
    )


def unstated(table: pa.Table) -> list[str]:
    """Return the fields that a record leaves out or states as null, of those that are never null."""
    return [name for name in STATED if table[name].null_count]


def with_defaults(table: pa.Table) -> pa.Table:
    """Return a table with the default of each flag that a record leaves out."""
    for name in set(unstated(table)) - LISTS.keys() - {"extra"}:
        filled = table[name].fill_null(IndexRecord.model_fields[name].default)
        table = table.set_column(FIELDS.index(name), name, filled)
    return table


def count_lines(block: bytes, ends: int) -> int:
    """Count the lines that are not blank."""
    lines = ends + (not block.endswith(b"\n") and bool(block))
    # Where every line opens a record, none is blank, which is seen for all at once.
    marks = marks_of(block)
    starts = np.flatnonzero(marks[:-1] == END) + 1
    if block.startswith(b"{") and (marks[starts] == ord("{")).all():
        return lines
    return sum(not line.isspace() for line in BytesIO(block))


def marks_of(block: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the bytes of lines as numbers, which are compared many times as fast as texts are searched."""
    return np.frombuffer(block, dtype=np.uint8)


def says_null(block: bytes, names: list[str]) -> bool:
    """Whether lines may state null for some fields, which is different from leaving them out."""
    return re.search(rf'"({"|".join(names)})"\s*:\s*null'.encode(), block) is not None


def lacks_text(table: pa.Table) -> bool:
    """Whether a record lacks a text, a number or an entry that every record has."""
    source = table["source"].combine_chunks()
    # A field of an absent mapping is null as well, so the mapping itself need not be asked.
    lines = source.field("lines")
    if any(part.null_count for part in (source, source.field("file"), lines, lines.values)):  # noqa: PD011 - Arrow's
        return True
    if any(table[name].null_count for name in ("county_fips", "document_type", "document_type_text")):
        return True
    return any(lacks_entry(table[name].combine_chunks(), name) for name in LISTS)


def lacks_entry(lists: pa.ListArray, name: str) -> bool:
    """Whether an entry of a list is null, or one of its texts that every entry has."""
    entries = lists.values  # noqa: PD011 - Arrow's, not pandas'
    required = [field for field, info in LISTS[name].model_fields.items() if info.is_required()]
    return bool(entries.null_count) or any(entries.field(field).null_count for field in required)


def written(records: list[IndexRecord]) -> pa.Table:
    """Write models in the plain form and read them back; `extra` becomes one text for each record."""
    lines = "".join(record.model_dump_json(exclude={"extra"}) + "\n" for record in records)
    table = json.read_json(BytesIO(lines.encode()), parse_options=STRICT) if lines else SCHEMA.empty_table()
    extra = mappings(pd.Series([record.extra for record in records], dtype=object), "extra")
    return with_extra(table, pa.array(extra.array, pa.large_string()))


def with_extra(table: pa.Table, values: pa.Array) -> pa.Table:
    """Return a table with the texts of `extra` in the place of its column."""
    return table.set_column(FIELDS.index("extra"), "extra", values)


def validated(lines: Any, path: Path, before: int = 0) -> Iterator[IndexRecord]:  # noqa: ANN401 - a file, or its lines
    """Read lines as models.

    Args:
        lines: The lines of a records.jsonl.
        path: Where they are, for messages.
        before: How many lines of the file precede them.

    Yields:
        The records.

    Raises:
        RecordsError: A line is not a standard index record.
    """
    validate = IndexRecord.__pydantic_validator__.validate_json
    for number, line in enumerate(lines, start=before + 1):
        if line.strip():
            try:
                yield validate(line)
            except ValidationError as error:
                raise RecordsError(f"{path} line {number}: {first_problem(error)}") from None


def first_problem(error: ValidationError) -> str:
    """Describe the first thing that is wrong with a record, without repeating its content at length."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    given = problem["input"].decode(errors="replace") if isinstance(problem["input"], bytes) else problem["input"]
    said = "a standard record has no such field" if problem["type"] == "extra_forbidden" else problem["msg"]
    said = said.replace("EOF while parsing", "it ends within").replace(" at line 1 column", ", column")
    return f"{where + ': ' if where else ''}{said} (given: {repr(given)[:80]}). Parse the delivery again."
