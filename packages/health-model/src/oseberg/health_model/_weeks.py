"""Plans a run: which weeks to score, with which reference, and which scored weeks have newer events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._score.reference import Reference
from oseberg.health_model._score.users import ScoreResult
from oseberg.health_model._week import Week, complete_weeks
from oseberg.health_model.errors import WeekError

if TYPE_CHECKING:
    from datetime import date, datetime

StatisticsOf = Callable[[Week], pd.DataFrame]


@dataclass(frozen=True)
class Scored:
    """A week with scores: its reference, and when they were computed."""

    reference_id: str
    computed_at: datetime


@dataclass(frozen=True)
class Plan:
    """The plan of a run.

    Attributes:
        weeks: Weeks to score now.
        again: Weeks scored earlier, to be recomputed: the week asked for, or once, when the frozen reference is there,
            those that were compared with their own week.
        fit_on: The weeks on which the frozen reference is fitted in this run; empty: it exists, or is not due yet.
        frozen: The stored frozen reference to use.
        stale: Scored weeks whose events have changed since; left alone until asked for.
        lost: Complete weeks without scores in which tracking was lost; scored only when asked for.
        complete: How many complete weeks are loaded, those without tracking included.
    """

    weeks: tuple[Week, ...]
    again: tuple[Week, ...] = ()
    fit_on: tuple[Week, ...] = ()
    frozen: Reference | None = None
    stale: tuple[Week, ...] = ()
    lost: tuple[Week, ...] = ()
    complete: int = field(default=0, compare=False)


def plan_weeks(
    model: HealthModel,
    *,
    days: Mapping[date, datetime],
    scored: Mapping[Week, Scored],
    references: Mapping[str, Reference],
    export_zone: str = "UTC",
    week: str | date | Week | None = None,
    lost: Iterable[Week] = (),
) -> Plan:
    """Plan a run over what is loaded and what is scored already.

    Without `week` every complete week not yet scored is due, and scored weeks stay as they are. As soon as as many
    complete weeks with tracking exist as the model's frozen reference pools, it is fitted on the first of them, and the
    weeks scored before are recomputed with it, once. Until then, or with `kind = "week"`, each week is its own
    reference. A week that is scored again is compared with the frozen reference that it was scored with.

    Args:
        model: The model to score with.
        days: The loaded days in the export's zone, and when the events of each last changed.
        scored: The weeks that this version of the model has scored.
        references: The stored references of this version of the model, by id.
        export_zone: The zone of the export's days.
        week: Score this week alone, whether it has scores or not.
        lost: Weeks in which tracking was lost (see `lost_weeks`): never part of a reference, and scored only if asked.

    Returns:
        The weeks to score now and again, the reference to use or to fit, and the stale and lost weeks.

    Raises:
        WeekError: The text is not a week, or not all its days are loaded.
    """
    complete = complete_weeks(days, export_zone, model.time_zone)
    tracked = [moment for moment in complete if moment not in set(lost)]
    frozen = newest_frozen(model, references)
    rule = model.definition.reference
    due = rule.kind == "frozen" and frozen is None and len(tracked) >= rule.weeks
    fit_on = tuple(tracked[: rule.weeks]) if due else ()
    # Only references that pool enough weeks last; told by what each week was scored with, so that an interrupted run
    # is finished by the next one.
    lasting = {key: reference for key, reference in references.items() if len(reference.weeks) >= rule.weeks}
    if week is not None:
        asked = Week.parse(week)
        if asked not in complete:
            raise WeekError(incomplete(asked, model, days, export_zone))
        if asked in scored:
            own = lasting.get(scored[asked].reference_id, frozen)
            return Plan((), again=(asked,), fit_on=fit_on, frozen=own, complete=len(complete))
        return Plan((asked,), fit_on=fit_on, frozen=frozen, complete=len(complete))
    provisional = [moment for moment in complete if moment in scored and scored[moment].reference_id not in lasting]
    again = tuple(provisional) if due or frozen else ()
    return Plan(
        weeks=tuple(moment for moment in tracked if moment not in scored),
        again=again,
        fit_on=fit_on,
        frozen=frozen,
        stale=tuple(
            moment
            for moment, done in sorted(scored.items())
            if moment not in again and changed_after(done.computed_at, moment, model, days, export_zone)
        ),
        lost=tuple(moment for moment in complete if moment not in tracked and moment not in scored),
        complete=len(complete),
    )


def newest_frozen(model: HealthModel, references: Mapping[str, Reference]) -> Reference | None:
    """Return the latest reference pooled over the number of weeks that the model requires (see `refit`).

    Args:
        model: The model.
        references: Its stored references, by id.

    Returns:
        The reference; None before there is one, or if each week is its own reference.
    """
    rule = model.definition.reference
    if rule.kind == "week":
        return None
    pooled = [reference for reference in references.values() if len(reference.weeks) >= rule.weeks]
    return max(pooled, key=lambda reference: reference.weeks[-1], default=None)


def newest_reference(stored: Iterable[Reference | Mapping[str, Any]]) -> Reference | None:
    """Return the reference to show how values become points: the one pooled over the most weeks.

    Args:
        stored: References, or their content as `Reference.model_dump` wrote it.

    Returns:
        Of those pooled over equally many weeks the latest; None if nothing is stored.

    Raises:
        ReferenceMismatchError: Something stored is not a reference.
    """
    known = [each if isinstance(each, Reference) else Reference.from_stored(each) for each in stored]
    return max(known, key=lambda reference: (len(reference.weeks), reference.weeks), default=None)


def incomplete(week: Week, model: HealthModel, days: Mapping[date, datetime], export_zone: str) -> str:
    """Describe the days that a week lacks."""
    missing = [day for day in week.days_touched(model.time_zone, export_zone) if day not in days]
    listed = ", ".join(day.isoformat() for day in missing)
    return f"Week {week} ({model.time_zone}) is not complete. Load these days ({export_zone}) first: {listed}."


def changed_after(
    computed_at: datetime, week: Week, model: HealthModel, days: Mapping[date, datetime], export_zone: str
) -> bool:
    """Whether events of a week changed after its scores were computed."""
    return any(days[day] > computed_at for day in week.days_touched(model.time_zone, export_zone) if day in days)


def score_weeks(
    model: HealthModel, plan: Plan, statistics_of: StatisticsOf
) -> Iterator[tuple[Week, Reference, ScoreResult]]:
    """Carry out a plan, the oldest week first; store each result before asking for the next.

    Args:
        model: The model to score with.
        plan: From `plan_weeks`.
        statistics_of: Returns the statistics of a week; called once for each week.

    Yields:
        Each week with the reference used and the scores.
    """
    kept = {week: statistics_of(week) for week in plan.fit_on}
    # Fitted before any week is scored, so that all weeks of a run are compared with the same users.
    frozen = model.fit(kept.values()) if kept else plan.frozen
    for week in sorted({*plan.weeks, *plan.again}):
        frame = kept.pop(week) if week in kept else statistics_of(week)
        reference = frozen or model.fit(frame)
        yield week, reference, model.score(frame, reference)


def refit(model: HealthModel, frames: Mapping[Week, pd.DataFrame], old: Reference) -> tuple[Reference, pd.DataFrame]:
    """Fit a new reference on the latest weeks, and score the overlap with both.

    The new reference, once stored, is used for the weeks that are scored from then on; scored weeks are not changed.
    The shift says how much of the next change comes from the reference, not from the users.

    Args:
        model: The model.
        frames: The statistics of the latest weeks, as many as the model's reference pools.
        old: The frozen reference in use.

    Returns:
        The new reference, and a row for each week, the oldest first: week (str), before and after (mean scores) and
        shift (float64).

    Raises:
        WeekError: There are fewer weeks than the model's reference pools.
    """
    needed = model.definition.reference.weeks
    new = model.fit(frames.values()) if frames else None
    if new is None or len(new.weeks) < needed:
        known = len(new.weeks) if new else 0
        raise WeekError(f"A new reference needs {needed} complete weeks with tracking; there are {known}.")
    rows = []
    for week, frame in sorted(frames.items()):
        before, after = (float(model.score(frame, reference).users["score"].mean()) for reference in (old, new))
        rows.append({"week": str(week), "before": before, "after": after, "shift": after - before})
    return new, pd.DataFrame(rows)
