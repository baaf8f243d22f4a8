"""Compares two versions of records: documents that were added, withdrawn or changed, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.county_parsers._records.record import RECORD
from oseberg.county_parsers._results.stores import RECORDS
from oseberg.county_parsers.errors import CountyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from oseberg.county_parsers._records.record import Record

    Key = tuple[Any, ...]

# The place of a record in its delivery is not content: another export moves all lines.
_NOT_COMPARED = frozenset({"source"})
_COMPARED = [name for name in RECORD if name not in _NOT_COMPARED]


@dataclass(frozen=True)
class Change:
    """A document that is in both versions, with other values.

    Args:
        document: The document's name, for people: its number, or book and page.
        fields: By field the old and the new value.
    """

    document: str
    fields: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Differences:
    """The differences between two versions.

    Args:
        added: Records that only the new version has.
        withdrawn: Records that only the old version has.
        changed: Documents that both have, with other values.
        unchanged: Number of documents that are the same in both.
    """

    added: list[Record] = field(default_factory=list)
    withdrawn: list[Record] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each difference.

        Yields:
            `what` (added, withdrawn, changed), `document`, and for changes `field`, `old` and `new`.
        """
        for what, records in (("added", self.added), ("withdrawn", self.withdrawn)):
            for record in records:
                yield {"what": what, "document": name_of(record), "field": None, "old": None, "new": None}
        for change in self.changed:
            for name, (old, new) in change.fields.items():
                yield {"what": "changed", "document": change.document, "field": name, "old": old, "new": new}

    def frame(self) -> pd.DataFrame:
        """Return a flat table.

        Returns:
            A DataFrame with a row for each difference: `what`, `document`, `field`, `old`, `new`, all of them `str`;
            lists as JSON.
        """
        import pandas as pd  # noqa: PLC0415 - heavy, and not needed to compare

        columns = ["what", "document", "field", "old", "new"]
        rows = [{**row, "old": _text(row["old"]), "new": _text(row["new"])} for row in self.rows()]
        return pd.DataFrame(rows, columns=columns).astype("str")


def compare_records(old: str | Path | Iterable[Record], new: str | Path | Iterable[Record]) -> Differences:
    """Compare two versions of records.

    Documents are matched by number, else by book, volume and page; of several with one number equal ones first, then in
    order. Where a record is in its delivery (`source`) is not compared.

    Args:
        old: A records.jsonl, a folder that holds one, or records as plain data.
        new: The same of the new version.

    Returns:
        What was added, withdrawn and changed, in the order of the records.

    Raises:
        CountyError: A file is missing or does not hold records.

    Example:
        >>> old, new = {"instrument_number": "1", "page": "5"}, {"instrument_number": "1", "page": "6"}
        >>> compare_records([old], [new]).changed
        [Change(document='1', fields={'page': ('5', '6')})]
    """
    before, after = _by_key(_records(old)), _by_key(_records(new))
    found = Differences()
    unchanged = 0
    for key in dict.fromkeys([*before, *after]):
        olds, news = before.get(key, []), after.get(key, [])
        # Equal ones first: else a document added in front would make every other one of its number look changed.
        left = [record for record in olds if not _take_equal(record, news)]
        unchanged += len(olds) - len(left)
        pairs = list(zip(left, news, strict=False))
        found.changed.extend(Change(name_of(one), _fields(one, other)) for one, other in pairs)
        found.withdrawn.extend(left[len(pairs) :])
        found.added.extend(news[len(pairs) :])
    return Differences(found.added, found.withdrawn, found.changed, unchanged)


def name_of(record: Record) -> str:
    """Return a document's name for people: its number, or book and page, or where it is in its delivery."""
    if record.get("instrument_number"):
        return str(record["instrument_number"])
    if record.get("volume") or record.get("page"):
        return "/".join(str(record.get(part) or "-") for part in ("book_type", "volume", "page"))
    source = record.get("source") or {"file": "?", "lines": []}
    return f"{source['file']}, line {', '.join(map(str, source['lines'])) or '?'}"


def _records(given: str | Path | Iterable[Record]) -> Sequence[Record]:
    if not isinstance(given, str | Path):
        return list(given)
    path = Path(given)
    path = path / RECORDS if path.is_dir() else path
    if not path.is_file():
        raise CountyError(f"{path}: the file does not exist. Pass a records.jsonl, or the folder that holds it.")
    records = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                record = orjson.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                problem = "not a record. Pass a records.jsonl that `oseberg county parse` wrote."
                raise CountyError(f"{path}, line {number}: {problem}")
            records.append(record)
    return records


def _by_key(records: Iterable[Record]) -> dict[Key, list[Record]]:
    found: dict[Key, list[Record]] = {}
    for record in records:
        found.setdefault(key_of(record), []).append(record)
    return found


def key_of(record: Record) -> Key:
    """Return the key that a document has in every version; without a name, all of its content."""
    fips, number = record.get("county_fips"), record.get("instrument_number")
    if number:
        return fips, number
    book = tuple(record.get(part) for part in ("book_type", "volume", "page"))
    return (fips, *book) if any(book[1:]) else (fips, orjson.dumps([record.get(name) for name in _COMPARED]))


def _take_equal(record: Record, news: list[Record]) -> bool:
    for at, other in enumerate(news):
        if not _fields(record, other):
            del news[at]
            return True
    return False


def _fields(old: Record, new: Record) -> dict[str, tuple[Any, Any]]:
    names = [*_COMPARED, *(name for name in new if name not in RECORD)]
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _text(value: Any) -> str | None:  # noqa: ANN401 - any value of a record
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
