"""Turns the lines of one day into rows of binary COPY, and keeps count of what it sets aside."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import TYPE_CHECKING, Any

import orjson

from oseberg.usage_db._lines import (
    RejectedLineError,
    check_key,
    json_text,
    milliseconds,
    read_event,
    scalar_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from oseberg.usage_db._transform import Transform
    from oseberg.usage_db._zones import Day

_OTHER_IDS = ("$user_id", "$distinct_id_before_identity", "mp_original_distinct_id")
ID_LIMIT = 1_000
_SHORT_KEY = 600  # characters; up to 2,400 bytes, which the index holds
_CHUNK_ROWS = 8_000
_PIECE_ROWS = 64
_YEAR_10000_MS = 253_402_300_800_000
_EPOCH_2000_MS = 946_684_800_000  # Postgres counts microseconds from here

# Binary COPY: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
COLUMNS = 'distinct_id, "time", event, insert_id, properties, processed_at, run_id'
_COLUMNS = 7
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_FIRST = Struct("!hi")
_LENGTH = Struct("!i")
_TIME = _RUN = Struct("!iq")
_TIME_AND_LENGTH = Struct("!iqi")
_JSONB = Struct("!ib")


class DayRows:
    """The rows of one day.

    Args:
        day: The day.
        transform: What to leave out or change.
        local: Whether the times of the lines are wall clocks of the day's zone, to be converted to UTC.
        run_id: The run that loads them.

    Attributes:
        rejects: Each line that can't be stored, with the reason.
        ids: Every id that the events carry.
        exported: Lines that the filter left.
        filtered: Lines that it left out.
        repeated: Rows whose key came before, when they are held back.
    """

    def __init__(self, day: Day, transform: Transform, *, local: bool, run_id: int = 0) -> None:
        self._day = day
        self._transform = transform
        self._start = _epoch_ms(day.start)
        self._end = _epoch_ms(day.end)
        self._offset = day.fixed_offset_ms() if local else 0
        self._run = _RUN.pack(8, run_id)
        self._events: dict[str, bytes] = {}
        self._ordinals: Counter[bytes] = Counter()
        self._keys: set[int] = set()
        self.rejects: list[tuple[bytes, str]] = []
        self.repeated: list[bytes] = []
        self.ids: set[str] = set()
        self.exported = 0
        self.filtered = 0
        self.digest = LinesDigest()

    def batches(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Give the rows in pieces of binary COPY; rows whose key may have come before are kept in `repeated`.

        Thousands of rows at a time are sorted, by distinct_id in effect, which makes the primary key's index half as
        costly. They go out in small pieces between the reading of the next ones, so that the server always has work.
        """
        chunk: list[bytes] = []
        pieces: Iterator[bytes] = iter(())
        yield _SIGNATURE
        for number, line in enumerate(lines):
            if not number % _PIECE_ROWS:
                yield next(pieces, b"")
            row = self._read(line)
            if row is not None:
                chunk.append(row)
            if len(chunk) == _CHUNK_ROWS:
                yield from pieces
                pieces = _pieces(chunk)
                chunk = []
        yield from pieces
        yield from _pieces(chunk)
        yield _TRAILER

    def _read(self, line: bytes) -> bytes | None:
        """Give a line's row, or count why there is none."""
        if not line.strip():
            return None
        self.digest.add(line)
        try:
            return self._row(line)
        except RejectedLineError as error:
            self.exported += 1
            self.rejects.append((line, str(error)))
            return None

    def repeated_batches(self) -> Iterator[bytes]:
        """Give the rows that were held back."""
        yield _SIGNATURE
        yield from self.repeated
        yield _TRAILER

    def _row(self, line: bytes) -> bytes | None:
        """Give a line's row; None when it isn't to be copied now."""
        event, distinct_id, properties = read_event(line)
        if self._transform.filters and not self._transform.keeps(event, distinct_id, properties):
            self.filtered += 1
            return None
        processed = properties.get("mp_processing_time_ms")
        processed_ms = processed if type(processed) is int and 0 < processed < _YEAR_10000_MS else None
        insert_id = scalar_text(properties.get("$insert_id"), "$insert_id") or self._made_id(event, properties)
        time_ms = self._utc(milliseconds(properties.pop("time", None), "time"), processed_ms)
        if len(distinct_id) + len(event) + len(insert_id) > _SHORT_KEY or b"\\u0000" in line:
            check_key(distinct_id, event, insert_id)
        properties.pop("distinct_id", None)
        properties.pop("$insert_id", None)
        if self._transform.changes:
            properties = self._transform.changed(properties)
        text = json_text(properties)
        self._note_ids(distinct_id, properties)
        self.exported += 1
        row = self._packed(distinct_id, time_ms, event, insert_id, text, processed_ms)
        key = hash((distinct_id, time_ms, event, insert_id))
        if key in self._keys:
            self.repeated.append(row)
            return None
        self._keys.add(key)
        return row

    def _packed(
        self, distinct_id: str, time_ms: int, event: str, insert_id: str, text: bytes, processed_ms: int | None
    ) -> bytes:  # fmt: skip
        """Write a row as binary COPY has it: the number of columns, then each with its length before it."""
        first, name, last = distinct_id.encode(), self._events.get(event), insert_id.encode()
        if name is None:
            name = self._events[event] = event.encode()
        return b"".join(
            (
                _FIRST.pack(_COLUMNS, len(first)),
                first,
                _TIME_AND_LENGTH.pack(8, (time_ms - _EPOCH_2000_MS) * 1000, len(name)),
                name,
                _LENGTH.pack(len(last)),
                last,
                _JSONB.pack(len(text) + 1, 1),
                text,
                _NULL if processed_ms is None else _TIME.pack(8, (processed_ms - _EPOCH_2000_MS) * 1000),
                self._run,
            )
        )

    def _made_id(self, event: str, properties: dict[str, Any]) -> str:
        """Name an event without an id after its content, and number equal ones: they are never duplicates."""
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

    def _note_ids(self, distinct_id: str, properties: dict[str, Any]) -> None:
        add = self.ids.add
        add(distinct_id)
        for name in _OTHER_IDS:
            if name in properties:
                value = properties[name]
                if type(value) is str:
                    add(value)
                elif value is not None and type(value) not in {dict, list}:
                    add(scalar_text(value, name))


def _pieces(chunk: list[bytes]) -> Iterator[bytes]:
    chunk.sort()
    for first in range(0, len(chunk), _PIECE_ROWS):
        yield b"".join(chunk[first : first + _PIECE_ROWS])


class LinesDigest:
    """A digest of lines that doesn't depend on their order: the sum of their hashes."""

    def __init__(self) -> None:
        self._sum = 0
        self._lines = 0

    def add(self, line: bytes) -> None:
        """Take in a line."""
        self._sum += int.from_bytes(sha256(line).digest())
        self._lines += 1

    def result(self, *context: bytes) -> bytes:
        """Give the digest of the lines and of what else decides their meaning."""
        text = b"|".join((b"%x" % self._sum, b"%d" % self._lines, *context))
        return sha256(text).digest()


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _shown(time_ms: int) -> str:
    try:
        return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"
