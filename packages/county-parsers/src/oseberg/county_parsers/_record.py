"""The standard record while it is put together: plain data in the order of the standard."""

from __future__ import annotations

from typing import Any

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
    """A document whose rows are being read."""

    __slots__ = ("complete", "file", "lines", "parties", "record", "texts")

    def __init__(self, record: Record, file: str, line: int) -> None:
        self.record = record
        self.file = file
        self.lines = [line]
        self.parties: list[tuple[str, int, dict[str, Any]]] = []
        self.texts: list[str] = []
        self.complete = True

    def add_party(self, side: str, place: int, party: dict[str, Any]) -> None:
        """Keep a party with its side (`grantors` or `grantees`) and its place among them."""
        self.parties.append((side, place, party))
