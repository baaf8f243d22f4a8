"""Turns the lines of one day into rows of binary COPY, and counts what it sets aside."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._lines.activity import Activity
from oseberg.usage_db._lines.copy_format import SIGNATURE, TRAILER, packed
from oseberg.usage_db._lines.lines import (
    RejectedLineError,
    check_bytes,
    check_key,
    json_text,
    milliseconds,
    read_event,
    scalar_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from oseberg.usage_db._lines.days import Day
    from oseberg.usage_db._lines.transform import Transform


_OTHER_IDS = ("$user_id", "$distinct_id_before_identity", "mp_original_distinct_id")
_SHORT_KEY = 600  # characters; up to 2,400 bytes, which the index holds
_FIRST_CHUNK_ROWS = 500
_CHUNK_ROWS = 8_000
_PIECE_ROWS = 64
_YEAR_10000_MS = 253_402_300_800_000
_FORMAT = b"2"  # a change of what is made of a line makes every stored digest void
DIGEST_BYTES = 16


class _Chunk:
    """Thousands of rows, and the ids by which they are put in order."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.rows: list[bytes] = []

    def pieces(self) -> Iterator[bytes]:
        """Return the rows in the order of their ids: texts are compared twice as fast as whole rows."""
        order = sorted(range(len(self.rows)), key=self.ids.__getitem__)
        for first in range(0, len(order), _PIECE_ROWS):
            yield b"".join(map(self.rows.__getitem__, order[first : first + _PIECE_ROWS]))


