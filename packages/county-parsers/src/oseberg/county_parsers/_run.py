"""One parse: counts what becomes of every row, keeps rejects, hands on records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypedDict

from oseberg.county_parsers._legals.texts import tracts
from oseberg.county_parsers._readers.lines import DAMAGE, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from oseberg.county_parsers._context import Context
    from oseberg.county_parsers._record import Record, Tract
    from oseberg.county_parsers._row import Reject, Row

# Records are parsed in batches of this size: reading all their legal descriptions in one go is nearly twice as fast.
TOGETHER = 64


class Store(Protocol):
    """Where records and rejects go."""

    def add(self, records: Iterable[Record]) -> None:
        """Keep records."""
        ...

    def reject(self, reject: Reject) -> None:
        """Keep a rejected row."""
        ...

    def settle(self, numbers: set[str]) -> int:
        """Mark the kept records with these instrument numbers incomplete.

        Returns:
            How many of them were not yet.
        """
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


class Run:
    """The state of one parse.

    Args:
        context: The county's context.
        store: Where records and rejects go.
        university_blocks: `Block N, Sec. N:` in a legal description without a survey means University Lands.
    """

    def __init__(self, context: Context, store: Store, *, university_blocks: bool = False) -> None:
        self.context = context
        self.store = store
        self.university_blocks = university_blocks
        self.rows = self.used = self.structural = self.duplicate = self.rejected = 0
        self.records = self.incomplete = 0
        self.document_types: Counter[str] = Counter()
        self.unmapped_types: Counter[str] = Counter()
        self.stated: Counter[str] = Counter()
        self.stated_differs = False
        self.rejected_numbers: set[str] = set()
        self._finished: list[Record] = []

    def reject(self, file: str, row: Row, reason: str) -> None:
        """Set a row aside.

        Args:
            file: The file or table that holds it.
            row: The row.
            reason: One of the reasons for rejects.
        """
        self.rejected += 1
        self.store.reject({"file": file, "line": row.line, "reason": reason, "text": shown(row.text)})

    def doubt(self, number: str) -> None:
        """Keep the instrument number of a rejected row: the records of this number are incomplete."""
        if number and DAMAGE not in number:
            self.rejected_numbers.add(number)

    def record(self, record: Record) -> None:
        """Accept a finished record, whose legals may still be texts; it is handed on with the next ones."""
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
        return tracts(legal, university_blocks=self.university_blocks) if isinstance(legal, str) else (legal,)

    def _count(self, record: Record) -> None:
        self.records += 1
        self.document_types[record["document_type"]] += 1
        if record["document_type"] == "other":
            self.unmapped_types[record["document_type_text"]] += 1
        if not record["complete"]:
            self.incomplete += 1

    def compare(self, stated: Mapping[str, int], counted: Mapping[str, int]) -> None:
        """Keep the totals that a file states, compared with the rows of those kinds in that file.

        Args:
            stated: The totals by name.
            counted: The rows that were counted, by the same names.
        """
        self.stated.update(stated)
        self.stated_differs |= any(counted[name] != total for name, total in stated.items())

    def summary(self, files: Sequence[str]) -> Summary:
        """Hand on the last records, and settle what later rows said about earlier ones.

        Args:
            files: The names of the index files.

        Returns:
            The counts of the whole parse.
        """
        self._hand_on()
        if self.rejected_numbers:
            self.incomplete += self.store.settle(self.rejected_numbers)
        summary: Summary = {
            "county_fips": self.context.county.fips,
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
