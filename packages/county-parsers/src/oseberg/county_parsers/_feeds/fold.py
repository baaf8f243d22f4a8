"""The documents of a feed after all its deliveries, whatever the order in which they arrived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.county_parsers._feeds.lines import Line, Lines
from oseberg.county_parsers._feeds.merge import merged
from oseberg.county_parsers._results.differences import key_of, name_of
from oseberg.county_parsers.fields import ACTION
from oseberg.county_parsers.rows import Party

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._records.record import Record

    Key = tuple[Any, ...]


@dataclass(frozen=True)
class Unknown:
    """A change to a document that no delivery added.

    Args:
        action: `update` or `delete`.
        delivery: The name of the delivery.
        document: The document's number, or its book and page.
    """

    action: str
    delivery: str
    document: str


@dataclass
class Fold:
    """Documents, after one delivery after the other.

    A line of a file of records stays where it is until it is changed: a year of a county's documents need not be in
    memory.

    Args:
        county: The declaration.
        lines: Reads the lines that stay where they are.

    Attributes:
        counts: How many documents were added, updated and deleted.
        unknown: Updates and deletes of documents that no delivery added.
    """

    county: County
    lines: Lines
    counts: Counter[str] = field(default_factory=Counter)
    unknown: list[Unknown] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Bind the fold to the county's declaration of parties."""
        self._documents: dict[Key, Line | Record] = {}
        self._deleted: set[Key] = set()
        roles = [role for role in self.county.rows.values() if isinstance(role, Party) and role.action]
        self._by_party = bool(roles)
        self._by_place = bool(roles) and all(role.place for role in roles)

    def apply(self, delivery: str, records: Path) -> None:
        """Apply a delivery.

        Args:
            delivery: Its name.
            records: The file of its records, which must stay as it is until the documents are written.
        """
        at = 0
        with records.open("rb") as lines:
            for line in lines:
                self._event(delivery, orjson.loads(line), Line(records, at, len(line)))
                at += len(line)

    def documents(self) -> Iterator[Record]:
        """Yield the documents in the order in which they were added."""
        for document in self._documents.values():
            yield self._read(document)

    def _event(self, delivery: str, record: Record, line: Line) -> None:
        key, action = self._key(record), record["extra"].get(ACTION, "add")
        known = self._documents.get(key)
        if action == "delete":
            self._delete(delivery, key, record, is_known=known is not None)
        elif action == "update":
            self._update(delivery, key, record, known)
        else:
            self._add(key, record, line, known)

    def _add(self, key: Key, record: Record, line: Line, known: Line | Record | None) -> None:
        if known is None:
            self.counts["added"] += 1
        elif {**self._read(known), "source": None} != {**record, "source": None}:
            self.counts["updated"] += 1  # the same once more is nothing new
        self._documents[key] = line
        self._deleted.discard(key)

    def _delete(self, delivery: str, key: Key, record: Record, *, is_known: bool) -> None:
        if is_known:
            del self._documents[key]
            self.counts["deleted"] += 1
        elif key not in self._deleted:  # a delete that comes again is nothing new
            self.unknown.append(Unknown("delete", delivery, name_of(record)))
        self._deleted.add(key)

    def _update(self, delivery: str, key: Key, record: Record, known: Line | Record | None) -> None:
        if known is not None:
            self.counts["updated"] += 1
            before = self._read(known)
            self._documents[key] = merged(before, record, by_party=self._by_party, by_place=self._by_place)
            return
        self.unknown.append(Unknown("update", delivery, name_of(record)))
        # What was there before the update is not known: parties that it does not name may be missing.
        self._documents[key] = {**record, "complete": False}
        self._deleted.discard(key)

    def _key(self, record: Record) -> Key:
        named = tuple(record.get(name) for name in self.county.feed.key) if self.county.feed else ()
        return ("key", *named) if any(named) else key_of(record)

    def _read(self, document: Line | Record) -> Record:
        return self.lines.read(document) if isinstance(document, Line) else document
