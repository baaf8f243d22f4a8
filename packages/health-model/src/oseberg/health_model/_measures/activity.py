"""One week's events as plain arrays: user, event, time, session and object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oseberg.health_model._frames import TRUTH, coded, need
from oseberg.health_model._measures.roster import Roster
from oseberg.health_model._model.conditions import Condition, meets
from oseberg.health_model._model.definition import Definition
from oseberg.health_model._week import Week
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

MINUTE = 60_000_000  # microseconds
HOUR = 60 * MINUTE

Table = TypeVar("Table")


@dataclass(frozen=True, eq=False)
class Activity:
    """The rows of one week that belong to the roster and the model, ordered by user and time."""

    roster: Roster
    week: Week
    definition: Definition
    frame: pd.DataFrame  # all the events, with their properties
    rows: Ints  # which of them count, in order; the arrays below are theirs
    user: Ints
    event: Ints
    instant: Ints  # microseconds since the week began, for gaps
    clock: Ints  # microseconds on the local clock since Monday 00:00, for days and hours
    length: int  # microseconds of the week
    past_cell: Ints  # the cells of the events before the week
    past_instant: Ints  # microseconds since the week began, below 0
    kept: dict[object, Any] = field(default_factory=dict, repr=False)  # measures that others build on

    @property
    def users(self) -> int:
        """How many users the roster has."""
        return len(self.roster.ids)

    @property
    def events(self) -> int:
        """How many events the model has."""
        return len(self.definition.events)

    @cached_property
    def cell(self) -> Ints:
        """Each row's place in a table of events x users: a statistic is a row, in one piece of memory."""
        return self.event * self.users + self.user

    @cached_property
    def hour(self) -> Ints:
        """Each row's hour of the week on the local clock, 0 to 167."""
        return self.clock // HOUR

    @cached_property
    def day(self) -> Ints:
        """Each row's day on the local clock, 0 (Monday) to 6."""
        return self.hour // 24

    @cached_property
    def time_of_day(self) -> Ints:
        """Each row's hour of the day on the local clock, 0 to 23."""
        return self.hour - 24 * self.day

    @cached_property
    def by_user(self) -> Bools:
        """Which events are done by users, shape (events,)."""
        return np.array([event.actor == "user" for event in self.definition.events.values()])

    @cached_property
    def acted(self) -> Bools:
        """Which rows are events that a user did."""
        return np.asarray(self.by_user[self.event], dtype=np.bool_)

    @cached_property
    def entitled_features(self) -> Bools:
        """Which events are features that each user may use, shape (events, users)."""
        events = self.definition.events.values()
        feature = np.array([event.feature and event.actor == "user" for event in events])
        reach = [self.roster.entitled(frozenset({event.product} if event.product else ())) for event in events]
        return np.asarray(np.vstack(reach) & feature[:, None])

    @cached_property
    def session(self) -> tuple[Ints, Floats, Ints]:
        """Sessions: the session of each user-event row, each session's minutes, and its user.

        A session is a run of a user's user-events with gaps of at most the model's; minutes are last - first + 1.
        """
        user, instant = self.user[self.acted], self.instant[self.acted]
        if not user.size:
            return user, np.empty(0), user
        gap = self.definition.session_gap_minutes * MINUTE
        starts = np.r_[True, (np.diff(user) != 0) | (np.diff(instant) > gap)]
        first = np.flatnonzero(starts)
        last = np.r_[first[1:], user.size] - 1
        return np.cumsum(starts) - 1, (instant[last] - instant[first]) / MINUTE + 1, user[first]

    def spelled(self, name: str, places: Ints | slice = slice(None)) -> tuple[Ints, NDArray[Any]]:
        """Return a property of the rows (or of some places among them) as codes into its different values.

        Missing and blank values have the code -1. Whole columns are coded, not their rows: to take rows out of a column
        of text costs more than all counting.
        """
        rows = self.rows[places]
        if name not in self.frame:
            return np.full(rows.size, -1, dtype=np.int64), np.empty(0, dtype=object)
        codes, values = coded(self.frame[name])
        codes = codes[rows]
        for blank in np.flatnonzero(values == ""):
            codes[codes == blank] = -1
        return codes, values

    @cached_property
    def minutes(self) -> Floats:
        """Each row's `duration_seconds` in minutes; missing, negative or endless ones are 0."""
        codes, values = self.spelled("duration_seconds")
        seconds = np.r_[np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64), 0.0]
        return np.where(np.isfinite(seconds) & (seconds > 0), seconds, 0.0)[codes] / 60

    @cached_property
    def success(self) -> Ints:
        """Each row's `success`: 1, 0, or -1 where it is not stated."""
        codes, values = self.spelled("success")
        return np.array([*(TRUTH.get(str(value).lower(), -1) for value in values), -1], dtype=np.int64)[codes]

    @cached_property
    def things(self) -> Ints:
        """The cell of each distinct object of each user and event."""
        properties = [event.object for event in self.definition.events.values()]
        cells = [np.empty(0, dtype=np.int64)]
        for name in dict.fromkeys(properties):
            places = np.flatnonzero(np.array([other == name for other in properties])[self.event])
            codes, values = self.spelled(name, places)
            keys = self.cell[places] * (len(values) + 1) + codes
            cells.append(pd.unique(keys[codes >= 0]) // (len(values) + 1))
        return np.concatenate(cells)


Measure = Callable[[Activity], NDArray[np.float64]]
"""A function that measures a week's activity: a table of events x users, or one number per user."""


def read_activity(events: pd.DataFrame, roster: Roster, definition: Definition, week: Week) -> Activity:
    """Select the events that count in a week: known users, known events, times within the week.

    Raises:
        DataError: A column is missing, or times have no time zone.
    """
    need(events, ("user_id", "event", "time"), "events")
    times = events["time"]
    moments = pd.api.types.is_datetime64_any_dtype(times.dtype)
    if times.empty and not moments:  # a column of nothing has any type
        times = pd.Series(dtype="datetime64[us, UTC]")
    elif not moments or times.dt.tz is None:
        raise DataError("The events' times have no time zone. Convert them first: pd.to_datetime(times, utc=True).")
    times = times.astype("datetime64[us, UTC]")  # Arrow's as well
    since, until = (pd.Timestamp(instant).value // 1000 for instant in week.window(definition.time_zone))
    instants = microseconds(times)
    user = positions(events["user_id"], pd.Index(roster.ids))
    event = kinds(events, definition)
    check_ids(events["user_id"], user, roster)
    ours = (user >= 0) & (event >= 0) & (instants < until) & times.notna().to_numpy()
    past, rows = (np.flatnonzero(ours & part) for part in (instants < since, instants >= since))
    rows = rows[ordered(user[rows], instants[rows], len(roster.ids))]
    local = times.iloc[rows].dt.tz_convert(definition.time_zone).dt.tz_localize(None)
    monday = pd.Timestamp(week.monday).value // 1000
    return Activity(
        roster=roster,
        week=week,
        definition=definition,
        frame=events,
        rows=rows,
        user=user[rows],
        event=event[rows],
        instant=instants[rows] - since,
        clock=microseconds(local) - monday,
        length=until - since,
        past_cell=event[past] * len(roster.ids) + user[past],
        past_instant=instants[past] - since,
    )


def kinds(events: pd.DataFrame, definition: Definition) -> Ints:
    """Return for each row the number of the model's event that it is, -1 for others.

    An event with conditions takes the rows that meet them, in the order of the model; one without takes the rest of its
    name, so that no row counts twice.
    """
    models = list(definition.events.values())
    plain = {event.name: number for number, event in enumerate(models) if not event.where}
    names = positions(events["event"], pd.Index(list(plain)))
    result = np.append(np.array(list(plain.values()), dtype=np.int64), -1)[names]
    taken = np.zeros(len(events), dtype=bool)
    for number, event in enumerate(models):
        if event.where:
            rows = (events["event"] == event.name).to_numpy(dtype=bool, na_value=False) & ~taken
            for name, condition in event.where.items():
                rows &= matches(events, name, condition)
            result[rows] = number
            taken |= rows
    return result


def matches(events: pd.DataFrame, name: str, condition: Condition) -> Bools:
    """Whether each row's property meets a condition; each different value is looked at once."""
    if name not in events:
        return np.zeros(len(events), dtype=bool)
    codes, values = coded(events[name])
    return np.array([*(meets(value, condition) for value in values), False], dtype=bool)[codes]


def ordered(user: Ints, instants: Ints, users: int) -> Ints:
    """Order rows by user, then time. Small whole numbers sort by radix, several times as fast."""
    places = np.arange(user.size) if (np.diff(instants) >= 0).all() else np.argsort(instants, kind="stable")
    return places[np.argsort(user[places].astype(np.min_scalar_type(users)), kind="stable")]


def microseconds(times: pd.Series[Any]) -> Ints:
    """Return times as microseconds since 1970; 0 for missing ones."""
    return (
        times.dt.as_unit("us").astype("int64").to_numpy()
        if times.notna().all()
        else microseconds(times.fillna(pd.Timestamp(0, tz=times.dt.tz)))
    )


def positions(values: pd.Series[Any], index: pd.Index[Any]) -> Ints:
    """Return each value's position in an index, -1 for others and for missing values."""
    codes, uniques = pd.factorize(values)
    return np.asarray(np.r_[index.get_indexer(pd.Index(uniques)), -1][codes], dtype=np.int64)


def check_ids(ids: pd.Series[Any], user: Ints, roster: Roster) -> None:
    """Refuse ids of another type than the users': every score would quietly be 0."""
    if not roster.ids.size or (user >= 0).any():
        return
    known = ids.dropna()
    if len(known) and pd.api.types.is_numeric_dtype(known) != pd.api.types.is_numeric_dtype(roster.ids.dtype):
        raise DataError(
            f"The events' user_id ({known.dtype}) and the users' ({roster.ids.dtype}) are of different types, so"
            " no event matches a user. Convert one of them."
        )


def once(measure: Callable[[Activity], Table]) -> Callable[[Activity], Table]:
    """Cache a measure's table with its activity: several measures build on the counts and days."""

    @wraps(measure)
    def kept(activity: Activity) -> Table:
        if measure not in activity.kept:
            activity.kept[measure] = measure(activity)
        result: Table = activity.kept[measure]
        return result

    return kept
