"""The history of runs, a line at the start and at the end of each, and the work of `oseberg runs`."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
from filelock import FileLock, Timeout

from oseberg.cli._atomic import is_running, write_text
from oseberg.cli.database import has_database, open_database
from oseberg.cli.exits import TRY_LATER, Failure
from oseberg.cli.output import print_frame, say
from oseberg.cli.settings import Settings
from oseberg.usage_db import UsageDatabaseError, data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEEDED = {"id", "run", "started", "state", "host", "pid"}  # of a line; any other line is somebody else's
LONGEST, KEPT = 2_000, 1_000  # lines: three years of daily runs, and what stays when there are more


def run(*, failed: bool, last: int, as_json: bool) -> None:
    """Print the last runs."""
    found = [one for one in all_runs(Settings.load()) if not failed or one["state"] not in {"done", "running"}]
    shown = found[: -last - 1 : -1]
    if as_json:
        print_frame(pd.DataFrame(shown), as_json=True)
        return
    rows = [{**one, "started": one["started"][:16].replace("T", " "), "steps": list_steps(one)} for one in shown]
    columns = {name: name for name in ("started", "run", "state", "seconds", "steps")}
    frame = pd.DataFrame(rows, columns=list(columns))
    print_frame(frame, columns=columns, empty="No run failed." if failed else "No run is recorded yet.")


def list_steps(one: dict[str, Any]) -> str:
    """Return the steps that were neither done nor skipped, or the number of steps done."""
    steps = one.get("steps", [])
    notable = [f"{step['name']}: {step['message']}" for step in steps if step["state"] not in {"done", "skipped"}]
    done = sum(step["state"] == "done" for step in steps)
    return "; ".join(notable) or f"{done} done"


def read_runs() -> list[dict[str, Any]]:
    """Read the runs, the oldest first; one without an end is running, or died if its process is gone."""
    path = history_path()
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []:
        try:
            entry = json.loads(line)
        except ValueError:  # the machine lost power while writing the line
            continue
        if isinstance(entry, dict) and entry.keys() >= NEEDED and isinstance(entry["id"], str):
            found[entry["id"]] = found.get(entry["id"], {}) | entry
    runs = list(found.values())
    for number, one in enumerate(runs, 1):
        # two runs on one data folder never meet, so that a later one shows that this one ended; in a container, whose
        # name and process number come back, nothing else does
        if one["state"] == "running" and (number < len(runs) or not may_be_running(one)):
            one["state"] = "died"
    return runs


def may_be_running(one: dict[str, Any]) -> bool:
    """Whether the process of a run exists, as far as this machine knows."""
    return bool(one["host"] != socket.gethostname() or is_running(one["pid"]))


def all_runs(settings: Settings) -> list[dict[str, Any]]:
    """Return the runs recorded on this machine or in the database, the oldest first.

    The file knows what became of processes of this machine, and the runs during which the database was away; the
    database knows the runs of other machines.
    """
    found = {one["id"]: one for one in stored_runs(settings)}
    found |= {one["id"]: one for one in read_runs()}
    for one in found.values():
        if one["state"] == "running" and not may_be_running(one):  # the disk was full when it began, and it was killed
            one["state"] = "died"
    return sorted(found.values(), key=lambda one: (one["started"], one["id"]))


def stored_runs(settings: Settings) -> list[dict[str, Any]]:
    """Return the runs recorded in the database; empty without a database or if it can't be read."""
    if not has_database(settings):
        return []
    try:
        with open_database(settings) as database:
            known = database.command_runs(LONGEST)
    except (UsageDatabaseError, OSError) as error:
        say(f"Only the runs of this machine are shown: {error}")
        return []
    return [
        {
            "id": one["run_id"],
            "run": one["command"],
            "started": one["started_at"].astimezone(UTC).isoformat(timespec="milliseconds"),
            "state": one["state"],
            "host": one["host"],
            "pid": one["process"],
            "status": one["status"],
            "seconds": one["seconds"],
            "steps": one["steps"],
            "finished": one["finished_at"] and one["finished_at"].astimezone(UTC).isoformat(timespec="seconds"),
        }
        for one in known
    ]


def store(entry: dict[str, Any], settings: Settings) -> None:
    """Remember a run in the database as well, if there is one; a failure to do so never fails the run."""
    if not has_database(settings):
        return
    run = {
        "run_id": entry["id"],
        "command": entry["run"],
        "state": entry["state"],
        "status": entry.get("status"),
        "started_at": entry["started"],
        "finished_at": entry.get("finished"),
        "seconds": entry.get("seconds"),
        "host": entry["host"],
        "process": entry["pid"],
        "steps": entry.get("steps", []),
    }
    # the file has it already, and the steps that need the database say what is wrong with it
    with suppress(Exception), open_database(settings, quiet=True) as database:
        database.save_command_run(run)


def record(entry: dict[str, Any]) -> None:
    """Append a line to the history, and drop the oldest lines when there are too many."""
    path = history_path()
    # a lock of its own: `run.lock` is held for hours, and an interrupted run must be able to write its end
    with FileLock(f"{path}.lock"):
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        lines.append(json.dumps(entry, ensure_ascii=False, default=str))
        kept = lines[-KEPT:] if len(lines) > LONGEST else lines
        write_text(path, "\n".join(kept) + "\n", private=True)  # messages may name people


def start_entry(run_id: str, name: str) -> dict[str, Any]:
    """Return the line for the start of a run."""
    started = datetime.now(UTC).isoformat(timespec="milliseconds")  # runs of one second keep their order
    return {
        "id": run_id,
        "run": name,
        "started": started,
        "state": "running",
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }


@contextmanager
def only_run() -> Iterator[None]:
    """Keep a second run on this data folder from starting while the block lasts.

    Raises:
        Failure: Another run is in progress (75).
    """
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "run.lock", timeout=0):
            yield
    except Timeout:
        raise Failure("Another run is in progress. Try again when it has ended: oseberg runs", TRY_LATER) from None


@contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Put a run's temporary files into a folder of its own, and remove what a killed run left there.

    The process that holds the lock of runs is the only one that uses the folder.
    """
    folder = data_folder() / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def history_path() -> Path:
    """Return the file that remembers the runs."""
    return data_folder() / "runs.jsonl"
