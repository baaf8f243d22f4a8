"""The standard record while it is put together: plain data in the order of the standard."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from oseberg.county_parsers._records.row import RejectedError
from oseberg.maze_authority import IndexRecord, Legal, Reference

Record = dict[str, Any]
Tract = dict[str, Any]

# Keys and order are those of the models that define the record: nothing here can differ from them.
# A record of a row that says nothing.
RECORD: Record = {
    name: None if field.is_required() else field.get_default(call_default_factory=True)
    for name, field in IndexRecord.model_fields.items()
}

TRACT: Tract = dict.fromkeys(Legal.model_fields)
REFERENCE: dict[str, str | None] = dict.fromkeys(Reference.model_fields)

TYPE = ("document_type", "document_type_text", "partial", "correction")
"""The values of a document type's text, in the order in which a field returns them."""


def reference(text: str, **values: str | None) -> Record:
    """Return a reference to a prior document; parts that its text does not name are None.

    Args:
        text: The reference verbatim.
        values: What it names: instrument_number, volume, page, lease_number.

    Returns:
        A dict with the keys of the standard record's Reference.
    """
    return {**REFERENCE, "text": text, **values}


# By side (`grantors`, `grantees`) the parties with their places, by row.
Parties = dict[str, list[tuple[int, "Record"]]]

_PLACE = itemgetter(0)


# In the record's `extra` of a feed: parties that it deletes, and the places of the others where they are not 1, 2, ….
DELETED_PARTIES, PARTY_PLACES = "deleted_parties", "party_places"


def places_of(parties: Parties) -> str:
    """Return the places of parties as `grantors 1, 3; grantees 2`; nothing if each side simply has 1, 2, and so on."""
    places = {side: sorted(place for place, _ in found) for side, found in parties.items()}
    if all(found == list(range(1, len(found) + 1)) for found in places.values()):
        return ""
    return "; ".join(f"{side} {', '.join(map(str, found))}" for side, found in places.items() if found)


class PlaceTakenError(RejectedError):
    """Another party has this place on its side: one of the two rows is wrong."""


class Draft:
    """A document whose rows are still being read.

    Args:
        record: What the row that states the document said.
        file: The file or table of that row.
        line: Its line.
        before: The parties of the document physically before, for dittos.
    """

    __slots__ = (
        "before",
        "complete",
        "continues",
        "file",
        "images",
        "legals",
        "lines",
        "parties",
        "places_count",
        "record",
        "references",
        "taken",
    )

    def __init__(self, record: Record, file: str, line: int, before: Parties | None = None) -> None:
        self.record = record
        self.file = file
        self.lines = [line]
        self.before = before or {}
        self.parties: Parties = {}
        self.legals: list[str | Tract] = []
        self.references: list[Record] = []
        self.images: list[tuple[int, str]] = []
        self.complete = True
        self.continues = False
        self.places_count = False  # a feed names parties by their places: those that are not 1, 2, … are kept
        self.taken: set[tuple[str, int]] | None = None  # places that only one party may have; None: any number may

    def add_party(self, side: str, place: int, party: Record, role: str = "") -> None:
        """Keep a party.

        Args:
            side: `grantors` or `grantees`.
            place: Its place there.
            party: The party.
            role: What the index calls its side.

        Raises:
            PlaceTakenError: Places are unique, and this one is taken.
        """
        if self.taken is not None:
            if (role or side, place) in self.taken:
                raise PlaceTakenError("unreadable")
            self.taken.add((role or side, place))
        self.parties.setdefault(side, []).append((place, party))

    def has_party(self, side: str, party: Record) -> bool:
        """Whether a party is on a side already.

        Args:
            side: `grantors` or `grantees`.
            party: The party.

        Returns:
            Whether the same party was added to that side.
        """
        return any(other == party for _, other in self.parties.get(side, ()))

    def delete_party(self, side: str, party: Record) -> None:
        """Note in the record's `extra` that a feed deletes a party.

        Args:
            side: `grantors` or `grantees`.
            party: The party.
        """
        extra = dict(self.record.get("extra") or {})
        deleted = f"{side.removesuffix('s')}: {party['name']}"
        extra[DELETED_PARTIES] = "; ".join(filter(None, (extra.get(DELETED_PARTIES), deleted)))
        self.record["extra"] = extra

    def ditto(self, side: str) -> Record | None:
        """Return the last party on a side of the document before.

        Args:
            side: `grantors` or `grantees`.

        Returns:
            The party, or None where there is none.
        """
        return self.before[side][-1][1] if side in self.before else None

    def finished(self) -> Record:
        """Finish the document.

        Returns:
            The record: parties by their place, legals by row, images by page.
        """
        record = self.record
        for side, parties in self.parties.items():
            record[side] = [party for _, party in sorted(parties, key=_PLACE)]
        if self.places_count and (places := places_of(self.parties)):
            record["extra"] = {**record["extra"], PARTY_PLACES: places}
        if self.legals:
            record["legals"] = self.legals
        if self.references:
            record["references"] = self.references
        if self.images:
            record["images"] = [{"path": path, "page": page} for page, path in sorted(self.images, key=_PLACE)]
        record["complete"] = self.complete
        record["source"] = {"file": self.file, "lines": sorted(self.lines)}
        return record
