"""Applies the deliveries of a feed in a folder: writes its documents and the totals of all rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import orjson

from oseberg.county_parsers._declaration.feed import is_day
from oseberg.county_parsers._feeds.fold import Fold, Unknown
from oseberg.county_parsers._feeds.lines import Lines
from oseberg.county_parsers._results.stores import RECORDS, REJECTS, SUMMARY, Folder
from oseberg.county_parsers._run import REQUIRED
from oseberg.county_parsers.errors import some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._records.record import Record
    from oseberg.county_parsers._run import Summary

_DAY_DIGITS = 8
# What a summary says of the records it comes with, not of rows: the records of a feed are not those of one delivery.
_OF_RECORDS = frozenset({"county_fips", "records", "incomplete", "document_types", "unmapped_types"})


@dataclass(frozen=True)
class AppliedFeed:
    """The documents of a feed after all its deliveries.

    Args:
        summary: What became of the rows of all deliveries; `feed` counts deliveries, added, updated and deleted
            documents, and updates and deletes of documents that no delivery added.
        unknown: Those updates and deletes.
    """

    summary: Summary
    unknown: list[Unknown]

    def sentences(self, delivery: str) -> list[str]:
        """Return the sentences about a delivery that a person should read.

        Args:
            delivery: Its name.

        Returns:
            A sentence about its deletes, and one about its updates, of documents that no delivery added.
        """
        found = []
        for action in ("delete", "update"):
            names = [one.document for one in self.unknown if (one.action, one.delivery) == (action, delivery)]
            if names:
                times = (
                    f"1 {action} names a document" if len(names) == 1 else f"{len(names):,} {action}s name documents"
                )
                found.append(f"{times} that no delivery before it added: {some_of(names)}.")
        return found


def apply_feed(county: County, out: Path) -> AppliedFeed:
    """Write the documents of a feed as they are after all deliveries that were parsed into a folder.

    The results of each delivery are in `out/YYYYMMDD...`, as `parse_to` writes them. They are applied in the order of
    their names, whatever the order in which they arrived: a late delivery takes its place among the others, and one
    that was sent again replaces itself. What `out` held before is kept in `out/history`.

    Args:
        county: The declaration.
        out: The folder.

    Returns:
        The summary, which is also `out/summary.json`, and what is not known.
    """
    while True:
        deliveries = _deliveries(out)
        state = _state(deliveries)
        applied = _apply(county, out, deliveries)
        # Another process may have added a delivery meanwhile: the last process sees all of them.
        if _state(_deliveries(out)) == state:
            return applied


def _deliveries(out: Path) -> list[Path]:
    return sorted(path for path in out.iterdir() if is_day(path.name[:_DAY_DIGITS]) and (path / SUMMARY).is_file())


def _state(deliveries: Sequence[Path]) -> list[tuple[Path, int]]:
    return [(path, (path / SUMMARY).stat().st_mtime_ns) for path in deliveries]


def _apply(county: County, out: Path, deliveries: Sequence[Path]) -> AppliedFeed:
    counted: dict[str, Counter[str]] = {"document_types": Counter(), "unmapped_types": Counter()}
    counts: Counter[str] = Counter()
    with Folder(out) as store, Lines() as lines:
        fold = Fold(county, lines)
        for path in deliveries:
            fold.apply(path.name, path / RECORDS)
        store.add(_counted(fold.documents(), counts, counted))
        for path in deliveries:
            for line in (path / REJECTS).read_bytes().splitlines():
                store.reject(orjson.loads(line))
        summary = {
            **_sums([orjson.loads((path / SUMMARY).read_bytes()) for path in deliveries]),
            "county_fips": county.fips,
            "records": counts["records"],
            "incomplete": counts["incomplete"],
            **{name: dict(sorted(found.items())) for name, found in counted.items()},
            "feed": {
                "deliveries": len(deliveries),
                **{name: fold.counts[name] for name in ("added", "updated", "deleted")},
                **{f"unknown_{name}s": _count(fold.unknown, name) for name in ("update", "delete")},
            },
        }
        # A table of the standard's keys, in its order, and then what only some counties have.
        ordered = {name: summary[name] for name in [*REQUIRED, *(name for name in summary if name not in REQUIRED)]}
        store.publish(ordered)
    return AppliedFeed(cast("Summary", ordered), fold.unknown)


def _counted(documents: Iterable[Record], counts: Counter[str], counted: dict[str, Counter[str]]) -> Iterator[Record]:
    for record in documents:
        counts["records"] += 1
        counts["incomplete"] += not record["complete"]
        counted["document_types"][record["document_type"]] += 1
        if record["document_type"] == "other":
            counted["unmapped_types"][record["document_type_text"]] += 1
        yield record


def _count(unknown: Iterable[Unknown], action: str) -> int:
    return sum(one.action == action for one in unknown)


def _sums(summaries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the totals of the rows of all deliveries: numbers are added, lists joined."""
    total: dict[str, Any] = {"files": [], "stated": {}, "stated_differs": False}
    total |= dict.fromkeys(("rows", "used", "structural", "duplicate", "rejected"), 0)
    for summary in summaries:
        for name, value in summary.items():
            if name in _OF_RECORDS:
                continue
            if isinstance(value, bool):
                total[name] = total.get(name, False) or value
            elif isinstance(value, dict):
                total[name] = dict(Counter(total.get(name, {})) + Counter(value))
            else:
                total[name] = value + total.get(name, type(value)())
    total["files"] = sorted(total["files"])
    return total
