"""Writes events as rows of binary COPY.

The format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from __future__ import annotations

from struct import Struct

COLUMNS = 'distinct_id, "time", event, insert_id, properties, processed_at, line_digest, run_id'
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_2000_MS = 946_684_800_000  # Postgres counts microseconds from here

_COLUMNS = 8
_NULL = b"\xff\xff\xff\xff"
_UUID = b"\0\0\0\x10"  # its length
_FIRST = Struct("!hi").pack
_NUMBER = Struct("!hii").pack
_TIME_AND_LENGTH = Struct("!iqi").pack
_LENGTH = Struct("!i").pack
_JSONB = Struct("!ib").pack
_BIGINT = Struct("!iq").pack
_LAST = Struct("!iqi16siq").pack


def packed_ids(number: int, texts: tuple[str | None, ...]) -> bytes:
    """Write a row of a number and texts."""
    parts = [_NUMBER(len(texts) + 1, 4, number)]
    for text in texts:
        content = None if text is None else text.encode()
        parts += [_NULL] if content is None else [_LENGTH(len(content)), content]
    return b"".join(parts)


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
            _TIME_AND_LENGTH(8, (time_ms - EPOCH_2000_MS) * 1000, len(name)),
            name,
            _LENGTH(len(last)),
            last,
            _JSONB(len(properties) + 1, 1),
            properties,
            # What nearly every row has is written in one step.
            _LAST(8, (processed_ms - EPOCH_2000_MS) * 1000, 16, digest, 8, run_id)
            if processed_ms is not None and digest is not None
            else _last(processed_ms, digest, run_id),
        )
    )


def _last(processed_ms: int | None, digest: bytes | None, run_id: int) -> bytes:
    return b"".join(
        (
            _NULL if processed_ms is None else _BIGINT(8, (processed_ms - EPOCH_2000_MS) * 1000),
            _NULL if digest is None else _UUID + digest,
            _BIGINT(8, run_id),
        )
    )
