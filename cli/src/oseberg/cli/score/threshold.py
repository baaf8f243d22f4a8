"""Joins scores and cancellations for `oseberg score threshold`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pandas as pd

from oseberg.cli.exits import Failure
from oseberg.cli.output import say
from oseberg.cli.score.stored import company_history, read_score_settings
from oseberg.health_model import find_threshold, read_accounts, read_cancellations

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.cli.settings import Settings
    from oseberg.health_model import HealthModel, Threshold
    from oseberg.usage_db import UsageDatabase


SHOWN = 10  # cancellations left aside that are told one by one


@dataclass(frozen=True)
class Found:
    """A threshold, and how many cancellations could not be used."""

    threshold: Threshold
    left_aside: int


def search(
    database: UsageDatabase,
    model: HealthModel,
    settings: Settings,
    cancellations: Path,
    groups: Path | None,
    options: tuple[int, int, int] = (8, 13, 0),
) -> Found:
    """Read the cancellations and find the threshold; options: lead weeks, horizon weeks, seed.

    Raises:
        Failure: The file names Salesforce accounts, but none is known.
    """
    columns = read_score_settings(settings).cancellations
    accounts = read_accounts(groups) if groups else stored_accounts(database)
    read = read_cancellations(cancellations, accounts=accounts, columns=columns)
    if read.set_aside and not accounts and read.frame.empty:
        raise Failure(
            f"{cancellations} names Salesforce accounts, and no group is known by one. Give the groups a salesforce_id"
            " in GROUPS.csv, or the file a column group_id."
        )
    for reason in read.set_aside[:SHOWN]:
        say(f"{cancellations}: left aside: {reason}")
    if len(read.set_aside) > SHOWN:
        say(f"{cancellations}: left aside: {len(read.set_aside) - SHOWN} more")
    return Found(find_threshold(company_history(database, model), read.frame, *options), len(read.set_aside))


def stored_accounts(database: UsageDatabase) -> dict[str, int]:
    """Give the group of each Salesforce account, as GROUPS.csv had it when it was loaded."""
    known = database.groups().dropna(subset="salesforce_id")
    return dict(zip(known["salesforce_id"], known["group_id"], strict=True))


def as_row(found: Found, model: HealthModel) -> pd.DataFrame:
    """Give what was found as one row."""
    return pd.DataFrame([{**asdict(found.threshold), "left_aside": found.left_aside, "model": model.version}])
