"""The work of `oseberg score weekly`: the database and the model, week by week."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import DONE, NEEDS_ATTENTION, Failure
from oseberg.cli.journal import add_counts
from oseberg.cli.model import find_lake, load_model, read_score_settings
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.score.stored import export_zone, parse_week, roster_label
from oseberg.cli.score.weekly.source import StoredEvents
from oseberg.cli.settings import Settings
from oseberg.cli.workers.opened import open_workers
from oseberg.health_model import (
    FewUsersWarning,
    HealthModel,
    Plan,
    Reference,
    Scored,
    ScoreResult,
    Week,
    complete_weeks,
    newest_frozen,
    plan_weeks,
    refit,
    score_weeks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from oseberg.cli.score.weekly.source import Source
    from oseberg.usage_db import UsageDatabase


GONE = "events gone"
"""The status of a week that is due and can't be scored, since stored events of its days are missing."""


def run(
    *,
    week: str | None,
    again: bool,
    events: str | None,
    processes: int | None,
    dask: str | None,
    model_path: Path | None,
    as_json: bool,
) -> int:
    """Score the weeks that are due, or fit a new reference, and print a line for each week.

    Returns:
        3 if a week can't be scored because its events are gone, or the newest days of a lake lack them; else 0.
    """
    settings = Settings.load()
    known = read_score_settings(settings)
    place = find_lake(settings) if events is None else events
    if ((processes or 1) > 1 or dask) and place is None:
        raise click.UsageError("--workers and --dask share the events of a lake: use them with --events.")
    if again and week:
        raise click.UsageError("--refit uses the latest weeks; omit --week.")
    # an option of either kind overrides both settings: they are two ways to the same end
    workers = (processes or 1, dask) if processes or dask else (known.workers, known.dask)
    chosen = parse_week(week)
    model = load_model(settings, model_path)
    with open_database(settings) as database, open_workers(*(workers if place else (1, None))) as executor:
        source = open_source(place, database, model, settings, executor)
        if again:
            frame = refit_reference(database, model, settings, source)
        else:
            frame = score_database(database, model, settings, chosen, source)
        # a load says itself that tracking is lost; nobody else looks at what is in a lake
        lost = place is not None and bool(source.find_loss())
    print_frame(frame, as_json=as_json)
    return NEEDS_ATTENTION if not again and (lost or (frame["status"] == GONE).any()) else DONE


def open_source(
    place: str | None, database: UsageDatabase, model: HealthModel, settings: Settings, executor: Executor | None
) -> Source:
    """Open the events of a lake, or without one those in the database."""
    if place is None:
        return StoredEvents(database, model, settings)
    # S3's client takes a tenth of a second to import
    from oseberg.cli.score.weekly.lake import LakeEvents

    return LakeEvents(place, database, model, settings, executor)


def score_database(
    database: UsageDatabase,
    model: HealthModel,
    settings: Settings,
    week: Week | None,
    source: Source | None = None,
) -> pd.DataFrame:
    """Score what is due and store it.

    Args:
        database: The database with the events, and for the scores.
        model: The model to score with.
        settings: The settings, which know the time zone of the export.
        week: The only week to score, or None for all that are due.
        source: Where the events are; None: in the database.

    Returns:
        A row for each week that was scored, or whose events changed since.
    """
    source = source or StoredEvents(database, model, settings)
    plan, gone = make_plan(database, model, settings, week, source)
    rows: list[dict[str, Any]] = []
    unknown: dict[str, int] = {}
    due = sorted({*plan.weeks, *plan.again})
    with shown_warnings(), ProgressDisplay("Scoring", len(due)) as display:
        display(0, len(due), "weeks")
        for moment, reference, result in score_weeks(model, plan, source.measure_with(unknown)):
            store(database, model, moment, reference, result)
            rows.append(
                {
                    "week": str(moment),
                    "status": "recomputed" if moment in plan.again else "scored",
                    "users": len(result.users),
                    "active": int(result.users["active"].sum()),
                    "mean_score": round(float(result.users["score"].mean()), 2),
                    "reference": reference.id,
                }
            )
            display(len(rows), len(due), "weeks")
            add_counts(weeks=1, users=len(result.users))
    rows += [{"week": str(moment), "status": "stale"} for moment in plan.stale]
    rows += [{"week": str(moment), "status": "not tracked"} for moment in plan.lost]
    rows += [{"week": str(moment), "status": GONE} for moment in gone]
    label = roster_label(database)
    say(f"roster: {label}")
    report_run(plan, model, unknown, scored=bool(scored_weeks(database, model)))
    for sentence in source.find_loss().sentences():
        say(sentence)
    for sentence in gone.values():  # last, because that is what the summary of a run shows
        say(sentence)
    frame = pd.DataFrame(rows, columns=["week", "status", "users", "active", "mean_score", "reference"])
    return frame.astype({"users": "Int64", "active": "Int64"}).assign(roster=label)


def make_plan(
    database: UsageDatabase, model: HealthModel, settings: Settings, week: Week | None, source: Source
) -> tuple[Plan, dict[Week, str]]:
    """Ask the model which weeks are due, given what the database holds.

    Returns:
        The plan, and a sentence about each week that was due but whose events are gone.

    Raises:
        Failure: Events of the only week to score are gone.
    """
    days, zone = source.loaded_days(), export_zone(settings)
    scored, lost = scored_weeks(database, model), source.lost_weeks()
    references = {reference.id: reference for reference in stored_references(database, model)}
    gone: dict[Week, str] = {}
    while True:
        plan = plan_weeks(
            model, days=days, scored=scored, references=references, export_zone=zone, week=week, lost=lost
        )
        due = (*plan.weeks, *plan.again, *plan.fit_on)
        told = source.remove_gone(days, due)
        if told and week is not None:
            raise Failure(next(iter(told.values())))
        for moment, sentence in told.items():
            if moment in (*plan.weeks, *plan.again):
                gone[moment] = sentence
            else:
                say(sentence)
        if not told:
            return plan, gone


