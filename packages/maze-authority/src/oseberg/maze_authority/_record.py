"""The standard index record: one recorded document, verbatim text beside every parsed value."""

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
LegalKind = Literal["texas_survey", "plss", "subdivision", "league_labor", "reference_only", "unread"]


class Strict(BaseModel):
    """Form is checked, absence is allowed: what the index does not state is None or []."""

    model_config = ConfigDict(extra="forbid")


class Party(Strict):
    """A grantor or grantee."""

    name: str
    suffix: Suffix | None = None
    capacity: Capacity | None = None


class Legal(Strict):
    """One tract of land, or a text that names none."""

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
    remainder: str | None = None


class Reference(Strict):
    """A prior document, as the index names it."""

    text: str
    instrument_number: str | None = None
    volume: str | None = None
    page: str | None = None
    lease_number: str | None = None


class Image(Strict):
    """An image file that the index names; page is None for a whole-document file."""

    path: str
    page: int | None = None


class Source(Strict):
    """Where the record stands in the delivery: the index file's name and physical line numbers, from 1."""

    file: str
    lines: list[int]


class IndexRecord(Strict):
    """One recorded document in the standard form."""

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
    grantors: list[Party] = []
    grantees: list[Party] = []
    legals: list[Legal] = []
    references: list[Reference] = []
    images: list[Image] = []
    page_count: int | None = None
    complete: bool = True
    source: Source
