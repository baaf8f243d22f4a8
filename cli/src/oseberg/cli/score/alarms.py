"""The work of `oseberg score alarms`: past alarms, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.model import load_model, read_score_settings
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.score.stored import read_history
from oseberg.cli.settings import Settings
from oseberg.health_model import Week, past_alarms

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.health_model import History

COLUMNS = {
    "group_name": "company",
    "since": "since",
    "until": "until",
    "weeks": "weeks",
    "outcome": "outcome",
    "canceled_on": "canceled on",
}
FACTS = ["group_name", "salesforce_id", "arr", "currency", "owner"]


def run(*, outcome: str | None, model_path: Path | None, wide: bool, as_json: bool) -> None:
    """Print past alarms, the latest first."""
    settings = Settings.load()
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        history = read_history(database, model, settings)
    frame = alarm_table(history, read_score_settings(settings).threshold)
    told = ", ".join(f"{number:,} {name}" for name, number in frame["outcome"].value_counts().items())
    say(f"{count(len(frame), 'alarm')} in {count(len(history.weeks), 'scored week')}: {told or 'none'}.")
    kept = frame if outcome is None else frame[frame["outcome"] == outcome]
    print_frame(kept, as_json=as_json, columns=None if wide else COLUMNS, empty="No alarm matches.")


def alarm_table(history: History, threshold: float) -> pd.DataFrame:
    """Return past alarms with the facts of their companies, the latest first.

    Args:
        history: The companies' weeks.
        threshold: The score at or below which a week is low.

    Returns:
        A row for each alarm.
    """
    frame = past_alarms(history, threshold).sort_values("since", ascending=False, kind="stable", ignore_index=True)
    # Companies that have left are named by their last week: later ones know nothing of them.
    latest = history.frame.sort_values("week", kind="stable").drop_duplicates("group_id", keep="last")
    for name in ("since", "until"):
        frame[name] = [None if day is None or pd.isna(day) else str(Week.parse(day)) for day in frame[name]]
    frame["canceled_on"] = [None if day is None or pd.isna(day) else str(day) for day in frame["canceled_on"]]
    return frame.merge(latest.reindex(columns=["group_id", *FACTS]), how="left", on="group_id")
