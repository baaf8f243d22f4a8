"""The roster: the users to score in a week, with their products and the segments that set their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._frames import TRUTH, need
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

AS_OF_EACH_WEEK, TODAYS = "as of each week", "today's (no dates known)"
"""Whose users count in a week, as pages and tables say it."""
IDENTITY = ("group_id", "job_type", "group_type", "products")


@dataclass(frozen=True)
class Roster:
    """Users, with the facts that decide their entitlement and weights.

    Attributes:
        frame: group_id, job_type, group_type and products, indexed by user_id.
        since: The first day on which each user is known to exist, in the order of the frame; None if that is unknown.
    """

    frame: pd.DataFrame
    since: NDArray[np.datetime64] | None = None

    @classmethod
    def read(cls, users: pd.DataFrame | Iterable[Mapping[str, Any]], week: Week | None = None) -> Roster:
        """Select the users who count in a week from a frame or from a list of mappings.

        Only `user_id` is required; absent columns mean enabled, no group, no job type, every product. With `since` or
        `until` (dates, half-open; missing means open) a user counts in a week if the interval covers any of its days.
        A user may then have several rows, one for each time in which other facts held: the last one in the week counts.

        Args:
            users: The users.
            week: The week that `since` and `until` are compared with.

        Raises:
            DataError: user_id is missing or appears twice, a date is unreadable, or `enabled` is neither yes nor no.
        """
        frame = users if isinstance(users, pd.DataFrame) else pd.DataFrame(list(users))
        need(frame, ("user_id",), "users")
        dated = week is not None and bool({"since", "until"} & set(frame))
        if "enabled" in frame:
            # Today's row of somebody who is disabled by now: enabled until the day stated. Of a user with several rows,
            # each says what held in its own time.
            counts = truths(frame["enabled"])
            if dated and "until" in frame:
                counts = counts | (frame["until"].notna() & ~frame["user_id"].duplicated(keep=False)).to_numpy()
            frame = frame[counts]
        if dated and week is not None:
            frame = in_week(frame, week)
        first = first_days(users if isinstance(users, pd.DataFrame) else frame)
        twice = frame["user_id"][frame["user_id"].duplicated()]
        if frame["user_id"].isna().any() or len(twice):
            wrong = f"{twice.iloc[0]} appears twice" if len(twice) else "one is missing"
            raise DataError(f"The users' user_id must name each user once, but {wrong}.")
        ids = frame["user_id"].astype("int64") if frame["user_id"].dtype == "Int64" else frame["user_id"]
        identity = frame.set_index(pd.Index(ids, name="user_id")).reindex(columns=list(IDENTITY))
        since = None if first is None else first.reindex(identity.index).to_numpy("datetime64[D]")
        return cls(identity.assign(products=identity["products"].map(joined, na_action="ignore")), since)

    @property
    def ids(self) -> NDArray[Any]:
        """The users' ids, shape (users,)."""
        return self.frame.index.to_numpy()

    def entitled(self, products: frozenset[str]) -> NDArray[np.bool_]:
        """Whether each user has one of some products, shape (users,); everybody has what is shared by all."""
        if not products:
            return np.ones(len(self.frame), dtype=bool)
        codes, spellings = pd.factorize(self.frame["products"])
        wanted = {product.lower() for product in products}
        has = [not owned(text) or bool(owned(text) & wanted) for text in spellings]
        return np.array([*has, True], dtype=bool)[codes]  # products unknown: all of them

    def codes(self, column: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return a text column as codes into its spellings, -1 where it is missing."""
        codes, values = pd.factorize(self.frame[column])
        return codes.astype(np.int64), [str(value) for value in values]


def in_week(users: pd.DataFrame, week: Week) -> pd.DataFrame:
    """Select the users whose interval covers a day of a week; of several rows of a user the latest one.

    Users stay in their order, so that the same week gives the same frame whatever happened to the roster since.
    """
    since, until = (days_of(users, name) for name in ("since", "until"))
    monday, end = np.datetime64(week.monday, "D"), np.datetime64(week.next().monday, "D")
    covers = ~(since >= end) & ~(until <= monday) & ~(until <= since)  # comparisons with an open end are false
    found = users.assign(_since=np.where(np.isnat(since), np.datetime64(0, "D"), since))[covers]
    last = found.sort_values("_since", kind="stable").drop_duplicates("user_id", keep="last")
    return last.sort_index(kind="stable").drop(columns="_since")


def first_days(users: pd.DataFrame) -> pd.Series[Any] | None:
    """Return the first day of each user over all rows, indexed by user_id; None if no day is stated."""
    if "since" not in users or users["since"].isna().all():
        return None
    days = pd.Series(days_of(users, "since").astype("datetime64[s]"), index=users["user_id"])
    # A row without a day is open toward the past, so the user's first day is unknown.
    return days.groupby(level=0).min().where(~days.isna().groupby(level=0).any())


def days_of(users: pd.DataFrame, name: str) -> NDArray[np.datetime64]:
    """Return a column of days; NaT where the interval is open.

    Raises:
        DataError: A cell is not a date.
    """
    if name not in users:
        return np.full(len(users), np.datetime64("NaT", "D"))
    try:
        # One zone or none within a column: the day on the wall is meant, not the instant.
        days = pd.to_datetime(users[name]).dt.tz_localize(None)
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(f"The users' `{name}` holds values that are not dates ({error}). Write 2026-11-09.") from None
    return days.to_numpy("datetime64[D]")


def truths(column: pd.Series[Any]) -> NDArray[np.bool_]:
    """Read yes and no, however they are written; missing ones mean yes.

    Raises:
        DataError: A value is neither.
    """
    codes, values = pd.factorize(column)
    for value in values:
        if str(value).lower() not in TRUTH:
            raise DataError(f"The users' `enabled` holds {value!r}. Write true or false.")
    return np.array([*(TRUTH[str(value).lower()] for value in values), True], dtype=np.bool_)[codes]


def joined(products: object) -> object:
    """Write a list of products as `Atla;Sol`."""
    return ";".join(map(str, products)) if isinstance(products, list | tuple | set) else products


def owned(products: object) -> set[str]:
    """Read `Atla;Sol`; nothing written means that the products are not known."""
    return {part.strip().lower() for part in str(products).split(";")} - {""}
