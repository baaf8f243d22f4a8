"""Writes events as rows of binary COPY.

The format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from __future__ import annotations

from struct import Struct

COLUMNS = 'distinct_id, "time", event, insert_id, properties, processed_at, line_digest, run_id'
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_COLUMNS = 8
_EPOCH_2000_MS = 946_684_800_000  # Postgres counts microseconds from here
_NULL = b"\xff\xff\xff\xff"
_UUID = b"\0\0\0\x10"  # its length
_FIRST = Struct("!hi").pack
_COUNT = Struct("!h").pack
_TIME_AND_LENGTH = Struct("!iqi").pack
_LENGTH = Struct("!i").pack
_JSONB = Struct("!ib").pack
_BIGINT = Struct("!iq").pack


def packed_activity(texts: tuple[str | None, ...], events: int, first_ms: int, last_ms: int) -> bytes:
    """Write a row of the roll-up: texts, a number, and two times."""
    parts = [_COUNT(len(texts) + 3)]
    for text in texts:
        content = None if text is None else text.encode()
        parts += [_NULL] if content is None else [_LENGTH(len(content)), content]
    times = ((moment - _EPOCH_2000_MS) * 1000 for moment in (first_ms, last_ms))
    return b"".join((*parts, _BIGINT(8, events), *(_BIGINT(8, moment) for moment in times)))


def packed(
    distinct_id: str,
    time_ms: int,
    event: str,
    insert_id: str,
    properties: bytes,
    processed_ms: int | None,
    digest: bytes | None,
    run_id: int,
) -> bytes:
    """Write a row: the number of columns, then each with its length before it."""
    first, name, last = distinct_id.encode(), event.encode(), insert_id.encode()
    return b"".join(
        (
            _FIRST(_COLUMNS, len(first)),
            first,
            _TIME_AND_LENGTH(8, (time_ms - _EPOCH_2000_MS) * 1000, len(name)),
            name,
            _LENGTH(len(last)),
            last,
            _JSONB(len(properties) + 1, 1),
            properties,
            _NULL if processed_ms is None else _BIGINT(8, (processed_ms - _EPOCH_2000_MS) * 1000),
            _NULL if digest is None else _UUID + digest,
            _BIGINT(8, run_id),
        )
    )
