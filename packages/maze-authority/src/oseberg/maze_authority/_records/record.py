"""The standard index record: one recorded document, verbatim text next to every parsed value.

Written as JSON Lines, one document a line. The form is strict (an unknown field or a malformed date is rejected),
absence is allowed: what the index does not state is None or [], never "" or 0, and the completeness checks judge it.
"""

from __future__ import annotations

from datetime import date, time
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DocumentType = Literal[
    "oil_gas_lease",
    "lease_memorandum",
    "lease_assignment",
    "lease_amendment",
    "lease_extension",
    "lease_ratification",
    "lease_release",
    "top_lease",
    "mineral_deed",
    "royalty_deed",
    "right_of_way",
    "pooling",
    "affidavit",
    "other",
]
Capacity = Literal["trustee", "estate", "attorney_in_fact", "executor", "guardian", "administrator"]
Suffix = Literal["ET UX", "ET VIR", "ET AL"]
FIPS_DIGITS = 5
LegalKind = Literal[
    "texas_survey", "plss", "subdivision", "league_labor", "metes_and_bounds", "reference_only", "unread"
]


class Strict(BaseModel):
    """Base of all parts of a record: form is checked, and what the index does not state is None or []."""

    model_config = ConfigDict(extra="forbid")


class Party(Strict):
    """A grantor or grantee.

    Attributes:
        name: The name as printed, outer blanks removed, inner runs of blanks made one, without suffix and capacity.
        suffix: Whom else the name includes: `ET UX` (and wife), `ET VIR` (and husband), `ET AL` (and others).
        capacity: In what role the party acts, where it is not for itself.
    """

    name: str
    suffix: Suffix | None = None
    capacity: Capacity | None = None


class Legal(Strict):
    """One tract of land, or a text that names none. Values are upper case; what the text does not name is None.

    Attributes:
        kind: `texas_survey`, `plss` (township and range), `subdivision`, `league_labor`, `metes_and_bounds`,
            `reference_only` (SEE INSTRUMENT and the like), or `unread`.
        text: The description verbatim; tracts of one text repeat it.
        survey: Canonical survey name (`T&P RR CO`, `PSL`, `UNIVERSITY LANDS`), a private survey's as written.
        abstract: Abstract number, digits alone.
        block: Block of a survey or a subdivision, without the word.
        township: `T19S`; in Texas only the T&P blocks have one (`T4S`).
        range: `R33E`; New Mexico only.
        section: Section without leading zeros; in a township 1 to 36.
        lot: Lot of a subdivision, or government lots as `1,2,3`.
        addition: Name of the subdivision.
        league: League number.
        labor: Labor number.
        part: Aliquot part, from small to large (`N2SE`), several joined by an ampersand.
        depth: Depth limit, as in `BELOW 11423'`.
        acres: Acres of this tract as printed.
        total_acres: Acres of the whole text, as printed, where it describes several tracts.
        calls: How many calls a description by metes and bounds has.
        remainder: What was not understood, verbatim; None when everything was read.
        doubt: Why a list of surveys contradicts the tract, as a sentence; None when no list does.
    """

    kind: LegalKind
    text: str
    survey: str | None = None
    abstract: str | None = None
    block: str | None = None
    township: str | None = None
    range: str | None = None
    section: str | None = None
    lot: str | None = None
    addition: str | None = None
    league: str | None = None
    labor: str | None = None
    part: str | None = None
    depth: str | None = None
    acres: str | None = None
    total_acres: str | None = None
    calls: int | None = None
    remainder: str | None = None
    doubt: str | None = None


class Reference(Strict):
    """A prior document, as the index names it.

    Attributes:
        text: The reference verbatim.
        instrument_number: Its instrument number.
        volume: Its book.
        page: Its page.
        lease_number: The number of a state or federal lease.
    """

    text: str
    instrument_number: str | None = None
    volume: str | None = None
    page: str | None = None
    lease_number: str | None = None


class Image(Strict):
    """An image file that the index names.

    Attributes:
        path: As the index names it, with `/` separators and `images/` in front.
        page: 1, 2, … for single-page files; None for a whole-document file.
    """

    path: str
    page: int | None = None


class Source(Strict):
    """Where the record is in the delivery.

    Attributes:
        file: The index file's name.
        lines: The physical line numbers of every row used, from 1, ascending (of a workbook the row numbers).
    """

    file: str
    lines: list[int]


class IndexRecord(Strict):
    """One recorded document in the standard form.

    Attributes:
        county_fips: The county's five-digit code.
        instrument_number: As printed, outer blanks removed, leading zeros kept.
        book_type: Kind of book (`OPR`, `DR`), where the county has several.
        volume: As printed; `203A` is a volume.
        page: First page in the volume, as printed.
        document_type: What the type text is mapped to; `other` when nothing maps it.
        document_type_text: The type verbatim.
        partial: The type text says partial, as of a release.
        correction: The type text says that it corrects another document.
        recorded_on: The day it was filed.
        recorded_time: The time of day it was filed, HH:MM:SS.
        instrument_date: The document's own date.
        grantors: Those who give: grantors, lessors, assignors, and the lessee who releases.
        grantees: Those who receive.
        legals: One entry for each tract.
        references: Prior documents.
        images: Image files in page order.
        page_count: Pages as the index states them; None for none or 0.
        extra: Cells beyond the standard, verbatim, by the name of their column.
        complete: False when a row that belongs to the document was rejected.
        source: Where it is in the delivery.

    Examples:
        >>> record = IndexRecord(
        ...     county_fips="48003", document_type="oil_gas_lease", document_type_text="OGL", recorded_on="2018-06-05",
        ...     grantors=[{"name": "HALE ROBERT K", "suffix": "ET UX"}], source={"file": "a.csv", "lines": [2]})
        >>> record.grantors[0].suffix
        'ET UX'
    """

    county_fips: str = Field(pattern=r"^\d{5}$")
    instrument_number: str | None = None
    book_type: str | None = None
    volume: str | None = None
    page: str | None = None
    document_type: DocumentType
    document_type_text: str
    partial: bool = False
    correction: bool = False
    recorded_on: date | None = None
    recorded_time: time | None = None
    instrument_date: date | None = None
    grantors: list[Party] = Field(default_factory=list)
    grantees: list[Party] = Field(default_factory=list)
    legals: list[Legal] = Field(default_factory=list)
    references: list[Reference] = Field(default_factory=list)
    images: list[Image] = Field(default_factory=list)
    page_count: int | None = None
    extra: dict[str, str] = Field(default_factory=dict)
    complete: bool = True
    source: Source


def is_fips(value: object) -> bool:
    """Whether a value is a county's code: five digits."""
    return isinstance(value, str) and len(value) == FIPS_DIGITS and value.isascii() and value.isdigit()
