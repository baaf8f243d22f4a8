"""The request to the vendor: everything of a county that is open, as one list to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oseberg.maze_authority._register.register import Register
from oseberg.maze_authority._register.status import CountyStatus, Gap, county_status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

# The rules whose findings a vendor can answer, and how each kind is called in a request.
KINDS = {
    "MA703": "Deliveries",
    "MA304": "Days",
    "MA201": "Instrument numbers",
    "MA701": "Withdrawn documents",
    "MA203": "Book pages",
    "MA202": "Mistyped numbers",
    "MA401": "Images",
    "MA403": "Page images",
    "MA405": "Page images",
    "MA120": "Documents with a rejected row",
    "MA101": "Missing fields",
    "MA501": "Missing parties",
    "MA601": "Missing land descriptions",
}
CUT = "Files cut short"


@dataclass(frozen=True)
class Item:
    """One thing to send.

    Attributes:
        kind: What it is, as in `Instrument numbers`.
        what: The number, range, days, pages or file.
        count: How many numbers it is, None where that says nothing.
        near: The days around it, or what is wrong, as one line.
        since: The day of the delivery that showed it, as ISO text.
        asked: The days on which it was asked for before, as ISO texts.
        fingerprint: The finding; empty for a file that is cut short.
    """

    kind: str
    what: str
    count: int | None
    near: str
    since: str | None
    asked: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True)
class VendorRequest:
    """The request to the vendor of a county.

    Attributes:
        county_fips: The county's code.
        county: Its name.
        day: The day of the request.
        certified_through: The day through which the county is known whole.
        items: What is open, by kind.
    """

    county_fips: str
    county: str
    day: date
    certified_through: date | None
    items: list[Item]

    def by_kind(self) -> dict[str, list[Item]]:
        """Return the items by kind, in the order of a request.

        Returns:
            The kinds that have an item.
        """
        kinds = dict.fromkeys([*KINDS.values(), CUT])
        found = {kind: [item for item in self.items if item.kind == kind] for kind in kinds}
        return {kind: items for kind, items in found.items() if items}


def vendor_request(register: Register, fips: str, *, today: date) -> VendorRequest:
    """Return the request to the vendor of a county: everything that is open and not waived.

    Args:
        register: The register.
        fips: The county's code.
        today: The day of the request.

    Returns:
        The items by kind, each with the days on which it was requested before.
    """
    status = county_status(register, fips, today=today)
    gaps = {gap.fingerprint: gap for gap in status.open_gaps}
    rows = status.findings.loc[status.findings["waived_by"].isna() & status.findings["rule"].isin(list(KINDS))]
    items = [item_of(row, gaps.get(row["fingerprint"])) for row in rows.to_dict("records")]
    return VendorRequest(fips, status.county, today, status.certified_through, [*items, *cut_files(status)])


def item_of(row: dict[Any, Any], gap: Gap | None) -> Item:
    """Return the item of a finding."""
    kind = KINDS[row["rule"]]
    common = {"since": row["since"], "asked": row["asked"], "fingerprint": row["fingerprint"]}
    if gap is not None and row["rule"] == "MA201":
        return Item(kind, row["key"], gap.count, around(gap), **common)
    count = None if row["rule"] != "MA203" else int(row["last"]) - int(row["first"]) + 1
    return Item(kind, row["key"], count, str(row["message"]).removeprefix(row["key"]).lstrip(": "), **common)


def around(gap: Gap) -> str:
    """Describe a gap by the days of the documents before and after it."""
    if gap.before and gap.after:
        same = gap.before == gap.after
        return f"recorded on {gap.before}" if same else f"recorded from {gap.before} to {gap.after}"
    day = gap.before or gap.after
    return f"next to a document of {day}" if day else "days unknown"


def cut_files(status: CountyStatus) -> Iterable[Item]:
    """Return an item for each delivery whose own totals differ from what was read."""
    rows = status.deliveries.loc[status.deliveries["name"].isin(status.cut_short)].drop_duplicates("name", keep="last")
    return [
        Item(
            CUT,
            row["files"] or row["name"],
            None,
            f"delivery {row['name']}: its totals differ",
            row["delivered"],
            (),
            "",
        )
        for row in rows.to_dict("records")
    ]
