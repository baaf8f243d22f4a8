"""Joins the database and the model for `oseberg score weekly`."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import click
import pandas as pd

from oseberg.cli.exits import Failure
from oseberg.cli.output import say
from oseberg.health_model import (
    FewUsersWarning,
    Plan,
    Reference,
    Scored,
    Week,
    complete_weeks,
    newest_frozen,
    plan_weeks,
    refit,
    score_weeks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from oseberg.cli.settings import Settings
    from oseberg.health_model import HealthModel
    from oseberg.usage_db import UsageDatabase


def score_database(database: UsageDatabase, model: HealthModel, settings: Settings, week: Week | None) -> pd.DataFrame:
    """Score what is due, store it, and give one row for each week."""
    plan = make_plan(database, model, settings, week)
    rows: list[dict[str, Any]] = []
    unknown: dict[str, int] = {}
    due = sorted({*plan.weeks, *plan.again})
    with told_warnings(), click.progressbar(length=len(due), label="Scoring weeks", file=sys.stderr) as bar:
        for moment, reference, result in score_weeks(model, plan, statistics_of(database, model, unknown)):
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
            bar.update(1)
    rows += [{"week": str(moment), "status": "stale"} for moment in plan.stale]
    tell(plan, model, unknown)
    return pd.DataFrame(rows, columns=["week", "status", "users", "active", "mean_score", "reference"]).astype(
        {"users": "Int64", "active": "Int64"}
    )


def make_plan(database: UsageDatabase, model: HealthModel, settings: Settings, week: Week | None) -> Plan:
    """Ask the model what is due, given what the database holds."""
    return plan_weeks(
        model,
        days=loaded_days(database),
        scored=scored_weeks(database, model),
        references={reference.id: reference for reference in stored_references(database, model)},
        export_zone=export_zone(settings),
        week=week,
    )


def loaded_days(database: UsageDatabase) -> dict[date, datetime]:
    """Give the loaded days, and when the events of each last changed."""
    days = database.loaded_days()
    days = days[days["state"] == "loaded"]
    return dict(zip(days["day"], days["loaded_at"], strict=True))


def export_zone(settings: Settings) -> str:
    """Give the time zone of the Mixpanel project's days.

    Raises:
        Failure: It is no time zone.
    """
    name = str(settings.get("mixpanel", "time_zone", "MIXPANEL_TIME_ZONE", "UTC"))
    if name not in available_timezones():
        raise Failure(f"The export's time zone is {name!r}. Write one such as UTC or America/Chicago.")
    return name


def refit_reference(database: UsageDatabase, model: HealthModel, settings: Settings) -> pd.DataFrame:
    """Fit and store a reference on the latest weeks; give the shift of the mean score, week by week."""
    frozen = newest_frozen(model, {reference.id: reference for reference in stored_references(database, model)})
    if frozen is None:
        raise Failure(f"The model {model.version} has no frozen reference yet. Score first: oseberg score weekly")
    complete = complete_weeks(loaded_days(database), export_zone(settings), model.time_zone)
    measure = statistics_of(database, model, {})
    with told_warnings():
        latest = {week: measure(week) for week in complete[-model.definition.reference.weeks :]}
        new, shift = refit(model, latest, frozen)
    store_reference(database, model, new)
    say(f"Weeks scored from now on are compared with {new.weeks[0]} to {new.weeks[-1]}; scored weeks stay as they are.")
    return shift


def scored_weeks(database: UsageDatabase, model: HealthModel) -> dict[Week, Scored]:
    """Give the weeks that this version of the model has scored."""
    weeks = database.scored_weeks(model_version=model.version)
    columns = (weeks[name] for name in ("week", "reference_id", "computed_at"))
    return {Week.parse(week): Scored(reference, computed) for week, reference, computed in zip(*columns, strict=True)}


def stored_references(database: UsageDatabase, model: HealthModel) -> list[Reference]:
    """Give the references of this version of the model; their whole content is kept as `cuts`."""
    frame = database.references(model_version=model.version)
    return [Reference.model_validate(cuts) for cuts in frame["cuts"]]


def statistics_of(
    database: UsageDatabase, model: HealthModel, unknown: dict[str, int]
) -> Callable[[Week], pd.DataFrame]:
    """Give a function that measures a week of the database, and counts the events that the model does not name."""
    users = database.users()

    def measure(week: Week) -> pd.DataFrame:
        if not users["enabled"].any():  # the week would count as scored, and stay empty once there are users
            raise Failure("There are no enabled users to score. Load them: oseberg db accounts USERS.csv GROUPS.csv")
        since, until = model.event_window(week)
        events = database.events(since, until, properties=model.metric_properties)
        for name, count in model.unknown_events(events).items():
            unknown[name] = unknown.get(name, 0) + count
        return model.statistics(events, users, week, only="model")

    return measure


def store(database: UsageDatabase, model: HealthModel, week: Week, reference: Reference, result: Any) -> None:  # noqa: ANN401 - ScoreResult
    """Store one week: the model and the reference first, since the scores name them."""
    database.save_model(model.version, model.stored(), model.sha256)
    store_reference(database, model, reference)
    scored = result.users.loc[result.users["score"] > 0, "user_id"]
    database.save_scores(
        week.monday,
        result.users,
        result.contributions[result.contributions["user_id"].isin(scored)],  # zeros need no explanation
        model_version=model.version,
        reference_id=reference.id,
    )


def store_reference(database: UsageDatabase, model: HealthModel, reference: Reference) -> None:
    """Store a reference whole, under the model that fitted it."""
    weeks = [Week.parse(name).monday for name in reference.weeks]
    database.save_reference(reference.id, model.version, weeks, reference.model_dump(mode="json"), reference.users)


def tell(plan: Plan, model: HealthModel, unknown: dict[str, int]) -> None:
    """Say what a person should know about a run."""
    rule = model.definition.reference
    if plan.fit_on:
        again = f" The weeks scored before ({len(plan.again)}) were recomputed with it, once." if plan.again else ""
        say(f"The reference was fitted on {plan.fit_on[0]} to {plan.fit_on[-1]} and is kept from now on.{again}")
    elif plan.weeks and plan.frozen is None and rule.kind == "frozen":
        say(f"Fewer than {rule.weeks} complete weeks are loaded: each week was compared with its own users only.")
    if unknown:
        named = ", ".join(f"{name} ({count:,})" for name, count in unknown.items())
        say(f"Events that the model does not name, left aside: {named}")
    if plan.stale:
        weeks = ", ".join(map(str, plan.stale))
        say(f"Events changed after these weeks were scored: {weeks}. Their scores were left alone;")
        say(f"to recompute one: oseberg score weekly --week {plan.stale[0]}")
    if not plan.weeks and not plan.again:
        say("Nothing to score: every complete week has scores, or none is loaded yet.")


@contextmanager
def told_warnings() -> Iterator[None]:
    """Say the model's warnings as plain sentences, each once, instead of Python's."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FewUsersWarning)
        yield
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        say(message)
