"""The result of a parse: records, rejects, a summary, and a flat table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from oseberg.maze_authority import IndexRecord, Source

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._records.row import Reject
    from oseberg.county_parsers._run import Summary

# Parties, legals, references and images: the keys whose values are lists of models.
_LISTS: dict[str, type[BaseModel]] = {
    name: get_args(field.annotation)[0]
    for name, field in IndexRecord.model_fields.items()
    if get_origin(field.annotation) is list
}


@dataclass(frozen=True)
class Result:
    """A parsed delivery.

    Args:
        data: The records as plain data, as they are in `records.jsonl`; equal parts are shared: copy what you change.
        rejects: Rows that were set aside: file, line, reason, text.
        summary: What became of every row.
    """

    data: list[Record]
    rejects: list[Reject]
    summary: Summary

    @cached_property
    def records(self) -> list[IndexRecord]:
        """The standard records as objects."""
        return [index_record(record) for record in self.data]

    def frame(self, per: Literal["document", "tract"] = "document") -> pd.DataFrame:
        """Return a flat table.

        Args:
            per: `document`: one row for each record, lists joined with `; `. `tract`: one row for each tract of land,
                the document's columns repeated; documents without a legal description keep one row.

        Returns:
            A DataFrame in the order of the records, with a plain index: `county_fips` to `document_type_text` and
            `recorded_time` as `str`, `recorded_on` and `instrument_date` as `datetime64[us]`, `partial`, `correction`
            and `complete` as `bool`, `page_count` (pages) as nullable `Int64`, `images` (number of files) and
            `source_line` as `int64`;
            `extra` as JSON text; `grantors`, `grantees`, `legal_text`, `reference_text` and `source_file` as
            `str`. With `tract` also one `str` column `legal_...` for each value of a tract.

        Raises:
            ValueError: `per` is neither.
        """
        from oseberg.county_parsers._results.frame import frame  # noqa: PLC0415 - pandas, which parsing does not need

        return frame(self.data, per)


def index_record(record: Record) -> IndexRecord:
    """Return a record that this package built as an object, without checking it again."""
    values: dict[str, Any] = dict(record)
    for key, model in _LISTS.items():
        values[key] = [model.model_construct(**item) for item in record[key]]
    values["source"] = Source.model_construct(**record["source"])
    for key in ("recorded_on", "instrument_date"):
        if record[key] is not None:
            values[key] = date.fromisoformat(record[key])
    if record["recorded_time"] is not None:
        values["recorded_time"] = time.fromisoformat(record["recorded_time"])
    return IndexRecord.model_construct(**values)
