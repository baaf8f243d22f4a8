"""Applies an update to a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.county_parsers._records.record import DELETED_PARTIES, PARTY_PLACES, places_of
from oseberg.county_parsers.fields import ACTION
from oseberg.county_parsers.rows import SIDES

if TYPE_CHECKING:
    from oseberg.county_parsers._records.record import Record

# Lists that an update replaces only where it brings some of them: they may come in tables of their own.
_LISTS = ("legals", "references", "images")
_OF_THE_FEED = frozenset({ACTION, DELETED_PARTIES, PARTY_PLACES})


def merged(known: Record, update: Record, *, by_party: bool, by_place: bool) -> Record:
    """Return a document after an update.

    Args:
        known: What was known of it.
        update: What the update says: its values replace the known ones. A list that it does not bring stays.
        by_party: The update says which parties are deleted and which are added or changed; the others stay. Else the
            parties that it brings for a side replace all of the side's.
        by_place: A party of the update takes the place that it names, and who had it before is gone.

    Returns:
        The document; neither argument is changed.
    """
    record = {**update, "complete": known["complete"] and update["complete"]}
    for name in _LISTS:
        record[name] = update[name] or known[name]
    extra = {name: cell for name, cell in update["extra"].items() if name not in _OF_THE_FEED}
    parties = {side: _side(known, update, side, by_party=by_party, by_place=by_place) for side in SIDES}
    for side, found in parties.items():
        record[side] = [party for _, party in found]
    if by_place and (places := places_of(parties)):
        extra[PARTY_PLACES] = places
    if known["extra"].get(ACTION):
        extra[ACTION] = known["extra"][ACTION]  # what came before that is not known either
    record["extra"] = extra
    return record


def _side(known: Record, update: Record, side: str, *, by_party: bool, by_place: bool) -> list[tuple[int, Record]]:
    before, new = _placed(known, side), _placed(update, side)
    if not by_party:
        return new or before
    deleted = f"; {update['extra'].get(DELETED_PARTIES, '')}; "
    left = [(place, one) for place, one in before if f"; {side.removesuffix('s')}: {one['name']}; " not in deleted]
    names = {one["name"] for _, one in new}
    if by_place:
        taken = {place for place, _ in new}
        left = [(place, one) for place, one in left if place not in taken and one["name"] not in names]
        return sorted([*left, *new], key=lambda placed: placed[0])
    parties = [*(one for _, one in left if one["name"] not in names), *(one for _, one in new)]
    return list(enumerate(parties, start=1))


def _placed(record: Record, side: str) -> list[tuple[int, Record]]:
    """Return the parties of a side with their places."""
    stated = record["extra"].get(PARTY_PLACES, "")
    places = next((part.removeprefix(side).split(",") for part in stated.split("; ") if part.startswith(side)), None)
    numbers = map(int, places) if places else range(1, len(record[side]) + 1)
    return list(zip(numbers, record[side], strict=True))
