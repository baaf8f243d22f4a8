"""What moved a company's score between two weeks: each metric's part, and each user's part of it, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._explain.reasons import HALF, spelled
from oseberg.health_model._frames import at_week
from oseberg.health_model._health_model import HealthModel
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COLUMNS = ("value", "points", "weight", "contribution")
FELT = 0.5  # points of a company's score: less is not what happened


@dataclass(frozen=True)
class Snapshot:
    """One week's scores of users, and the contributions that make them up.

    Attributes:
        week: The week.
        users: The users' rows of that week.
        rows: The contributions' rows of that week.
        tables: `value`, `points`, `weight` and `contribution`, each of shape (users, metrics), in the order of `users`.
    """

    week: Week
    users: pd.DataFrame
    rows: pd.DataFrame
    tables: dict[str, Floats]

    @classmethod
    def at(cls, model: HealthModel, users: pd.DataFrame, contributions: pd.DataFrame, monday: date) -> Snapshot:
        """Select one week's rows of scores and contributions."""
        scored, rows = at_week(users, monday).reset_index(drop=True), at_week(contributions, monday)
        return cls(Week(monday), scored, rows, laid_out(model, rows, pd.Index(scored["user_id"])))

    def parts(self, companies: pd.Index[Any]) -> tuple[Ints, Floats]:
        """Return each user's company as a place in an index (-1 for others), and the points added to its mean."""
        group = companies.get_indexer(pd.Index(self.users["group_id"]))
        sizes = np.bincount(group[group >= 0], minlength=len(companies))
        return group, self.tables["contribution"] / np.maximum(sizes, 1)[group][:, None]


@dataclass(frozen=True)
class Movement:
    """The change of companies' scores between two weeks.

    Attributes:
        before: The week compared with.
        points: Points by which each metric moved each company, shape (companies, metrics); NaN without both weeks.
        rows: The rows of `users` and `parts` by company, those of company c from `starts[c]` to `starts[c + 1]`.
        starts: Where each company's rows begin, shape (companies + 1,).
        sizes: How many licensed users each company has, now and before.
        gained: The points that each company's users have now, added up.
        users: The user of each row.
        parts: What each row moved its company's metrics, shape (rows, metrics); a user has up to two rows.
    """

    before: Week
    points: Floats
    starts: Ints
    sizes: tuple[Ints, Ints]
    gained: Floats
    users: NDArray[Any]
    parts: Floats

    @classmethod
    def between(cls, companies: pd.Index[Any], now: Snapshot, before: Snapshot) -> Movement:
        """Compare two weeks of some companies."""
        (group, gained), (past_group, lost) = now.parts(companies), before.parts(companies)
        groups = np.concatenate([group, past_group])
        order = np.argsort(groups, kind="stable")
        order = order[groups[order] >= 0]
        parts = np.concatenate([gained, -lost])[order]
        starts = np.searchsorted(groups[order], np.arange(len(companies) + 1))
        points = np.zeros((len(companies), parts.shape[1]))
        np.add.at(points, groups[order], parts)
        both = np.isin(np.arange(len(companies)), group) & np.isin(np.arange(len(companies)), past_group)
        points[~both] = np.nan
        users = np.concatenate([now.users["user_id"].to_numpy(), before.users["user_id"].to_numpy()])[order]
        counts = [np.bincount(each[each >= 0], minlength=len(companies)) for each in (group, past_group)]
        inside = group >= 0
        # Parts are per license already; a dilution needs the points themselves.
        sums = np.bincount(group[inside], weights=gained[inside].sum(axis=1), minlength=len(companies))
        have = np.asarray(sums * counts[0], dtype=np.float64)
        return cls(before.week, points, starts, (counts[0], counts[1]), have, users, parts)

    def told(self, place: int, names: Mapping[Any, str], labels: list[str]) -> str:
        """Name the metric that lowered a company's score most, and the user behind it if there is one.

        Args:
            place: The company.
            names: The users' names.
            labels: The metrics' names.

        Returns:
            A sentence; "" if the score hardly fell.
        """
        moved = self.points[place]
        total = float(moved.sum())
        if np.isnan(total) or total > -FELT:
            return ""
        added = self.dilution(place)
        if added <= HALF * total:
            more = int(self.sizes[0][place] - self.sizes[1][place])
            licenses = "1 license was" if more == 1 else f"{more:,} licenses were"
            alone = f"{signed(added)} of the {signed(total)} since {spelled(self.before)}"
            return f"{licenses} added and hardly used: that alone is {alone}."
        metric = int(np.argmin(moved))
        rows = slice(self.starts[place], self.starts[place + 1])
        users, place_of = np.unique(self.users[rows], return_inverse=True)
        by_user = np.bincount(place_of, weights=self.parts[rows, metric])
        of_all = f"{signed(float(moved[metric]))} of the {signed(total)} since {spelled(self.before)}"
        user, part = users[int(np.argmin(by_user))], float(by_user.min())
        if part <= HALF * moved[metric]:
            alone = f"{signed(part)} of the {signed(total)} since {spelled(self.before)}"
            return f"{names.get(user, f'User {user}')} did less ({labels[metric]}): that alone is {alone}."
        count = int(np.count_nonzero(by_user < 0))
        return f"{labels[metric].capitalize()} fell most, with {count} users: {of_all}."

    def dilution(self, place: int) -> float:
        """Return what new licenses alone took from a company's mean: its points now, over more users than before."""
        now, before = int(self.sizes[0][place]), int(self.sizes[1][place])
        return float(self.gained[place]) * (1 / now - 1 / before) if now > before > 0 else 0.0


def signed(points: float) -> str:
    """Format a change with its sign and one decimal."""
    return f"{half_up(points, 1):+.1f}".replace("-", "\N{MINUS SIGN}")


def laid_out(model: HealthModel, rows: pd.DataFrame, ids: pd.Index[Any]) -> dict[str, Floats]:
    """Lay the columns of contributions out as users x metrics; 0 where nothing is stored."""
    user = ids.get_indexer(pd.Index(rows["user_id"]))
    codes, names = pd.factorize(rows["metric"])
    metric = pd.Index([metric.id for metric in model.metrics]).get_indexer(pd.Index(names.astype(str)))[codes]
    known = (user >= 0) & (metric >= 0)
    tables = {name: np.zeros((len(ids), len(model.metrics))) for name in COLUMNS}
    for name, table in tables.items():
        table[user[known], metric[known]] = rows[name].to_numpy(np.float64, na_value=0.0)[known]
    unknown = ~tables["weight"].any(axis=1)  # a score of 0 needs no stored rows
    tables["weight"][unknown] = [metric.weight for metric in model.metrics]
    return tables
