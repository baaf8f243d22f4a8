"""Makes lines of an export."""

import json
from datetime import UTC, date, datetime
from typing import Any

DAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def line(number: int, /, *, event: str = "Login", at: int = NOON_MS, **properties: Any) -> bytes:
    """Make the event `number` seconds after `at`; `None` leaves a property out."""
    content = {
        "time": at + number * 1000,
        "distinct_id": f"user{number}",
        "$insert_id": f"insert{number}",
        "mp_processing_time_ms": at + number * 1000 + 500,
        **properties,
    }
    content = {key: value for key, value in content.items() if value is not None}
    return json.dumps({"event": event, "properties": content}).encode()


def lines(count: int, **properties: Any) -> list[bytes]:
    return [line(number, **properties) for number in range(count)]
