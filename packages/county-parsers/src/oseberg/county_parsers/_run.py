"""One parse: counts what becomes of every row, keeps rejects, and passes records on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from oseberg.county_parsers._legals.texts import tracts
from oseberg.county_parsers._readers.lines import DAMAGE, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from oseberg.county_parsers._binding.context import Context
    from oseberg.county_parsers._records.record import Record, Tract
    from oseberg.county_parsers._records.row import Part, Reject, RejectedError, Row
    from oseberg.county_parsers._surveys.listed import SurveyList

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


class _Always(TypedDict):
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


class Summary(_Always, total=False):
    """Counts of a delivery's rows; `rows = used + structural + duplicate + rejected`.

    Counties add counts of their own (`swapped_legals`, `bad_instrument_dates`).

    Attributes:
        stated: The totals that the delivery states.
        stated_differs: Whether they differ from what was read, or are missing where the format always has them.
        contradictions: Rows that contradict an earlier row of their document; only when there are any.
        doubts: Tracts that contradict the list of surveys, as sentences for people; only when there are any.
        problems: What is wrong with files as a whole, as sentences for people; only when there is something.
        feed: Of all deliveries of a feed: how many there are (`deliveries`), and how many documents were `added`,
            `updated` and `deleted`; `unknown_updates` and `unknown_deletes` are of documents that no delivery added.
    """

    contradictions: int
    doubts: list[str]
    problems: list[str]
    feed: dict[str, int]


# The keys of every summary.
REQUIRED = tuple(_Always.__annotations__)


def needs_attention(summary: Mapping[str, Any]) -> bool:
    """Whether a person should look at a parse.

    Args:
        summary: The summary of the parse.

    Returns:
        True when rows were rejected, totals differ, a file was cut short, something of the delivery is missing, or land
        contradicts the list of surveys.
    """
    return any(summary.get(key) for key in ("rejected", "stated_differs", "problems", "doubts"))


class Run:
    """The state of one parse.

    Args:
        context: The county's context.
        store: Where records and rejects go.
        university_blocks: `Block N, Sec. N:` in a legal description without a survey means University Lands.
        surveys: A list that checks and completes tracts.
    """

    def __init__(
        self, context: Context, store: Store, *, university_blocks: bool = False, surveys: SurveyList | None = None
    ) -> None:
        self.context = context
        self.store = store
        self.university_blocks = university_blocks
        self.surveys = surveys
        self.doubts: list[str] = []
        self.rows = self.used = self.structural = self.duplicate = self.rejected = 0
        self.records = self.incomplete = 0
        self.document_types: Counter[str] = Counter()
        self.unmapped_types: Counter[str] = Counter()
        self.stated: Counter[str] = Counter()
        self.stated_differs = False
        self.rejected_numbers: set[str] = set()
        self.contradictions = 0
        self.problems: list[str] = []
        self.nothing_read: dict[str, int] = {}
        self._finished: list[Record] = []

    def reject(self, file: str, row: Row, error: RejectedError) -> None:
        """Set a row aside.

        Args:
            file: The file or table that holds it.
            row: The row.
            error: Why.
        """
        self.rejected += 1
        self.store.reject(
            {"file": file, "line": row.line, "reason": error.reason, "text": shown(row.text), "column": error.column}
        )

    def end(self, part: Part, rows: int) -> None:
        """Record the problems of a part as a whole, once all its rows are accounted for.

        Args:
            part: The file or table.
            rows: How many of its rows were rejected, when no other one could be used; else 0.
        """
        self.problems += part.problems
        if rows:
            self.nothing_read[part.name] = rows

    def cut_short(self, file: str, lacks: str) -> None:
        """Report a file without its beginning or end, whose totals can't be compared.

        Args:
            file: The file's name.
            lacks: What is missing, as a phrase.
        """
        self.stated_differs = True
        self.problems.append(f"{file} was cut short: it lacks {lacks}. Ask the vendor for the whole file.")

    def doubt(self, number: str) -> None:
        """Note the instrument number of a rejected row: the records with this number are incomplete."""
        if number and DAMAGE not in number:
            self.rejected_numbers.add(number)

    def record(self, record: Record) -> None:
        """Accept a finished record, whose legals may still be texts; it is passed on with the next ones."""
        self._finished.append(record)
        if len(self._finished) == TOGETHER:
            self._hand_on()

    def _hand_on(self) -> None:
        for record in self._finished:
            record["legals"] = [tract for legal in record["legals"] for tract in self._tracts(legal)]
            if self.surveys and record["legals"]:
                self._compare_land(record, self.surveys)
        for record in self._finished:
            self._count(record)
        self.store.add(self._finished)
        self._finished.clear()

    def _tracts(self, legal: str | Tract) -> tuple[Tract, ...]:
        return tracts(legal, university_blocks=self.university_blocks) if isinstance(legal, str) else (legal,)

    def _compare_land(self, record: Record, surveys: SurveyList) -> None:
        compared = [surveys.check(tract, self.context.county.fips) for tract in record["legals"]]
        record["legals"] = [{**tract, "doubt": doubt} if doubt else tract for tract, doubt in compared]
        source = record["source"]
        for tract, doubt in compared:
            if doubt:
                self.doubts.append(f"{source['file']}, line {source['lines'][0]}: {tract['text']!r}: {doubt}.")

    def _count(self, record: Record) -> None:
        self.records += 1
        self.document_types[record["document_type"]] += 1
        if record["document_type"] == "other":
            self.unmapped_types[record["document_type_text"]] += 1
        if not record["complete"]:
            self.incomplete += 1

    def compare(self, stated: Mapping[str, int], counted: Mapping[str, int], *, reported: bool = True) -> None:
        """Compare the totals that a file states with the rows of those kinds in that file.

        Args:
            stated: The totals by name.
            counted: The rows that were counted, by the same names.
            reported: Whether the totals are reported in the summary; those of headers repeat the trailer's.
        """
        if reported:
            self.stated.update(stated)
        self.stated_differs |= any(counted[name] != total for name, total in stated.items())

    def summary(self, files: Sequence[str]) -> Summary:
        """Pass on the last records, and settle what later rows said about earlier ones.

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
        if self.contradictions:
            summary["contradictions"] = self.contradictions
        if self.doubts:
            summary["doubts"] = self.doubts
        if self.problems:
            summary["problems"] = self.problems
        return {**summary, **self.context.counts}  # type: ignore[typeddict-item] # counties add counts of their own
