"""Documents of one row each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oseberg.county_parsers._builder import Builder
from oseberg.county_parsers._rows import STRUCTURAL, RejectedError
from oseberg.county_parsers._seen import Seen, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oseberg.county_parsers._run import Part, Run


@dataclass(frozen=True)
class OneEach:
    """Every row is a document; an exact repeat of a used row is a duplicate.

    Args:
        number: The column whose text names the document: a rejected row makes the others of that number incomplete.
        totals: The name under which the number of records that the file states is reported.
    """

    number: str
    totals: str = "records"

    def read(self, run: Run, parts: Iterable[Part]) -> None:
        """Read all rows of all parts."""
        seen = Seen()
        for part in parts:
            kind, columns = next(iter(part.kinds.items()))
            self._read(run, part, kind, Builder(run.county.fields, columns, run.context), seen)

    def _read(self, run: Run, part: Part, kind: str, builder: Builder, seen: Seen) -> None:
        number = list(part.kinds[kind]).index(self.number)
        stated: Counter[str] = Counter()
        documents = 0
        for row in part.rows:
            run.rows += 1
            line, row_kind, cells, _, problem = row
            if problem == STRUCTURAL:
                run.structural += 1
                continue
            if row_kind == "total":
                run.structural += 1
                stated[self.totals] += int(cells[0].replace(",", ""))
                continue
            documents += 1
            mark = fingerprint(cells)
            if mark in seen:
                run.duplicate += 1
                continue
            try:
                record = builder.read(row)
            except RejectedError as error:
                run.reject(part.name, row, error.reason)
                run.doubt(cells[number].strip() if number < len(cells) else "")
                continue
            seen.add(mark)
            run.used += 1
            record["source"] = {"file": part.name, "lines": [line]}
            run.record(record)
        run.compare(stated, {self.totals: documents})