def refit_reference(
    database: UsageDatabase, model: HealthModel, settings: Settings, source: Source | None = None
) -> pd.DataFrame:
    """Fit and store a reference on the latest weeks.

    Args:
        database: The database with the events, and for the reference.
        model: The model to fit.
        settings: The settings, which know the time zone of the export.
        source: Where the events are; None: in the database.

    Returns:
        The shift of the mean score, a row for each week.

    Raises:
        Failure: The model has not been fitted yet, so a new reference would follow nothing.
    """
    frozen = newest_frozen(model, {reference.id: reference for reference in stored_references(database, model)})
    if frozen is None:
        raise Failure(f"The model {model.version} has no frozen reference yet. Score first: oseberg score weekly")
    source = source or StoredEvents(database, model, settings)
    lost = set(source.lost_weeks())
    days, zone = source.loaded_days(), export_zone(settings)
    needed = model.definition.reference.weeks
    recent = [week for week in complete_weeks(days, zone, model.time_zone) if week not in lost][-needed:]
    for sentence in source.remove_gone(days, recent).values():
        say(sentence)
    complete = [week for week in complete_weeks(days, zone, model.time_zone) if week not in lost]
    measure = source.measure_with({})
    with shown_warnings():
        latest = {week: measure(week) for week in complete[-model.definition.reference.weeks :]}
        new, shift = refit(model, latest, frozen)
    store_reference(database, model, new)
    say(f"Weeks scored from now on are compared with {new.weeks[0]} to {new.weeks[-1]}; scored weeks stay as they are.")
    return shift


def scored_weeks(database: UsageDatabase, model: HealthModel) -> dict[Week, Scored]:
    """Return the weeks that this version of the model has scored."""
    weeks = database.scored_weeks(model_version=model.version)
    columns = (weeks[name] for name in ("week", "reference_id", "computed_at"))
    return {Week.parse(week): Scored(reference, computed) for week, reference, computed in zip(*columns, strict=True)}


def stored_references(database: UsageDatabase, model: HealthModel) -> list[Reference]:
    """Return the references of this version of the model, which the database keeps whole as `cuts`."""
    frame = database.references(model_version=model.version)
    return [Reference.model_validate(cuts) for cuts in frame["cuts"]]


def store(database: UsageDatabase, model: HealthModel, week: Week, reference: Reference, result: ScoreResult) -> None:
    """Store one week: the model and the reference first, since the scores refer to them."""
    database.save_model(model.version, model.stored(), model.sha256)
    database.save_event_products(products_of(model))
    store_reference(database, model, reference)
    scored = result.users.loc[result.users["score"] > 0, "user_id"]
    database.save_scores(
        week.monday,
        result.users,
        result.contributions[result.contributions["user_id"].isin(scored)],  # a score of zero has nothing to explain
        model_version=model.version,
        reference_id=reference.id,
    )


def products_of(model: HealthModel) -> dict[str, str | None]:
    """Return the product of each event by its name; an event that belongs to several has none."""
    found: dict[str, set[str | None]] = {}
    for event in model.definition.events.values():
        found.setdefault(event.name, set()).add(event.product)
    return {name: products.pop() if len(products) == 1 else None for name, products in found.items()}


def store_reference(database: UsageDatabase, model: HealthModel, reference: Reference) -> None:
    """Store a reference under the model that fitted it."""
    weeks = [Week.parse(name).monday for name in reference.weeks]
    database.save_reference(reference.id, model.version, weeks, reference.model_dump(mode="json"), reference.users)


def report_run(plan: Plan, model: HealthModel, unknown: dict[str, int], *, scored: bool) -> None:
    """Print the messages that follow a run.

    Args:
        plan: What the run did.
        model: The model that scored.
        unknown: How many events of each name the model does not know.
        scored: Whether any week has scores now.
    """
    rule = model.definition.reference
    if plan.fit_on:
        again = f" The {len(plan.again)} weeks scored before were recomputed with it, once." if plan.again else ""
        say(f"The reference was fitted on {plan.fit_on[0]} to {plan.fit_on[-1]} and is frozen from now on.{again}")
    elif plan.weeks and plan.frozen is None and rule.kind == "frozen":
        loaded = f"{count(plan.complete, 'complete week')} {'is' if plan.complete == 1 else 'are'} loaded"
        lost = f", {len(plan.lost):,} of them without tracking" if plan.lost else ""
        say(f"{loaded}{lost}; a frozen reference needs {rule.weeks}, so each week was compared with its own users.")
    if not plan.weeks and not plan.again:
        reason = "every complete week has scores" if scored else "no complete week is loaded yet"
        say(f"Nothing to score: {reason}.")
    if unknown:
        named = ", ".join(f"{name} ({count:,})" for name, count in unknown.items())
        say(f"Events that the model does not know and does not score: {named}")
    if plan.lost:
        weeks = ", ".join(map(str, plan.lost))
        say(f"To score a week without tracking anyway: oseberg score weekly --week {plan.lost[0]}")
        say(f"Tracking was lost in {weeks}: hardly any events, where many are usual. These weeks were not scored.")
    if plan.stale:
        weeks = ", ".join(map(str, plan.stale))
        say(
            f"Events changed after these weeks were scored: {weeks}. Their scores are unchanged; "
            f"to recompute one: oseberg score weekly --week {plan.stale[0]}"
        )


@contextmanager
def shown_warnings() -> Iterator[None]:
    """Print the model's warnings as plain sentences, each once, instead of Python's own format."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FewUsersWarning)
        yield
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        say(message)
