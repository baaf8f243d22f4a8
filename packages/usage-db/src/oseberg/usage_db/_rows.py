"""Turns the lines of one day into rows of COPY text, and keeps count of what it sets aside."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime
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

CANDIDATES = ("$user_id", "distinct_id", "$distinct_id_before_identity", "mp_original_distinct_id")
"""Where an event carries ids, in the order in which they are tried."""

ID_LIMIT = 1_000
_BATCH_BYTES = 256 * 1024
_HOUR_MS = 3_600_000
_YEAR_10000_MS = 253_402_300_800_000


class DayRows:
    """The rows of one day.

    Args:
        day: The day.
        transform: What to leave out or change.
        local: Whether the times of the lines are wall clocks of the day's zone, to be converted to UTC.

    Attributes:
        rejects: Each line that can't be stored, with the reason.
        ids: Every id that the events carry.
        exported: Lines that the filter left.
        filtered: Lines that it left out.
        keys: Hashes of the keys; fewer than rows when keys may repeat.
    """

    def __init__(self, day: Day, transform: Transform, *, local: bool) -> None:
        self._day = day
        self._transform = transform
        self._start = _epoch_ms(day.start)
        self._end = _epoch_ms(day.end)
        self._offset = day.fixed_offset_ms() if local else 0
        self._hours: dict[int, bytes] = {}
        self._events: dict[str, bytes] = {}
        self._ordinals: Counter[bytes] = Counter()
        self.rejects: list[tuple[bytes, str]] = []
        self.ids: set[str] = set()
        self.keys: set[int] = set()
        self.exported = 0
        self.filtered = 0
        self.digest = LinesDigest()

    def batches(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Give the rows in pieces of COPY text."""
        batch: list[bytes] = []
        size = 0
        for line in lines:
            if not line.strip():
                continue
            self.digest.add(line)
            try:
                row = self._row(line)
            except RejectedLineError as error:
                self.exported += 1
                self.rejects.append((line, str(error)))
                continue
            if row is None:
                self.filtered += 1
                continue
            self.exported += 1
            batch.append(row)
            size += len(row)
            if size > _BATCH_BYTES:
                yield b"".join(batch)
                batch.clear()
                size = 0
        yield b"".join(batch)

    def _row(self, line: bytes) -> bytes | None:
        event, distinct_id, properties = read_event(line)
        if self._transform.filters and not self._transform.keeps(event, distinct_id, properties):
            return None
        processed = properties.get("mp_processing_time_ms")
        processed_ms = processed if type(processed) is int and 0 < processed < _YEAR_10000_MS else None
        insert_id = scalar_text(properties.get("$insert_id"), "$insert_id") or self._made_id(event, properties)
        time_ms = self._utc(milliseconds(properties.pop("time", None), "time"), processed_ms)
        check_key(distinct_id, event, insert_id)
        properties.pop("distinct_id", None)
        properties.pop("$insert_id", None)
        if self._transform.changes:
            properties = self._transform.changed(properties)
        text = json_text(properties)
        self._note_ids(distinct_id, properties)
        self.keys.add(hash((distinct_id, time_ms, event, insert_id)))
        name = self._events.get(event) or self._events.setdefault(event, _escaped(event))
        return b"%b\t%b\t%b\t%b\t%b\t%b\n" % (
            _escaped(distinct_id),
            self._timestamp(time_ms),
            name,
            _escaped(insert_id),
            text.replace(b"\\", b"\\\\"),
            self._timestamp(processed_ms) if processed_ms is not None else b"\\N",
        )

    def _made_id(self, event: str, properties: dict[str, Any]) -> str:
        """Name an event without an id after its content, and number equal ones: they are never duplicates."""
        content = json_text([event, properties], orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256(content).digest()
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
        self.ids.add(distinct_id)
        for name in CANDIDATES:
            value = properties.get(name)
            if value is not None and type(value) not in (dict, list):
                self.ids.add(scalar_text(value, name))

    def _timestamp(self, time_ms: int) -> bytes:
        hour, rest = divmod(time_ms, _HOUR_MS)
        text = self._hours.get(hour)
        if text is None:
            text = self._hours[hour] = datetime.fromtimestamp(hour * 3600, UTC).strftime("%Y-%m-%d %H").encode()
        minute, rest = divmod(rest, 60_000)
        return b"%b:%02d:%02d.%03d+00" % (text, minute, rest // 1000, rest % 1000)


class LinesDigest:
    """A digest of lines that doesn't depend on their order: the sum of their hashes."""

    def __init__(self) -> None:
        self._sum = 0
        self._lines = 0

    def add(self, line: bytes) -> None:
        """Take in a line."""
        self._sum += int.from_bytes(hashlib.blake2b(line, digest_size=32).digest())
        self._lines += 1

    def result(self, *context: bytes) -> bytes:
        """Give the digest of the lines and of what else decides their meaning."""
        text = b"|".join((b"%x" % self._sum, b"%d" % self._lines, *context))
        return hashlib.sha256(text).digest()


def _escaped(text: str) -> bytes:
    """Write a text for COPY."""
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        text = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return text.encode()


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _shown(time_ms: int) -> str:
    try:
        return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{time_ms} ms"
