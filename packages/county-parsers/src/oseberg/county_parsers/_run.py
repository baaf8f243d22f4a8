"""One parse: counts what becomes of every row, keeps rejects, hands on records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypedDict

from oseberg.county_parsers._doctypes import DocumentTypes
from oseberg.county_parsers._legals import tracts
from oseberg.county_parsers._lines import DAMAGE, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from oseberg.county_parsers._county import County
    from oseberg.county_parsers._rows import Reject, Row
    from oseberg.county_parsers._standard import Record, Tract

TOGETHER = 64
"""So many records have their land read together: one kind of work at a time is nearly twice as fast for a processor."""


class Part(NamedTuple):
    """An index file, or one table of it: its name, the columns of its kinds of rows, the rows.

    Tables of the same `group` make up documents together.
    """

    name: str
    kinds: Mapping[str, Sequence[str]]
    rows: Iterable[Row]
    group: str = ""


class Store(Protocol):
    """Where records and rejects go."""

    def add(self, records: Iterable[Record]) -> None:
        """Keep records."""
        ...

    def reject(self, reject: Reject) -> None:
        """Keep a rejected row."""
        ...

    def settle(self, numbers: set[str]) -> int:
        """Mark the kept records with these instrument numbers incomplete; give how many were not yet."""
        ...


class Summary(TypedDict):
    """What became of a delivery's rows; `rows = used + structural + duplicate + rejected`.

    Counties add counts of their own (`swapped_legals`, `bad_instrument_dates`).
    """

    county_fips: str
    files: list[str]
    rows: int
    used: int
    structural: int
    duplicate: int
    rejected: int
    records: int
    incomplete: int
    document_types: dict[str, int]
    unmapped_types: dict[str, int]
    stated: dict[str, int]
    stated_differs: bool


REQUIRED = tuple(Summary.__annotations__)
"""The keys of every summary."""


class Context:
    """What fields and hooks may need besides their cell: the county, what the header said, counts of their own."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.types = DocumentTypes(county.document_types, county.partial, county.correction, county.types_cut_at)
        self.facts: dict[str, Any] = {}
        self.counts: Counter[str] = Counter(dict.fromkeys(county.counts, 0))
        self.file = ""

    def open(self, file: str) -> None:
        """Begin a file: what another file's header said is forgotten."""
        self.file = file
        self.facts.clear()


class Run:
    """The state of one parse."""

    def __init__(self, county: County, store: Store) -> None:
        self.county = county
        self.context = Context(county)
        self.store = store
        self.rows = self.used = self.structural = self.duplicate = self.rejected = 0
        self.records = self.incomplete = 0
        self.document_types: Counter[str] = Counter()
        self.unmapped_types: Counter[str] = Counter()
        self.stated: Counter[str] = Counter()
        self.stated_differs = False
        self.rejected_numbers: set[str] = set()
        self._finished: list[Record] = []

    def reject(self, file: str, row: Row, reason: str) -> None:
        """Set a row aside with its reason."""
        self.rejected += 1
        self.store.reject({"file": file, "line": row.line, "reason": reason, "text": shown(row.text)})

    def doubt(self, number: str) -> None:
        """Keep the instrument number of a rejected row: the records of this number are incomplete."""
        if number and DAMAGE not in number:
            self.rejected_numbers.add(number)

    def record(self, record: Record) -> None:
        """Take a finished record, whose legals may still be texts; it is handed on with the next ones."""
        self._finished.append(record)
        if len(self._finished) == TOGETHER:
            self._hand_on()

    def _hand_on(self) -> None:
        for record in self._finished:
            record["legals"] = [tract for legal in record["legals"] for tract in self._tracts(legal)]
        for record in self._finished:
            self._count(record)
        self.store.add(self._finished)
        self._finished.clear()

    def _tracts(self, legal: str | Tract) -> tuple[Tract, ...]:
        return tracts(legal, university_blocks=self.county.university_blocks) if isinstance(legal, str) else (legal,)

    def _count(self, record: Record) -> None:
        self.records += 1
        self.document_types[record["document_type"]] += 1
        if record["document_type"] == "other":
            self.unmapped_types[record["document_type_text"]] += 1
        if not record["complete"]:
            self.incomplete += 1

    def compare(self, stated: Mapping[str, int], counted: Mapping[str, int]) -> None:
        """Keep the totals that a file states, compared with the rows of those kinds in that file."""
        self.stated.update(stated)
        self.stated_differs |= any(counted[name] != total for name, total in stated.items())

    def summary(self, files: Sequence[str]) -> Summary:
        """Hand on the last records, settle what later rows said about earlier ones, and give the counts."""
        self._hand_on()
        if self.rejected_numbers:
            self.incomplete += self.store.settle(self.rejected_numbers)
        summary: Summary = {
            "county_fips": self.county.fips,
            "files": sorted(files),
            "rows": self.rows,
            "used": self.used,
            "structural": self.structural,
            "duplicate": self.duplicate,
            "rejected": self.rejected,
            "records": self.records,
            "incomplete": self.incomplete,
            "document_types": dict(sorted(self.document_types.items())),
            "unmapped_types": dict(sorted(self.unmapped_types.items())),
            "stated": dict(self.stated),
            "stated_differs": self.stated_differs,
        }
        return {**summary, **self.context.counts}  # type: ignore[typeddict-item] # counties add counts of their own
