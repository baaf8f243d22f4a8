"""The work of `oseberg db import-events`."""

from __future__ import annotations

from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.output import print_frame, say
from oseberg.cli.settings import Settings

COLUMNS = {name: name for name in ("day", "state", "inserted", "duplicate", "rejected")}


def run(table: str, *, time_zone: str, wide: bool, as_json: bool) -> int:
    """Adopt the events of a table, and print a line for each day."""
    with open_database(Settings.load()) as database:
        frame = database.import_events(table, time_zone=time_zone)
    columns, nothing = None if wide else COLUMNS, f"{table} holds no events."
    print_frame(frame.astype({"day": "str"}), as_json=as_json, columns=columns, empty=nothing)
    skipped = int((frame["state"] == "skipped").sum())
    if skipped:
        say(f"Days that were loaded already and left alone: {skipped:,}.")
    return NEEDS_ATTENTION if frame["rejected"].fillna(0).sum() else DONE
