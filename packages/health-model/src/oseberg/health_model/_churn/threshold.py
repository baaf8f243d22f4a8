"""Finds a score that warns of cancellations from past ones, or says that there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.health_model._churn.history import History
from oseberg.health_model._churn.panel import Panel, make_panel
from oseberg.health_model._churn.quality import (
    CurvePoint,
    alarms_per_week,
    auc,
    curve,
    money_caught,
    more_needed,
    weeks_needed,
)
from oseberg.health_model._frames import need
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

USABLE, NOT_USABLE = "usable threshold", "no usable threshold"
EVEN = 0.5  # the area under the curve of scores that tell nothing
FEWEST = 20  # cancellations: with fewer, any threshold fits some of them
RESAMPLES = 1000  # the ends of a 95 % interval are then known to about a hundredth of it
TRAIN_SHARE = 0.6  # of the weeks: choosing needs more of them than judging


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The threshold, and how far it can be trusted.

    Attributes:
        threshold: A company's week is low at or below this score; NaN where nothing could be learned.
        low: The lower end of the threshold's 95 % interval.
        high: The upper end.
        precision: The share of alarms in later weeks that were followed by a cancellation.
        recall: The share of company-weeks before a cancellation that had an alarm.
        lift: Precision divided by the share of all company-weeks before a cancellation.
        lift_low: The lower end of the lift's 95 % interval.
        lift_high: The upper end.
        alert_load: The share of company-weeks with an alarm.
        lead_weeks: The median number of weeks from a company's first alarm to its cancellation.
        auc: The chance that a company about to cancel scores below one that isn't; 0.5 is none.
        auc_low: The lower end of its 95 % interval.
        auc_high: The upper end.
        alarms: Companies with an alarm in an average week.
        money_caught: The share of the canceled companies' yearly money (`arr`) that had an alarm in time.
        more_needed: About how many more cancellations would decide; None if more of the same would not help.
        curve: What other thresholds would have meant: a `CurvePoint` each, from the lowest score on.
        segments: The answer for each segment with enough cancellations, if asked for.
        left_aside: Companies with a cancellation but without any score.
        cancellations: How many companies' cancellations the panel holds.
        verdict: `usable threshold` or `no usable threshold`.
        reason: Why, in a sentence.
    """

    threshold: float = math.nan
    low: float = math.nan
    high: float = math.nan
    precision: float = math.nan
    recall: float = math.nan
    lift: float = math.nan
    lift_low: float = math.nan
    lift_high: float = math.nan
    alert_load: float = math.nan
    lead_weeks: float = math.nan
    auc: float = math.nan
    auc_low: float = math.nan
    auc_high: float = math.nan
    alarms: float = math.nan
    money_caught: float = math.nan
    more_needed: int | None = None
    curve: tuple[CurvePoint, ...] = ()
    segments: Mapping[str, Threshold] = field(default_factory=dict)
    left_aside: tuple[Any, ...] = ()
    cancellations: int
    verdict: str
    reason: str


