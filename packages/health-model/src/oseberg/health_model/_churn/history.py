"""Companies over time: the weekly table, lost and declining weeks, runs of low weeks, and who needs attention.

Each is computed once, however many pages and sheets ask for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._churn.falls import own_falls
from oseberg.health_model._churn.fleet import Decline, find_declines, find_lost
from oseberg.health_model._frames import need
from oseberg.health_model._week import Week, mondays
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from oseberg.health_model._lost_events import LostEvent

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

DEFAULT_THRESHOLD = 10.0
"""A company's week is low at or below this score, until a threshold is found from cancellations.

Who does one thing only, however often, scores about 8; who merely gets reports and alerts, about 2.
"""

COLUMNS = ["group_id", "week", "score", "change", "weeks_low", "needs_attention", "low_since"]
MORE_COLUMNS = ["attention_since", "list", "level", "fall", "odds", "reference_changed"]
LOOK_BACK, LOW_WEEKS = 4, 3  # one bad week is noise, and after a month everybody has noticed
NEW_WEEKS = 4  # an alarm is new for a month: long enough for two calls
ONBOARDING_DAYS = 90  # until then a low score means that people are still learning

NEWLY_LOW, FALLING, LOW_FOR_LONG, ONBOARDING = LISTS = ("Newly low", "Falling", "Low for long", "Onboarding")
"""The lists of the page, in the order in which they are read."""


@dataclass(frozen=True, eq=False)
class History:
    """The companies' weeks, with everything that is computed from them.

    Attributes:
        frame: group_id, week (the Monday), score, and what else the rows had; without rows that lack one of these.
        known_lost: The Mondays of weeks that are known to lack tracking, for example from `lost_weeks`.
        lost_events: Events that were lost for everybody, each in the week in which it was noticed.
    """

    frame: pd.DataFrame
    known_lost: frozenset[date] = field(default_factory=frozenset)
    lost_events: tuple[LostEvent, ...] = ()

    @classmethod
    def read(
        cls,
        history: pd.DataFrame | History,
        *,
        lost: Iterable[Week | date] = (),
        lost_events: Iterable[LostEvent] = (),
    ) -> History:
        """Check a frame of companies' weeks; a history is returned as it is.

        Args:
            history: group_id, week (however it is spelled), score; one row per company and week. Where known also
                active_users (they show lost tracking better than scores), reference_id (weeks of different
                references are not compared) and started_on (when the company became a customer).
            lost: Weeks that are known to lack tracking.
            lost_events: Events that were lost for everybody (see `lost_events`), shown with the fleet.

        Returns:
            The history, from which alarms, declines and falls are computed on first use.

        Raises:
            DataError: A column is missing, or a company has two scores in a week.
        """
        if isinstance(history, History):
            return history
        need(history, ("group_id", "week", "score"), "companies' weeks")
        known = history.dropna(subset=["group_id", "score"])
        known = known.assign(week=mondays(known["week"]))
        twice = known[known.duplicated(["group_id", "week"])]
        if len(twice):
            company, week = twice[["group_id", "week"]].iloc[0]
            raise DataError(f"Company {company} has two scores in {Week(week)}. Pass those of one model version.")
        return cls(known, frozenset(Week.parse(week).monday for week in lost), tuple(lost_events))

    def before(self, week: Week) -> History:
        """Return the history as it was known before a week.

        Returns:
            The rows of earlier weeks.
        """
        return replace(
            self,
            frame=self.frame[self.frame["week"] < week.monday],
            known_lost=frozenset(monday for monday in self.known_lost if monday < week.monday),
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """Scores as weeks x companies, oldest week first; NaN where a company had no score."""
        return self.laid_out("score")

    def laid_out(self, column: str) -> pd.DataFrame:
        """Lay a column of the frame out as weeks x companies.

        Returns:
            One row per week, oldest first; NaN where a company was not scored.
        """
        weeks, companies, row, place = self.cells
        values = np.full((len(weeks), len(companies)), np.nan)
        values[row, place] = self.frame[column].to_numpy(np.float64, na_value=np.nan)
        return pd.DataFrame(values, index=weeks, columns=companies)

    @cached_property
    def cells(self) -> tuple[pd.Index[Any], pd.Index[Any], Ints, Ints]:
        """The weeks and companies in order, and the position of each row of the frame among them."""
        row, weeks = pd.factorize(self.frame["week"], sort=True)
        place, companies = pd.factorize(self.frame["group_id"], sort=True)
        return pd.Index(weeks, name="week"), pd.Index(companies, name="group_id"), row, place

    @cached_property
    def weeks(self) -> list[Week]:
        """The weeks with scores, oldest first."""
        return [Week(monday) for monday in self.table.index]

    @cached_property
    def is_lost(self) -> Bools:
        """Whether tracking was lost in each week, shape (weeks,)."""
        known = np.array([week.monday in self.known_lost for week in self.weeks], dtype=np.bool_)
        # Volume tells better than scores: reports go on when tracking stops, and they are worth a few points.
        levels = self.laid_out("active_users") if "active_users" in self.frame else self.table
        return np.asarray(known | find_lost(levels.to_numpy(np.float64)), dtype=np.bool_)

    @cached_property
    def lost(self) -> list[date]:
        """The Mondays of the weeks in which tracking was lost, oldest first; most of them have no scores."""
        found = {week.monday for week, lost in zip(self.weeks, self.is_lost, strict=True) if lost}
        known = {monday for monday in self.known_lost if len(self.table) and monday > self.table.index[0]}
        return sorted(found | known)

    @cached_property
    def calendar(self) -> list[date]:
        """The Mondays from the first week to the last, including those without scores."""
        first = Week(self.table.index[0])
        last = max([self.table.index[-1], *self.lost])
        return [first.next(number).monday for number in range((last - first.monday).days // 7 + 1)]

    @cached_property
    def tracked(self) -> pd.DataFrame:
        """The weekly table without the weeks in which tracking was lost: what alarms look at."""
        return self.table[~self.is_lost]

    @cached_property
    def rulers(self) -> Ints:
        """The number of each tracked week's reference, shape (tracked weeks,); 0 for all if it is unknown."""
        if "reference_id" not in self.frame:
            return np.zeros(len(self.tracked), dtype=np.int64)
        names = self.frame.drop_duplicates("week").set_index("week")["reference_id"].reindex(self.tracked.index)
        return pd.factorize(names)[0].astype(np.int64)

    @cached_property
    def declines(self) -> list[date]:
        """The Mondays of the weeks in which the fleet really declined, oldest first."""
        return [self.tracked.index[decline.place] for decline in self.decline_details]

    @cached_property
    def decline_details(self) -> list[Decline]:
        """The declines, with the size of the fleet's fall."""
        return find_declines(self.tracked.to_numpy(np.float64), self.rulers)

    @cached_property
    def comparable(self) -> pd.DataFrame:
        """The tracked weeks with the latest week's reference, including the latest."""
        return self.tracked[self.rulers == self.rulers[-1]] if len(self.tracked) else self.tracked

    @cached_property
    def falls(self) -> pd.DataFrame:
        """Each company's own fall in the latest week; see `own_falls`. Indexed by group_id."""
        return own_falls(self.comparable.to_numpy(np.float64)).set_axis(self.comparable.columns, axis=0)

    @cached_property
    def change(self) -> pd.Series[float]:
        """Each company's change since the week before; NaN without a score then, or with another reference."""
        last = self.tracked.iloc[-1]
        before = self.tracked.reindex([Week.parse(self.tracked.index[-1]).next(-1).monday]).iloc[0]
        return last.sub(before) if not self.reference_changed else last.mul(np.nan)

    @cached_property
    def reference_changed(self) -> bool:
        """Whether the latest two tracked weeks were scored with different references."""
        return len(self.rulers) > 1 and bool(self.rulers[-1] != self.rulers[-2])

    @cached_property
    def started(self) -> pd.Series[Any]:
        """The day on which each company became a customer, indexed by group_id; missing where it is unknown.

        Where nothing is stated, a company that appears after the history's first week started in its own first week.
        """
        first = self.frame.groupby("group_id")["week"].min()
        seen = pd.to_datetime(first.where(first > self.table.index[0]))
        if "started_on" not in self.frame:
            return seen
        stated = pd.to_datetime(self.frame.groupby("group_id")["started_on"].first())
        return stated.fillna(seen)

    def low(self, threshold: float) -> pd.DataFrame:
        """Return which tracked weeks of which companies are at or below a threshold.

        Returns:
            Booleans as tracked weeks x companies; a week without a score is not low.
        """
        return self.tracked <= threshold

    def attention(self, threshold: float = DEFAULT_THRESHOLD) -> pd.DataFrame:
        """Return the companies of the latest week with tracking, those that need attention first; see `attention`.

        Returns:
            The columns that `attention` describes.
        """
        if self.tracked.empty:
            return pd.DataFrame(columns=[*COLUMNS, *MORE_COLUMNS])
        low = self.low(threshold)
        count = low.rolling(LOOK_BACK, min_periods=1).sum()
        needs = count >= LOW_WEEKS
        frame = pd.DataFrame(
            {
                "week": self.tracked.index[-1],
                "score": self.tracked.iloc[-1],
                "change": self.change,
                "weeks_low": count.iloc[-1].astype("int64"),
                "needs_attention": needs.iloc[-1],
                "low_since": run_starts(low),
                "attention_since": run_starts(needs),
            }
        ).join(self.falls[["level", "fall", "odds", "falling"]])
        frame["reference_changed"] = self.reference_changed
        frame["list"] = self.listed(frame, low)
        frame = frame[frame["score"].notna()].rename_axis("group_id").reset_index()
        order = ["needs_attention", "weeks_low", "score"]
        frame = frame.sort_values(order, ascending=[False, False, True], kind="stable", ignore_index=True)
        return frame[[*COLUMNS, *MORE_COLUMNS]]

    def listed(self, frame: pd.DataFrame, low: pd.DataFrame) -> pd.Series[str]:
        """Find the list of the page on which each company is.

        Args:
            frame: From `attention`, indexed by group_id.
            low: From `low`.

        Returns:
            One of `LISTS` per company, or "".
        """
        end = pd.Timestamp(self.tracked.index[-1]) + timedelta(days=7)
        young = (end - self.started).dt.days < ONBOARDING_DAYS
        recent = self.tracked.index[-NEW_WEEKS:][0]
        since = frame["attention_since"].map(lambda week: week is not None and week >= recent).astype(bool)
        # A company that was low in every known week has never been anything else: nothing new.
        ever = (~low & self.tracked.notna()).any()
        lists = pd.Series("", index=frame.index)
        lists[frame["falling"]] = FALLING
        lists[frame["needs_attention"]] = LOW_FOR_LONG
        lists[frame["needs_attention"] & since & ever] = NEWLY_LOW
        lists[young.reindex(frame.index)] = ONBOARDING
        return lists


