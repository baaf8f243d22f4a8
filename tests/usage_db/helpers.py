"""Makes lines of an export, and runs scripts with psql."""

import json
import re
import socket
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from oseberg.usage_db._server.programs import wheel_binaries

DAY = date(2026, 11, 2)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "questions.md"
QUESTIONS = dict(
    re.findall(r"(?:\*\*|## )(\d+|Over years)\b.*?```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if PAGE.exists()
    else ()
)


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


def psql_command() -> list[Path | str]:
    return [wheel_binaries() / "psql", "--no-psqlrc", "-q", "-v", "ON_ERROR_STOP=1"]


def psql(url: str, text: str, folder: Path) -> None:
    file = folder / "usage.sql"
    file.write_text(text)
    subprocess.run([*psql_command(), "-f", file, url], check=True, capture_output=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
