"""The standard record while it is put together: plain data in the order of the standard."""

from __future__ import annotations

from typing import Any

from oseberg.county_parsers._legals import tracts

Record = dict[str, Any]

KEYS = (
    "county_fips",
    "instrument_number",
    "book_type",
    "volume",
    "page",
    "document_type",
    "document_type_text",
    "partial",
    "correction",
    "recorded_on",
    "recorded_time",
    "instrument_date",
    "grantors",
    "grantees",
    "legals",
    "references",
    "images",
    "page_count",
    "complete",
    "source",
)
TYPE = ("document_type", "document_type_text", "partial", "correction")
"""What a document type's text tells, in the order in which a field gives it."""


def reference(text: str, **values: str | None) -> Record:
    """Give a reference to a prior document; what its text does not name is None."""
    return {"text": text, **dict.fromkeys(("instrument_number", "volume", "page", "lease_number")), **values}


class Draft:
    """A document whose rows are still being read.

    Args:
        record: What the row that states the document said.
        file: The file or table of that row.
        line: Its line.
        before: The last party of each side in the document physically before, for dittos.
    """

    __slots__ = (
        "_parties",
        "before",
        "complete",
        "continues",
        "file",
        "images",
        "last",
        "legals",
        "lines",
        "record",
        "references",
    )

    def __init__(self, record: Record, file: str, line: int, before: dict[str, Record] | None = None) -> None:
        self.record = record
        self.file = file
        self.lines = [line]
        self.before = before or {}
        self.last: dict[str, Record] = {}
        self.legals: list[str | Record] = []
        self.references: list[Record] = []
        self.images: list[tuple[int, str]] = []
        self.complete = True
        self.continues = False
        self._parties: list[tuple[int, str, Record]] = []

    def add_party(self, side: str, place: int, party: Record) -> None:
        """Keep a party with its side (`grantors` or `grantees`) and its place among them."""
        self._parties.append((place, side, party))
        self.last[side] = party

    def finished(self) -> Record:
        """Give the record: parties by their place, legals by row, images by page."""
        record = self.record
        self._parties.sort(key=_place)
        for key in ("grantors", "grantees"):
            if found := [party for _, side, party in self._parties if side == key]:
                record[key] = found
        if self.legals:
            record["legals"] = [
                tract for legal in self.legals for tract in (tracts(legal) if isinstance(legal, str) else (legal,))
            ]
        if self.references:
            record["references"] = self.references
        if self.images:
            record["images"] = [{"path": path, "page": page} for page, path in sorted(self.images, key=_place)]
        record["complete"] = self.complete
        record["source"] = {"file": self.file, "lines": sorted(self.lines)}
        return record


def _place(entry: tuple[Any, ...]) -> int:
    place: int = entry[0]
    return place
