"""What a parse gives: records, rejects, a summary, and a flat table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from oseberg.county_parsers._frame import frame
from oseberg.maze_authority import Image, IndexRecord, Legal, Party, Reference, Source

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from oseberg.county_parsers._rows import Reject
    from oseberg.county_parsers._run import Summary
    from oseberg.county_parsers._standard import Record

_LISTS: dict[str, type[BaseModel]] = {
    "grantors": Party,
    "grantees": Party,
    "legals": Legal,
    "references": Reference,
    "images": Image,
}


@dataclass(frozen=True)
class Result:
    """A parsed delivery.

    Args:
        data: The records as plain data, as they stand in `records.jsonl`; equal parts are shared: copy what you change.
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
        """Give a flat table: texts, days as `datetime64`, `page_count` as nullable `Int64`.

        Args:
            per: `document`: one row for each record, lists joined with `; `. `tract`: one row for each tract of land,
                the document's columns repeated; documents without a legal description keep one row.

        Raises:
            ValueError: `per` is neither.
        """
        return frame(self.data, per)


def index_record(record: Record) -> IndexRecord:
    """Make the object of a record that this package built: trusted, so nothing is checked again."""
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
