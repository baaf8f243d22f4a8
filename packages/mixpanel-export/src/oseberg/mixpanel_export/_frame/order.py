"""The order of a result's rows and the removal of duplicates: by time, then by content.

Nothing depends on the order of arrival. Mixpanel's key of duplicates is (event, distinct_id, time, $insert_id), the
latest processing wins; an event without `$insert_id` is never a duplicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oseberg.mixpanel_export._read.zone import DAY, Milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = 8  # bytes of a number
# An odd number whose bits are spread: 2**64 divided by the golden ratio.
MIXED = np.uint64(0x9E3779B97F4A7C15)

Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Keys:
    """The first keys of the order of rows.

    Attributes:
        event: The names of the events.
        distinct: Their distinct_id.
        insert: Their $insert_id.
        wall: Their times as exported, a part of the key.
        utc: Their times in UTC.
        processed: When Mixpanel processed them; -1 where that is missing.
    """

    event: pa.Array
    distinct: pa.Array
    insert: pa.Array
    wall: Milliseconds
    utc: Milliseconds
    processed: Milliseconds


@dataclass(frozen=True)
class Order:
    """The rows of a result.

    Attributes:
        places: The rows that stay, in order.
        same_day_ids: Rows with the event, user and id of another row of the day, at another time.
    """

    places: Places
    same_day_ids: int = 0


def row_order(keys: Keys, content: Callable[[Places], list[str]]) -> Order:
    """Return the rows that stay in order of time.

    Args:
        keys: What decides nearly always.
        content: Returns all that some rows hold as texts, which decide the rest.

    Returns:
        The rows, and how many Mixpanel may yet remove.
    """
    suspects = repeated(keys.insert)
    same_day, kept = 0, np.arange(len(keys.utc))
    if len(suspects):
        lost, same_day = losers(keys, suspects, content)
        kept = np.delete(kept, lost)
    return Order(by_time(keys, kept, content), same_day)


def repeated(insert: pa.Array) -> Places:
    """Return the rows whose id occurs more than once."""
    if all_differ(insert.drop_null()):
        return np.empty(0, dtype=np.int64)
    coded = insert.dictionary_encode()
    if len(coded.dictionary) == len(insert):  # as many ids as rows
        return np.empty(0, dtype=np.int64)
    codes = np.asarray(coded.indices.fill_null(len(coded.dictionary)))
    often = np.bincount(codes, minlength=len(coded.dictionary) + 1) > 1
    often[-1] = False  # those without an id
    empty = pc.index(coded.dictionary, "").as_py()
    if empty >= 0:
        often[empty] = False
    found: Places = np.flatnonzero(often[codes])
    return found


def all_differ(texts: pa.Array) -> bool:
    """Whether texts of one length certainly differ, as ids nearly always do: decided fast by sums of their bytes."""
    _, offsets, content = texts.buffers()
    if content is None or not len(texts):
        return False
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    length = int(places[1] - places[0])
    if length < WORD or (np.diff(places) != length).any():
        return False
    letters = np.frombuffer(content, np.uint8)[places[0] : places[-1]].reshape(-1, length)
    total = np.zeros(len(texts), dtype=np.uint64)
    for place in [*range(0, length - WORD, WORD), length - WORD]:
        total = total * MIXED + np.ascontiguousarray(letters[:, place : place + WORD]).view(np.uint64)[:, 0]
    total.sort()
    return bool((total[1:] != total[:-1]).all())


def losers(keys: Keys, suspects: Places, content: Callable[[Places], list[str]]) -> tuple[Places, int]:
    """Return the rows of which a later processed one exists, and how many of the others share a day's id."""
    chosen = pa.array(suspects)
    names = [ranks(column.take(chosen)) for column in (keys.event, keys.distinct, keys.insert)]
    wall, processed = keys.wall[suspects], keys.processed[suspects]
    order = np.lexsort((processed, wall, *names))
    same = equal_to_next(order, wall, *names)
    tied = same & equal_to_next(order, processed)
    if tied.any():
        among = marked(order, tied)
        last = np.zeros(len(suspects), dtype=np.int64)
        last[among] = ranks(pa.array(content(suspects[among]), pa.string()))
        order = np.lexsort((last, processed, wall, *names))
    stay = order[~np.append(same, [False])]  # the order within a key does not change where one key ends
    day = wall // DAY
    return suspects[order[:-1][same]], int(np.count_nonzero(equal_to_next(stay, day, *names)))


def by_time(keys: Keys, kept: Places, content: Callable[[Places], list[str]]) -> Places:
    """Return rows in order of time, those of equal times by their id and then by content."""
    times = keys.utc[kept]
    if (times[1:] > times[:-1]).all():
        return kept
    order = np.argsort(times, kind="stable")
    tied = equal_to_next(order, times)
    if not tied.any():
        return kept[order]
    among = marked(order, tied)
    ids, rest = np.zeros(len(kept), dtype=np.int64), np.zeros(len(kept), dtype=np.int64)
    ids[among] = ranks(keys.insert.take(pa.array(kept[among])))
    order = np.lexsort((ids, times))
    tied = equal_to_next(order, times, ids)
    if tied.any():
        among = marked(order, tied)
        rest[among] = ranks(pa.array(content(kept[among]), pa.string()))
        order = np.lexsort((rest, ids, times))
    return kept[order]


def equal_to_next(order: Places, *columns: Places) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Mark the places of an order whose row equals the next one in all columns."""
    same = np.ones(max(0, len(order) - 1), dtype=np.bool_)
    for column in columns:
        found = column[order]
        same &= found[1:] == found[:-1]
    return same


def marked(order: Places, same: np.ndarray[Any, np.dtype[np.bool_]]) -> Places:
    """Return the rows that equal a neighbor."""
    either = np.zeros(len(order), dtype=np.bool_)
    either[:-1] |= same
    either[1:] |= same
    return order[either]


def ranks(texts: pa.Array) -> Places:
    """Return a number for each text, in the order of the texts; -1 for a missing one."""
    coded = texts.dictionary_encode()
    place = np.empty(len(coded.dictionary) + 1, dtype=np.int64)
    place[np.asarray(pc.sort_indices(coded.dictionary))] = np.arange(len(coded.dictionary))
    place[-1] = -1
    found: Places = place[np.asarray(coded.indices.fill_null(-1))]
    return found
