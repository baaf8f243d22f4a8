"""The work of `oseberg score threshold`: compare the scores with past cancellations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model, read_score_settings
from oseberg.cli.output import print_frame, say
from oseberg.cli.score.stored import read_history
from oseberg.cli.settings import Settings
from oseberg.health_model import find_threshold, read_accounts, read_cancellations

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.health_model import HealthModel, Threshold
    from oseberg.usage_db import UsageDatabase

SHOWN = 10  # cancellations without an account that are listed one by one


def run(
    *,
    cancellations: Path,
    groups: Path | None,
    lead_weeks: int,
    horizon_weeks: int,
    seed: int,
    model_path: Path | None,
    as_json: bool,
) -> None:
    """Find the threshold and print it."""
    settings = Settings.load()
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        found = search(
            database, model, settings, cancellations, groups, (lead_weeks, horizon_weeks, seed), segments=True
        )
    row = as_row(found, model)
    if as_json:
        print_frame(row, as_json=True)
        return
    nested = ["curve", "segments", "left_aside"]
    print_frame(row.drop(columns=nested).round(2).T.reset_index().set_axis(["", "found"], axis=1))
    say("The threshold says when to raise an alarm: companies below it may stay, and others may leave.")
    if found.threshold.curve:
        say("Other thresholds:")
        print_frame(pd.DataFrame(map(asdict, found.threshold.curve)))
    for name, part in found.threshold.segments.items():
        say(f"{name}: {part.verdict}. {part.reason}")


@dataclass(frozen=True)
class Found:
    """A threshold, and which cancellations could not be used: a sentence for each."""

    threshold: Threshold
    left_aside: list[str]


def search(
    database: UsageDatabase,
    model: HealthModel,
    settings: Settings,
    cancellations: Path,
    groups: Path | None,
    options: tuple[int, int, int] = (8, 13, 0),
    *,
    segments: bool = False,
) -> Found:
    """Read the cancellations and find the threshold.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        settings: The settings, which may name the columns of the file.
        cancellations: The file of the cancellations.
        groups: The file of the groups, or None for the groups of the database.
        options: The weeks needed to act, the weeks to look ahead, and the random seed.
        segments: Whether to search each type of company alone as well.

    Returns:
        The threshold, and which cancellations were not used.

    Raises:
        Failure: The file names Salesforce accounts, and no group has one.
    """
    columns = read_score_settings(settings).cancellations
    accounts = read_accounts(groups) if groups else stored_accounts(database)
    read = read_cancellations(cancellations, accounts=accounts, columns=columns)
    if read.set_aside and not accounts and read.frame.empty:
        raise Failure(
            f"{cancellations} names Salesforce accounts, but no group has a salesforce_id. Add salesforce_id to"
            " GROUPS.csv, or a column group_id to the file."
        )
    history = read_history(database, model, settings)
    threshold = find_threshold(history, read.frame, *options, segment="group_type" if segments else None)
    left_aside = [*read.set_aside, *unscored(database, threshold.left_aside)]
    for reason in left_aside[:SHOWN]:
        say(f"{cancellations}: not used: {reason}")
    if len(left_aside) > SHOWN:
        say(f"{cancellations}: not used: {len(left_aside) - SHOWN:,} more; --json lists them all")
    return Found(threshold, left_aside)


def unscored(database: UsageDatabase, companies: tuple[Any, ...]) -> list[str]:
    """Name the companies with a cancellation but without any score, by name where the accounts have one."""
    known = database.groups().set_index("group_id")["group_name"].dropna().to_dict()
    return [
        f"{known[company]} ({company}) never had a score"
        if company in known
        else f"company {company} is not among the accounts"
        for company in companies
    ]


def stored_accounts(database: UsageDatabase) -> dict[str, int]:
    """Return the group of each Salesforce account, as last loaded from GROUPS.csv."""
    known = database.groups().dropna(subset="salesforce_id")
    return dict(zip(known["salesforce_id"], known["group_id"], strict=True))


def as_row(found: Found, model: HealthModel) -> pd.DataFrame:
    """Return what was found as one row."""
    threshold = asdict(found.threshold)
    left = {"left_aside": found.left_aside, "left_aside_count": len(found.left_aside)}
    return pd.DataFrame([{**threshold, **left, "model": model.version}])
