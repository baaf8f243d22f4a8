"""The work of `oseberg score companies`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model, read_score_settings
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.score.stored import parse_week, read_history, roster_label
from oseberg.cli.settings import Settings
from oseberg.health_model import LISTS, History, Week, account_table

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {
    "group_name": "company",
    "list": "attention",
    "score": "score",
    "change": "change",
    "low_since": "low since",
    "active_users": "active",
    "users": "users",
    "owner": "owner",
}
"""What fits 80 columns and answers who needs attention, since when, and whose it is."""

FIRST = ["group_id", "group_name", "week", "score", "change", "needs_attention", "weeks_low", "low_since", "list"]
"""The columns that programs read first; the others follow."""

RECENT = 8  # weeks: old declines must not come first every Monday

INTERNAL = ["name", "type", "said"]
"""Columns of the page that repeat others."""


def run(
    *,
    week: str | None,
    top: int | None,
    attention: bool,
    kind: str | None,
    owner: str | None,
    model_path: Path | None,
    wide: bool,
    as_json: bool,
) -> None:
    """Print the companies of a week."""
    settings = Settings.load()
    chosen = parse_week(week)
    model = load_model(settings, model_path)
    threshold = read_score_settings(settings).threshold
    with open_database(settings) as database:
        history = read_history(database, model, settings, chosen)
        roster = roster_label(database)
    frame = company_table(history, threshold).assign(roster=roster)
    say(
        f"Week {frame['week'].iloc[0] if len(frame) else '-'}, in {model.time_zone}; the highest attainable score is "
        f"{model.attainable:.2f}; {threshold:g} or less is low; roster: {roster}."
    )
    say_fleet(history)
    kept = select(frame, attention=attention, kind=kind, owner=owner)
    print_frame(kept[:top], as_json=as_json, columns=None if wide else COLUMNS, empty="No company matches.")
    if top is not None and len(kept) > top:
        say(f"{count(len(kept) - top, 'more company', 'more companies')}: omit --top.")


def say_fleet(history: History) -> None:
    """Print the weeks without tracking and the fleet's recent declines; neither hides a company."""
    recent = history.weeks[-1].next(-RECENT)
    if lost := [week for week in map(Week, history.lost) if week >= recent]:
        weeks = ", ".join(map(str, lost))
        say(f"Tracking was lost in {weeks}: check the tracking. Alarms look at the last 4 weeks with tracking.")
    fell = [Week(monday) for monday in history.declines if Week(monday) > history.weeks[-1].next(-4)]
    if fell:
        say(f"The whole fleet declined in {', '.join(map(str, fell))}; `oseberg score fleet` shows for whom and why.")


def company_table(history: History, threshold: float) -> pd.DataFrame:
    """Return the latest week's companies, by list and then by money at risk.

    Args:
        history: The companies' weeks.
        threshold: The score at or below which a week is low.

    Returns:
        A row for each company.
    """
    frame = account_table(history, threshold)
    for name in ("week", "low_since", "attention_since"):
        frame[name] = [None if pd.isna(day) else str(Week.parse(day)) for day in frame[name]]
    for name in ("renewal_on", "started_on"):
        frame[name] = [None if pd.isna(day) else str(pd.Timestamp(day).date()) for day in frame[name]]
    shown = frame.drop(columns=[name for name in INTERNAL if name in frame])
    return shown[[*FIRST, *shown.columns.difference(FIRST, sort=False)]]


def select(frame: pd.DataFrame, *, attention: bool, kind: str | None, owner: str | None) -> pd.DataFrame:
    """Select companies.

    Args:
        frame: From `company_table`.
        attention: Only those that are newly low, falling or low for long.
        kind: Only this type, in any case.
        owner: Only this owner's, in any case.

    Returns:
        The rows that match.

    Raises:
        Failure: No company has this type or owner.
    """
    keep = pd.Series(data=True, index=frame.index)
    if attention:
        keep &= frame["list"].isin(LISTS[:3]) | frame["needs_attention"]
    for column, wanted, noun in (("group_type", kind, "type"), ("owner", owner, "owner")):
        if wanted is not None:
            known = frame[column].fillna("").astype(str)
            if not (known.str.casefold() == wanted.casefold()).any():
                there = ", ".join(sorted({name for name in known if name})) or "none"
                raise Failure(f"No company has the {noun} {wanted!r}. Known: {there}.")
            keep &= known.str.casefold() == wanted.casefold()
    result: pd.DataFrame = frame[keep.to_numpy()]
    return result
