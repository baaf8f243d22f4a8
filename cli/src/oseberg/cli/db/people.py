"""The work of `oseberg db unresolved`, `alias` and `erase`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from oseberg.cli.database import open_database
from oseberg.cli.db.archive import Archives
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.settings import Settings

COLUMNS = {
    "distinct_id": "distinct_id",
    "events": "events",
    "last_seen": "last seen",
    "likely_user_id": "likely user",
    "likely_user": "name",
    "reason": "because of",
}


def unresolved(*, limit: int, wide: bool, as_json: bool) -> None:
    """Print the ids without a user that have the most events."""
    with open_database(Settings.load()) as database:
        frame = database.unresolved(limit)
    for name in ("first_seen", "last_seen"):
        frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    nothing = "Every id in the events resolves to a user, or no events are loaded."
    print_frame(frame, as_json=as_json, columns=None if wide else COLUMNS, empty=nothing)
    if len(frame):
        say("To assign an id: oseberg db alias ID USER")


def alias(distinct_id: str, user: str, *, note: str | None) -> None:
    """Assign an id to a user."""
    with open_database(Settings.load()) as database:
        who = database.find_user(user)
        events = database.add_alias(distinct_id, who.user_id, note=note)
    say(f"{distinct_id} now resolves to {who.label}: {count(events, 'event')}.")


def erase(person: str, *, confirm: bool, as_json: bool) -> None:
    """Forget a person, and print what was deleted."""
    if not confirm:
        raise click.UsageError(f"This permanently deletes every event of {person}. Add --confirm to go ahead.")
    with open_database(Settings.load()) as database, tempfile.TemporaryDirectory(prefix="oseberg-erase-") as folder:
        done = database.erase(person, store=Archives(Path(folder)))
    if as_json:
        click.echo(json.dumps(done.as_dict(), indent=2))
    gone = [
        count(done.events, "event"),
        f"{count(done.archived_events, 'event')} of archives",
        f"the details of {count(done.score_details, 'score')}",
        count(done.profiles, "profile"),
        count(done.rejects, "rejected line"),
    ]
    say(f"Deleted {', '.join(gone[:-1])} and {gone[-1]}. {count(done.ids, 'id')} will not be loaded again.")
    for address in done.archives:
        say(
            f"This archive can't be read, and may still hold events of the person: {address}. Once it can be read, "
            "erase again. Restoring the archive leaves these events out."
        )