def find_threshold(
    history: pd.DataFrame | History,
    cancellations: pd.DataFrame,
    lead_weeks: int = 8,
    horizon_weeks: int = 13,
    seed: int = 0,
    *,
    miss_cost: float | None = None,
    observed_until: date | None = None,
    segment: str | None = None,
) -> Threshold:
    """Find the score at or below which to raise an alarm; it does not mean that customers below it leave.

    Every fourth week of each company is a row: the alarm's score then (3 of the last 4 weeks at or below it), and
    whether the company canceled in (week + lead, week + lead + horizon]. The threshold is chosen on the earlier weeks
    by F2 (a miss weighs more than a false alarm) and judged on later ones, with an embargo of lead + horizon between,
    so that no outcome is seen twice. Intervals come from resampling companies, not rows: rows of a company are alike.

    Args:
        history: group_id, week, score; a row for each company and week, as `company_scores` returns them; where known
            also arr.
        cancellations: group_id, date (when notice was given). A company's first one counts.
        lead_weeks: Cancellations sooner than this are too late to act on.
        horizon_weeks: How many weeks after the lead count.
        seed: Of the resampling; equal seeds give equal answers.
        miss_cost: Choose by cost instead of F2: how many false alarms a missed cancellation is worth.
        observed_until: The day up to which cancellations are known; default: the end of the history.
        segment: A column of the history, such as `group_type`: each of its values is searched alone as well.

    Returns:
        The threshold with its 95 % interval. The verdict is `no usable threshold` if fewer than 20 cancellations can be
        learned from, the lower end of the lift's interval is 1 or less, or that of the AUC is 0.5 or less: alarms would
        not be better than chance.

    Raises:
        DataError: The history lacks a column, or is empty; the lead is negative, or the horizon less than a week.
        CancellationError: The cancellations lack a column, or match no company.
    """
    if lead_weeks < 0 or horizon_weeks < 1:
        raise DataError(
            "The lead must be 0 weeks or more, and the horizon 1 or more: an alarm comes before its outcome."
        )
    past = History.read(history)
    found = search(past, cancellations, lead_weeks, horizon_weeks, seed, miss_cost, observed_until)
    if segment is None:
        return found
    need(past.frame, (segment,), "companies' weeks")
    latest = past.frame.sort_values("week", kind="stable").groupby("group_id")[segment].last()
    parts = {}
    for name, groups in latest.groupby(latest).groups.items():
        some = cancellations[cancellations["group_id"].isin(groups)]
        if some["group_id"].nunique() >= FEWEST:
            part = History(past.frame[past.frame["group_id"].isin(groups)], frozenset(past.lost))
            parts[str(name)] = search(part, some, lead_weeks, horizon_weeks, seed, miss_cost, observed_until)
    return replace(found, segments=parts)


def search(
    history: History,
    cancellations: pd.DataFrame,
    lead: int,
    horizon: int,
    seed: int,
    miss_cost: float | None,
    observed_until: date | None,
) -> Threshold:
    """Find the threshold of some companies; see `find_threshold`."""
    panel = make_panel(history, cancellations, lead, horizon, observed_until)
    known = len(np.unique(panel.company[panel.cancelled]))
    aside = strangers(history, cancellations)
    early, late = split(panel, lead + horizon)
    if known < FEWEST or not early.cancelled.any() or not late.cancelled.any():
        reason = too_little(history, known, lead, horizon)
        return Threshold(
            cancellations=known,
            verdict=NOT_USABLE,
            reason=reason,
            left_aside=aside,
            more_needed=max(FEWEST - known, 0) or None,
        )
    ones = np.ones(panel.companies)
    threshold = choose(early, ones, miss_cost)
    resampled = [
        (chosen, judge(late, weights, chosen)[2], auc(late, weights))
        for weights in resamples(panel.companies, seed)
        for chosen in (choose(early, weights, miss_cost),)
    ]
    low, high = interval([chosen for chosen, _, _ in resampled])
    lift_low, lift_high = interval([0.0 if np.isnan(lift) else lift for _, lift, _ in resampled])
    auc_low, auc_high = interval([area for _, _, area in resampled])
    precision, recall, lift = judge(late, ones, threshold)
    # Two looks at the same question: one lucky threshold can lift alarms where scores tell nothing as a whole.
    usable = bool(lift_low > 1 and auc_low > EVEN)
    chance = "alarms are right more often than chance" if usable else "alarms may be no better than chance"
    return Threshold(
        threshold=threshold,
        low=low,
        high=high,
        precision=precision,
        recall=recall,
        lift=lift,
        lift_low=lift_low,
        lift_high=lift_high,
        alert_load=float(np.mean(late.score <= threshold)),
        lead_weeks=median_lead(late, threshold),
        auc=auc(late, ones),
        auc_low=auc_low,
        auc_high=auc_high,
        alarms=alarms_per_week(late, threshold),
        money_caught=money_caught(late, threshold, yearly_money(history)),
        more_needed=more_needed(known, FEWEST, lift, lift_low),
        curve=curve(late),
        left_aside=aside,
        cancellations=known,
        verdict=USABLE if usable else NOT_USABLE,
        reason=f"In later weeks the lift is {lift:.2f} (95 %: {lift_low:.2f} to {lift_high:.2f}): {chance}.",
    )


