"""The work of `oseberg score fleet`: why the mean of all users changed between two weeks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model
from oseberg.cli.output import print_frame, say
from oseberg.cli.score.people import declared_segments, scored_users
from oseberg.cli.score.stored import company_history, parse_week, scored_weeks
from oseberg.cli.settings import Settings
from oseberg.health_model import Week, fleet_change

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.health_model import FleetChange, HealthModel
    from oseberg.usage_db import UsageDatabase

ALWAYS = ("group_type", "job_type", "tenure", "owner")
"""What the fleet is taken apart by where it is known, besides the segments that oseberg.toml declares."""


def run(*, week: str | None, before: str | None, by: tuple[str, ...], model_path: Path | None, as_json: bool) -> None:
    """Break down the change between two scored weeks, and print the parts."""
    settings = Settings.load()
    later, earlier = parse_week(week), parse_week(before)
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        chosen, week_before = scored_weeks(database, model, later)
        first, _ = scored_weeks(database, model, earlier or week_before)
        segments = tuple(dict.fromkeys((*ALWAYS, *declared_segments(settings))))
        change = compare(database, model, chosen, first, segments)
        references = database.scored_weeks(model_version=model.version).set_index("week")["reference_id"]
    # What is known depends on the accounts, so that a segment's name can only be checked now.
    wanted = by or tuple(change.segments)
    if unknown := [name for name in wanted if name not in change.segments]:
        raise Failure(f"Users have no segment {unknown[0]!r}. Known: {', '.join(change.segments) or 'none'}.")
    if references[chosen.monday] != references[first.monday]:
        say("The two weeks have different references: part of the change comes from the reference, not from the users.")
    if as_json:
        click.echo(json.dumps(as_dict(change, wanted), indent=2, ensure_ascii=False))
        return
    say(f"{change.change:+.2f} from {change.previous:.2f} in {first} to {change.score:.2f} in {chosen}.")
    say(f"Each table adds up to {change.change:+.2f}.")
    print_frame(change.movements)
    print_frame(change.metrics[change.metrics["points"] != 0], empty="No metric moved.")
    for name in wanted:
        click.echo()
        print_frame(change.segments[name].rename(columns={"segment": name}))


def compare(
    database: UsageDatabase, model: HealthModel, later: Week, earlier: Week, segments: tuple[str, ...]
) -> FleetChange:
    """Read two weeks and break down the change between them.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        later: The later week.
        earlier: The week to compare with.
        segments: What to take the change apart by, as far as it is known.

    Returns:
        The parts.
    """
    users = scored_users(database, model, [later, earlier], segments)
    facts = company_history(database, model)
    # A user's own column goes before the company's of the same name: it is what held in that week.
    known = [name for name in segments if name in facts and name not in users]
    users = users.merge(facts[["group_id", "week", *known]], how="left", on=["group_id", "week"])
    parts = [database.contributions(week.monday, model_version=model.version) for week in (later, earlier)]
    contributions = pd.concat([part for part in parts if len(part)] or parts[:1])
    return fleet_change(users, contributions, later, earlier, segments)


def as_dict(change: FleetChange, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Return the parts for `--json`."""
    return {
        "week": str(change.week),
        "before": str(change.before),
        "score": change.score,
        "previous_score": change.previous,
        "change": change.change,
        "movements": rows(change.movements),
        "metrics": rows(change.metrics),
        "segments": {name: rows(change.segments[name]) for name in wanted},
    }


def rows(frame: pd.DataFrame) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a table as JSON has it, null for what is missing."""
    return json.loads(frame.to_json(orient="records", double_precision=15))