class DayRows:
    """The rows of one day.

    A stored event keeps the digest of its line, and of the settings that decide what is made of it: a line whose digest
    is stored needs no second look. Events without an id of their own have none, for their ids depend on each other.

    Args:
        day: The day.
        transform: What to leave out or change.
        local: Whether the times of the lines are wall clocks of the day's zone, to be converted to UTC.
        run_id: The run that loads them.
        stored: The digests of the stored events; those that the lines have are taken out of it.

    Attributes:
        rejects: Each line that can't be stored, with the reason.
        exported: Lines that the filter left.
        filtered: Lines that it left out.
        recognized: Lines whose events are stored as they are.
        repeated: Rows whose key came before, when they are held back.
    """

    def __init__(
        self, day: Day, transform: Transform, *, local: bool, run_id: int = 0, stored: set[bytes] | None = None
    ) -> None:
        self._day = day
        self._transform = transform
        self._start = _epoch_ms(day.start)
        self._end = _epoch_ms(day.end)
        self._offset = day.fixed_offset_ms() if local else 0
        self._run_id = run_id
        self._hash = sha256(b"|".join((_FORMAT, day.zone.key.encode(), transform.fingerprint, b"%d" % local)))
        self._stored = stored or set()
        self._ordinals: Counter[bytes] = Counter()
        self._keys: dict[int, int] = {}
        self._activity = Activity()
        self._other_ids: set[str] = set()
        self.rejects: list[tuple[bytes, str]] = []
        self.repeated: list[bytes] = []
        self.exported = 0
        self.filtered = 0
        self.recognized = 0

    def batches(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Return the rows in pieces of binary COPY; rows whose key may have come before are kept in `repeated`.

        Thousands of rows at a time are sorted, by distinct_id in effect, which makes the primary key's index half as
        costly. They go out in small pieces between the reading of the next ones, so that the server always has work.
        """
        chunk = _Chunk()
        pieces: Iterator[bytes] = iter(())
        waiting = iter(lines)
        limit = _FIRST_CHUNK_ROWS  # so that the server need not wait long for its first rows
        yield SIGNATURE
        while block := list(islice(waiting, _PIECE_ROWS)):
            check_bytes(block)
            yield next(pieces, b"")
            self._read(block, chunk)
            if len(chunk.rows) >= limit:
                yield from pieces
                limit = min(2 * limit, _CHUNK_ROWS)
                pieces = chunk.pieces()
                chunk = _Chunk()
        yield from pieces
        yield from chunk.pieces()
        yield TRAILER

    def repeated_batches(self) -> Iterator[bytes]:
        """Return the rows that were held back."""
        yield SIGNATURE
        yield from self.repeated
        yield TRAILER

    def gone(self) -> str | None:
        """Return the digests that no line had, as an array of Postgres; None when no line was recognized."""
        return f"{{{','.join(digest.hex() for digest in self._stored)}}}" if self.recognized else None

    def _read(self, block: list[bytes], chunk: _Chunk) -> None:
        """Add the rows of some lines, and count why others have none."""
        start, stored, read = self._hash.copy, self._stored, self._row
        for line in block:
            hashed = start()
            hashed.update(line)
            digest = hashed.digest()[:DIGEST_BYTES]
            if digest in stored:  # an equal line once more is a duplicate, and goes the long way
                stored.remove(digest)
                self.recognized += 1
                self.exported += 1
                continue
            try:
                read(line, digest, chunk)
            except RejectedLineError as error:
                self._set_aside(line, str(error))

    def _set_aside(self, line: bytes, reason: str) -> None:
        """Count a line that is not an event."""
        if not line.strip():
            return
        if self._transform.hides(line):
            self.filtered += 1
            return
        self.exported += 1
        self.rejects.append((line, reason))

    def _row(self, line: bytes, digest: bytes | None, chunk: _Chunk) -> None:
        """Add a line's row, or count the reason why it isn't copied now."""
        event, distinct_id, properties = read_event(line)
        transform = self._transform
        if transform.filters and not transform.keeps(event, distinct_id, properties):
            self.filtered += 1
            return
        find = properties.get
        insert_id = find("$insert_id")
        if type(insert_id) is not str:
            insert_id = scalar_text(insert_id, "$insert_id")
        if not insert_id:
            insert_id, digest = self._made_id(event, properties), None
        processed = find("mp_processing_time_ms")
        processed_ms = processed if type(processed) is int and 0 < processed < _YEAR_10000_MS else None
        forget = properties.pop
        time_ms = forget("time", None)
        if self._offset != 0 or type(time_ms) is not int or not self._start <= time_ms < self._end:
            time_ms = self._utc(milliseconds(time_ms, "time"), processed_ms)
        if len(distinct_id) + len(event) + len(insert_id) > _SHORT_KEY or b"\\" in line:
            check_key(distinct_id, event, insert_id)
        forget("distinct_id", None)
        forget("$insert_id", None)
        if transform.changes:
            properties = transform.changed(properties)
        row = packed(distinct_id, time_ms, event, insert_id, json_text(properties), processed_ms, digest, self._run_id)
        self.exported += 1
        find = properties.get
        user, before, original = find("$user_id"), find("$distinct_id_before_identity"), find("mp_original_distinct_id")
        if type(user) is not str or before is not None or original is not None:
            user, before, original = self._texts(distinct_id, properties)
        place = self._activity.count((user, distinct_id, before, original), event, time_ms)
        keys = len(self._keys)
        known = self._keys.setdefault(hash((distinct_id, time_ms, event, insert_id)), place)
        if len(self._keys) > keys:
            chunk.ids.append(distinct_id)
            chunk.rows.append(row)
            return
        # Whichever of the two counts in the end, the roll-up is the same if their ids are.
        self._activity.discount(place)
        self._activity.exact = self._activity.exact and known == place
        self.repeated.append(row)

    def _made_id(self, event: str, properties: dict[str, Any]) -> str:
        """Return an id for an event without one, made of its content; equal events are numbered, not duplicates."""
        content = json_text([event, properties], orjson.OPT_SORT_KEYS)
        digest = sha256(content).digest()
        self._ordinals[digest] += 1
        return f"sha256:{digest.hex()}:{self._ordinals[digest]}"

    def _utc(self, time_ms: int, processed_ms: int | None) -> int:
        if self._offset is None:
            time_ms = self._day.utc_ms(time_ms, processed_ms) if 0 <= time_ms < _YEAR_10000_MS else time_ms
        else:
            time_ms -= self._offset
        if self._start <= time_ms < self._end:
            return time_ms
        raise RejectedLineError(f"its time {_shown(time_ms)} is not on the day {self._day.date} ({self._day.zone.key})")

    def _texts(self, distinct_id: str, properties: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        """Return the other ids of an event as Postgres reads them."""
        found = [properties.get(name) for name in _OTHER_IDS]
        user, before, original = (str(value) if type(value) is int else value for value in found)
        if all(value is None or type(value) is str for value in (user, before, original)):
            return user, before, original
        self._activity.exact = False  # what Postgres makes of an object, say, is not told apart here
        self._note_ids(distinct_id, properties)
        return None, None, None

    @property
    def ids(self) -> set[str]:
        """Every id that the events carry."""
        return self._activity.ids() | self._other_ids

    def activity(self) -> Activity | None:
        """Return the roll-up of all rows; None if only Postgres can compute it."""
        return None if self.recognized or not self._activity.exact else self._activity

    def _note_ids(self, distinct_id: str, properties: dict[str, Any]) -> None:
        self._other_ids.add(distinct_id)
        for name in _OTHER_IDS:
            value = properties.get(name)
            if type(value) is str:
                self._other_ids.add(value)
            elif value is not None and type(value) not in {dict, list}:
                self._other_ids.add(scalar_text(value, name))


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _shown(time_ms: int) -> str:
    try:
        return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"