def too_little(history: History, known: int, lead: int, horizon: int) -> str:
    """Describe why no threshold can be found: too few weeks, or too few cancellations within them."""
    first, last = history.weeks[0].monday, history.weeks[-1].monday
    weeks, needed = (last - first).days // 7 + 1, weeks_needed(lead, horizon)
    if weeks < needed:
        return (
            f"The history has {weeks} weeks; lead {lead} + horizon {horizon}, once after the last week that is learned"
            f" from and once between choosing and judging, need about {needed}."
        )
    few = f"Only {known} cancellations can be learned from; at least {FEWEST} are needed."
    return (
        few
        if known < FEWEST
        else f"All {known} cancellations are on one side of the time between choosing and judging."
    )


def strangers(history: History, cancellations: pd.DataFrame) -> tuple[Any, ...]:
    """Return the companies with a cancellation that never had a score."""
    groups = cancellations["group_id"].dropna()
    return tuple(groups[~groups.isin(history.table.columns)].unique().tolist())


def yearly_money(history: History) -> Floats | None:
    """Return the yearly money of each company of the panel, in its order; None if it is unknown."""
    if "arr" not in history.frame:
        return None
    latest = history.frame.sort_values("week", kind="stable").groupby("group_id")["arr"].last()
    return latest.reindex(history.tracked.columns).to_numpy(np.float64, na_value=np.nan)


def split(panel: Panel, embargo: int) -> tuple[Panel, Panel]:
    """Split the rows by time: earlier weeks to choose on, later ones to judge on, with an embargo between them.

    The weeks left by the embargo are shared 60 to 40.
    """
    last = int(panel.week.max()) if panel.week.size else 0
    border = max(0, int(TRAIN_SHARE * (last - embargo)))
    return panel.part(panel.week <= border), panel.part(panel.week > border + embargo)


def resamples(companies: int, seed: int) -> NDArray[np.int64]:
    """Draw how often each company counts, shape (resamples, companies)."""
    random = np.random.default_rng(seed)
    return random.multinomial(companies, np.full(companies, 1 / companies), size=RESAMPLES)


def choose(panel: Panel, weights: NDArray[np.int64] | Floats, miss_cost: float | None) -> float:
    """Choose the threshold of the best F2 (or the least cost); on ties, the lowest threshold (fewest alarms)."""
    order = np.argsort(panel.score, kind="stable")
    score, weight = panel.score[order], weights[panel.company[order]]
    hits = np.cumsum(weight * panel.cancelled[order])
    alarms = np.cumsum(weight)
    ends = np.r_[score[1:] != score[:-1], True] & (alarms > 0)
    hits, alarms, score = hits[ends], alarms[ends], score[ends]
    if not score.size or not hits[-1]:
        return float("nan")
    misses = hits[-1] - hits
    f2 = 5 * hits / (4 * (hits + misses) + alarms)
    return float(score[np.argmax(f2 if miss_cost is None else hits - alarms - miss_cost * misses)])


def judge(panel: Panel, weights: NDArray[np.int64] | Floats, threshold: float) -> tuple[float, float, float]:
    """Return precision, recall and lift of a threshold; NaN without an alarm or without anything to find."""
    weight = weights[panel.company]
    alarm = panel.score <= threshold
    alarms, found, hits = (weight[rows].sum() for rows in (alarm, panel.cancelled, alarm & panel.cancelled))
    if not alarms or not found:
        return float("nan"), float("nan"), float("nan")
    precision = hits / alarms
    return float(precision), float(hits / found), float(precision / (found / weight.sum()))


def interval(values: list[float]) -> tuple[float, float]:
    """Return the 95 % percentile interval."""
    low, high = np.nanquantile(np.array(values), [0.025, 0.975])
    return float(low), float(high)


def median_lead(panel: Panel, threshold: float) -> float:
    """Return the median number of weeks from a company's first alarm to its cancellation."""
    caught = (panel.score <= threshold) & panel.cancelled
    leads = [panel.ahead[caught & (panel.company == company)].max() for company in np.unique(panel.company[caught])]
    return float(np.median(leads)) if leads else float("nan")
