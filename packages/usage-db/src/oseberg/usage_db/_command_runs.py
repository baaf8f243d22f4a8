"""Runs of the command: recorded at the start and at the end of each, from any machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oseberg.usage_db._postgres.connection import Connection

COLUMNS = ("run_id", "command", "state", "status", "started_at", "finished_at", "seconds", "host", "process", "steps")


def save_run(connection: Connection, run: Mapping[str, Any]) -> None:
    """Insert a run, or update it."""
    values = {name: run.get(name) for name in COLUMNS}
    connection.execute(_SAVE, values | {"steps": json.dumps(run.get("steps", []), default=str)})


def read_runs(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return the latest runs, the oldest of them first."""
    rows = connection.execute(_READ, {"limit": limit}).fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in reversed(rows)]


_SAVE = """
INSERT INTO usage.command_run AS r
    (run_id, command, state, status, started_at, finished_at, seconds, host, process, steps)
VALUES (
    %(run_id)s, %(command)s, %(state)s, %(status)s, %(started_at)s, %(finished_at)s, %(seconds)s, %(host)s, %(process)s,
    %(steps)s::jsonb
)
ON CONFLICT (run_id) DO UPDATE
SET state = excluded.state, status = excluded.status, finished_at = excluded.finished_at, seconds = excluded.seconds,
    steps = excluded.steps
"""
_READ = """
SELECT run_id, command, state, status, started_at, finished_at, seconds, host, process, steps
FROM usage.command_run ORDER BY started_at DESC, run_id DESC LIMIT %(limit)s
"""
