"""Reads a records.jsonl block by block into Arrow's columns; memory holds one block, however large the file is."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyarrow import json
from pydantic import ValidationError

from oseberg.maze_authority._records.columns import mappings
from oseberg.maze_authority._records.record import IndexRecord
from oseberg.maze_authority._records.tables import ARROW, LISTS
from oseberg.maze_authority.errors import RecordsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIELDS = list(IndexRecord.model_fields)
BLOCK = 32 << 20  # bytes of a file that are held at a time
# Arrow reads structs of known fields only: lines with anything in `extra` are read by the models.
SCHEMA = pa.schema((ARROW | {"extra": pa.struct([])}).items())
STRICT = json.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="error")
# Fields that a record states by a value of their own, never by null.
STATED = [
    name for name in FIELDS if name in LISTS or name == "extra" or IndexRecord.model_fields[name].annotation is bool
]


def read_blocks(path: Path, *, by_models: bool = False) -> Iterator[pa.Table]:
    """Read a records.jsonl, and yield its records in Arrow's types, some at a time.

    Lines in the plain form that parsers write become columns directly, which takes a tenth of the time that models
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
    with path.open("rb") as file:
        # A block ends with a line.
        while block := file.read(BLOCK) + file.readline():
            lines = block.count(b"\n")
            table = None if by_models else plain_table(block, lines)
            yield written(list(validated(BytesIO(block), path, before))) if table is None else table
            before += lines


def plain_table(block: bytes, ends: int) -> pa.Table | None:
    """Return the records of whole lines that are all in the plain form, None where one is not.

    Args:
        block: The lines.
        ends: How many ends of lines they have.
    """
    try:
        table = json.read_json(pa.BufferReader(block), parse_options=STRICT)
        # Arrow trusts its reader; a lone surrogate would only show when a rule touches it.
        table.validate(full=True)
    except pa.ArrowInvalid:
        return None
    unsaid = [name for name in STATED if table[name].null_count]
    if table.num_rows != count_lines(block, ends) or (unsaid and says_null(block, unsaid)) or lacks_text(table):
        return None
    for name in set(unsaid) - LISTS.keys() - {"extra"}:
        filled = table[name].fill_null(IndexRecord.model_fields[name].default)
        table = table.set_column(FIELDS.index(name), name, filled)
    return with_extra(table, pa.nulls(len(table), pa.large_string()))


def count_lines(block: bytes, ends: int) -> int:
    """Count the lines that are not blank."""
    lines = ends + (not block.endswith(b"\n") and bool(block))
    # Where every line opens a record, none is blank: two counts instead of a look at each line.
    if lines == block.count(b"\n{") + block.startswith(b"{"):
        return lines
    return sum(not line.isspace() for line in BytesIO(block))


def says_null(block: bytes, names: list[str]) -> bool:
    """Whether lines may state null for some fields, which is not the same as to leave them out."""
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
    """Write models in the plain form, and read that; what is in `extra` becomes one text for each record."""
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
