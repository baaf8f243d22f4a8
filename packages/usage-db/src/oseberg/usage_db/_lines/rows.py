"""Turns the lines of one day into rows of binary COPY, and keeps count of what it sets aside."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._lines.copy_format import SIGNATURE, TRAILER, packed, packed_activity
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
_CHUNK_ROWS = 8_000
_PIECE_ROWS = 64
_YEAR_10000_MS = 253_402_300_800_000
_FORMAT = b"2"  # a change of what is made of a line makes every stored digest void
DIGEST_BYTES = 16


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
        ids: Every id that the events carry.
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
        self._context = b"|".join((_FORMAT, day.zone.key.encode(), transform.fingerprint, b"%d" % local))
        self._stored = stored or set()
        self._ordinals: Counter[bytes] = Counter()
        self._keys: dict[int, list[int]] = {}
        self._activity: dict[tuple[str | None, ...], list[int]] = {}
        self._countable = True
        self.rejects: list[tuple[bytes, str]] = []
        self.repeated: list[bytes] = []
        self.ids: set[str] = set()
        self.exported = 0
        self.filtered = 0
        self.recognized = 0

    def batches(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Return the rows in pieces of binary COPY; rows whose key may have come before are kept in `repeated`.

        Thousands of rows at a time are sorted, by distinct_id in effect, which makes the primary key's index half as
        costly. They go out in small pieces between the reading of the next ones, so that the server always has work.
        """
        chunk: list[bytes] = []
        pieces: Iterator[bytes] = iter(())
        waiting = iter(lines)
        yield SIGNATURE
        while block := list(islice(waiting, _PIECE_ROWS)):
            check_bytes(block)
            yield next(pieces, b"")
            chunk += filter(None, map(self._read, block))
            if len(chunk) >= _CHUNK_ROWS:
                yield from pieces
                pieces = _pieces(chunk)
                chunk = []
        yield from pieces
        yield from _pieces(chunk)
        yield TRAILER

    def repeated_batches(self) -> Iterator[bytes]:
        """Return the rows that were held back."""
        yield SIGNATURE
        yield from self.repeated
        yield TRAILER

    def gone(self) -> str | None:
        """Return the digests that no line had, as an array of Postgres; None when no line was recognized."""
        return f"{{{','.join(digest.hex() for digest in self._stored)}}}" if self.recognized else None

    def _read(self, line: bytes) -> bytes | None:
        """Return a line's row, or count why there is none."""
        if not line.strip():
            return None
        digest = sha256(self._context + line).digest()[:DIGEST_BYTES]
        if digest in self._stored:  # an equal line once more is a duplicate, and goes the long way
            self._stored.remove(digest)
            self.recognized += 1
            self.exported += 1
            return None
        try:
            return self._row(line, digest)
        except RejectedLineError as error:
            if self._transform.hides(line):
                self.filtered += 1
                return None
            self.exported += 1
            self.rejects.append((line, str(error)))
            return None

    def _row(self, line: bytes, digest: bytes | None) -> bytes | None:
        """Return a line's row; None when it isn't to be copied now."""
        event, distinct_id, properties = read_event(line)
        if self._transform.filters and not self._transform.keeps(event, distinct_id, properties):
            self.filtered += 1
            return None
        insert_id = properties.get("$insert_id")
        if type(insert_id) is not str:
            insert_id = scalar_text(insert_id, "$insert_id")
        if not insert_id:
            insert_id, digest = self._made_id(event, properties), None
        processed = properties.get("mp_processing_time_ms")
        processed_ms = processed if type(processed) is int and 0 < processed < _YEAR_10000_MS else None
        time_ms = properties.pop("time", None)
        if self._offset != 0 or type(time_ms) is not int or not self._start <= time_ms < self._end:
            time_ms = self._utc(milliseconds(time_ms, "time"), processed_ms)
        if len(distinct_id) + len(event) + len(insert_id) > _SHORT_KEY or b"\\" in line:
            check_key(distinct_id, event, insert_id)
        properties.pop("distinct_id", None)
        properties.pop("$insert_id", None)
        if self._transform.changes:
            properties = self._transform.changed(properties)
        text = json_text(properties)
        activity = self._activity_of(distinct_id, event, time_ms, properties)
        self.exported += 1
        row = packed(distinct_id, time_ms, event, insert_id, text, processed_ms, digest, self._run_id)
        key = hash((distinct_id, time_ms, event, insert_id))
        if (first := self._keys.get(key)) is not None:
            # Whichever of the two counts in the end, the roll-up is the same if their ids are.
            self._countable = self._countable and first is activity
            self.repeated.append(row)
            return None
        self._keys[key] = activity
        activity[0] += 1
        if time_ms < activity[1]:
            activity[1] = time_ms
        elif time_ms > activity[2]:
            activity[2] = time_ms
        return row

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

    def _activity_of(self, distinct_id: str, event: str, time_ms: int, properties: dict[str, Any]) -> list[int]:
        """Return the number, first and last time of the events with the same ids and name; new ids are noted."""
        user, before, original = map(properties.get, _OTHER_IDS)
        if type(user) is int:  # as some products send it
            user = str(user)
        for value in (user, before, original):
            if value is not None and type(value) is not str:  # what Postgres makes of it is not told apart here
                self._countable = False
                self._note_ids(distinct_id, properties)
                return [0, time_ms, time_ms]
        key = (user, distinct_id, before, original, event)
        found = self._activity.get(key)
        if found is None:
            found = self._activity[key] = [0, time_ms, time_ms]
            self.ids.update(text for text in key[:4] if text is not None)
        return found

    def activity(self) -> Iterator[bytes] | None:
        """Return the roll-up of all rows in pieces of binary COPY; None where only Postgres can tell it."""
        if not self._countable or self.recognized:
            return None
        return self._packed_activity()

    def _packed_activity(self) -> Iterator[bytes]:
        yield SIGNATURE
        rows = (packed_activity(key, *counts) for key, counts in self._activity.items() if counts[0])
        while piece := b"".join(islice(rows, _PIECE_ROWS)):
            yield piece
        yield TRAILER

    def _note_ids(self, distinct_id: str, properties: dict[str, Any]) -> None:
        self.ids.add(distinct_id)
        for name in _OTHER_IDS:
            value = properties.get(name)
            if type(value) is str:
                self.ids.add(value)
            elif value is not None and type(value) not in {dict, list}:
                self.ids.add(scalar_text(value, name))


def _pieces(chunk: list[bytes]) -> Iterator[bytes]:
    chunk.sort()
    for first in range(0, len(chunk), _PIECE_ROWS):
        yield b"".join(chunk[first : first + _PIECE_ROWS])


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _shown(time_ms: int) -> str:
    try:
        return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"
