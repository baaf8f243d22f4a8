"""The work of `oseberg db verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION
from oseberg.cli.journal import add_counts
from oseberg.cli.mixpanel.client import open_client
from oseberg.cli.mixpanel.load import load_days
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.settings import Settings
from oseberg.cli.types import day_in

if TYPE_CHECKING:
    from datetime import date, timedelta

    import pandas as pd

    from oseberg.mixpanel_export import MixpanelClient
    from oseberg.usage_db import UsageDatabase

RIGHT = ("ok", "archived")


def run(
    *,
    since: date | timedelta | None,
    until: date | timedelta | None,
    source: bool,
    mend: bool,
    allow_shrink: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the client's
) -> int:
    """Verify the days, load wrong ones again if asked, and print those that are still wrong."""
    settings = Settings.load()
    client = open_client(settings, **options) if source or mend else None
    zone = ZoneInfo(client.time_zone if client else "UTC")
    first, last = (None if day is None else day_in(zone, day) for day in (since, until))
    with open_database(settings) as database:
        days = database.verify(first, last)
        if client and source:
            days = compare_with_source(database, client, days)
        wrong = days[~days["state"].isin(RIGHT)]
        failed: list[str] = []
        if client and mend and len(wrong):
            failed = load_again(database, client, wrong["day"].tolist(), allow_shrink=allow_shrink)
            say(f"{count(len(wrong) - len(failed), 'day')} loaded again.")
            days = database.verify(first, last)
            wrong = days[~days["state"].isin(RIGHT)]
    for message in failed:
        say(message)
    archived = int((days["state"] == "archived").sum())
    of_archives = f" {archived:,} archived," if archived else ""
    say(f"{count(len(days), 'day')} verified,{of_archives} {len(wrong):,} wrong.")
    add_counts(days=len(days), wrong=len(wrong))
    if as_json or len(wrong):
        shown = days[days["state"] != "ok"] if as_json else wrong
        print_frame(shown.astype({"day": "str"}), as_json=as_json)
    if failed:
        return FAILED
    return NEEDS_ATTENTION if len(wrong) else DONE


def compare_with_source(database: UsageDatabase, client: MixpanelClient, days: pd.DataFrame) -> pd.DataFrame:
    """Return the days with the state `differs` where a load would change something."""
    found = days.copy()
    logged = found.loc[found["logged"].notna() & (found["state"] != "archived"), "day"].tolist()
    if not logged:
        return found
    with database.load_run("db verify", project_id=client.project_id, dry_run=True):
        for row in load_days(database, client, logged, allow_shrink=True):
            same = row["state"] == "loaded" and not row["inserted"] + row["updated"] + row["deleted"]
            found.loc[(found["day"] == row["day"]) & (found["state"] == "ok") & (not same), "state"] = "differs"
    return found


def load_again(database: UsageDatabase, client: MixpanelClient, days: list[date], *, allow_shrink: bool) -> list[str]:
    """Load days again, and return the messages of those that failed."""
    with database.load_run("db verify --mend", project_id=client.project_id):
        rows = list(load_days(database, client, sorted(days), allow_shrink=allow_shrink))
    return [row["message"] for row in rows if "message" in row]