def attention(history: pd.DataFrame | History, threshold: float = DEFAULT_THRESHOLD) -> pd.DataFrame:
    """List the companies that need attention: 3 of the last 4 weeks at or below the threshold.

    The last four weeks are those with tracking (see `History.lost`). Weeks in which the fleet declined count as they
    are: a decline silences no account.

    Args:
        history: group_id, week, score; a row for each company and week, as `company_scores` returns them.
        threshold: A score from 0 to 100.

    Returns:
        A row for each company of the latest week with tracking, the most urgent first: group_id, week (`datetime.date`,
        a Monday), score and change (float64; change from the week before, NaN without one or with another reference),
        weeks_low (int64, of the last 4), needs_attention (bool), low_since (the Monday that began the present run of
        low weeks; None if the latest is not low), attention_since (likewise for needs_attention), list (str: `Newly
        low`, `Falling`, `Low for long`, `Onboarding` or ""), and as float64 level (the mean of up to eight weeks
        before), fall (points below the level beyond the fleet's own fall) and odds (the chance of such a fall without a
        reason); reference_changed (bool).

    Raises:
        DataError: A column is missing, or a company has two scores in a week.
    """
    return History.read(history).attention(threshold)


def run_starts(marks: pd.DataFrame) -> pd.Series[Any]:
    """Return for each column the first week of the run of true values at the end; None if the last is false."""
    values = marks.to_numpy(bool)
    ended = np.where(values.all(axis=0), 0, len(values) - np.argmin(values[::-1], axis=0))
    starts = [marks.index[place] if place < len(values) else None for place in ended.tolist()]
    return pd.Series(starts, index=marks.columns, dtype=object)


def fleet_declines(history: pd.DataFrame | History) -> list[date]:
    """List the weeks in which the fleet really declined.

    The mean over the companies present at both times, in the last week or the last two, fell below the band of up to
    eight weeks before by more than chance explains, and by at least 5 %. Weeks without tracking are not declines, and
    irregular use without a trend makes none. A decline is named once, in its first or second week: from then on the new
    level is what weeks are compared with.

    Args:
        history: group_id, week, score; see `History.read`.

    Returns:
        The Mondays of these weeks, oldest first.
    """
    return History.read(history).declines


def fleet_drops(history: pd.DataFrame | History) -> list[date]:
    """List the weeks in which tracking was lost or the fleet declined.

    Args:
        history: group_id, week, score; see `History.read`.

    Returns:
        The Mondays of these weeks, oldest first.
    """
    past = History.read(history)
    return sorted({*past.lost, *past.declines})
