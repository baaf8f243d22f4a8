"""The names of measures, and what each of them reads: the words of a statistic such as `atla_query.days.1w`.

A leaf: the model file is checked against these names, and the functions that measure live in `_measures`. A test holds
both equal, so that neither has to import the other.
"""

from __future__ import annotations

OF_ONE_EVENT = (
    "count",
    "days",
    "sessions",
    "objects",
    "minutes",
    "mean_minutes",
    "longest",
    "first_hour",
    "last_hour",
    "share",
    "business_share",
    "weekend",
    "per_active_day",
    "errors",
    "error_share",
    "attempts",
    "successes",
    "first",
)
"""The measures of an event that users do."""

OF_SYSTEM_EVENT = ("count", "days", "objects", "weekend")
"""The measures of a system event: nobody acts in it, so little can be measured."""

OF_ALL_EVENTS = (
    "count",
    "days",
    "sessions",
    "minutes",
    "mean_minutes",
    "longest",
    "durations",
    "kinds",
    "breadth",
    "objects",
    "hours",
    "hours_of_day",
    "first_hour",
    "last_hour",
    "first_day",
    "last_day",
    "streak",
    "pause",
    "business_days",
    "business_day_share",
    "business_share",
    "weekend",
    "weekend_share",
    "entropy",
    "day_entropy",
    "top_event_share",
    "busiest_day_share",
    "per_active_day",
    "per_session",
    "errors",
    "error_share",
    "attempts",
    "successes",
    "success_share",
    "received",
    "first",
    "new_kinds",
    "tenure",
)
"""The measures of `any`: all of a user's events together."""

READ_SUCCESS = ("errors", "error_share", "attempts", "successes", "success_share")
"""The measures that read the property `success`."""

READ_DURATION = ("minutes", "mean_minutes", "longest", "durations")
"""The measures that read `duration_seconds` (of one event; the minutes of `any` are those of sessions)."""

READ_EARLIER_WEEKS = ("first", "new_kinds", "tenure")
"""The measures that look beyond the week."""
