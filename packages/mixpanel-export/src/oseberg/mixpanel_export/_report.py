"""The report of an export, and how its properties differ from those of a previous one."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


Line = tuple[bytes, str]
# The special events that link ids (documentation, Identifying Users); reports show them only on request.
HIDDEN = ("$identify", "$create_alias", "$merge")


@dataclass(frozen=True)
class Changes:
    """The differences between the properties of two exports.

    Attributes:
        new: Properties that the previous export did not have, with their types.
        lost: Properties that only the previous export had, with their types.
        retyped: Properties whose type differs: (before, now).
    """

    new: dict[str, str]
    lost: dict[str, str]
    retyped: dict[str, tuple[str, str]]


@dataclass
class Report:
    """The figures of an export.

    Attributes:
        rows: Events in the result, without duplicates.
        duplicates: Events left out because another one has the same event, distinct_id, time and $insert_id.
        quarantined: Lines that are not events.
        lenient: Lines that only the lenient reader could read (`NaN`, lone surrogates, integers of 19 digits or more).
        ambiguous: Times in the hour that occurs twice in autumn, taken for the first reading.
        same_day_ids: Events in the result with the same event, distinct_id and $insert_id as another one of that day,
            but another time: Mixpanel may remove them later, when it compacts the day.
        late: Events that Mixpanel processed more than a day after their time.
        hidden: Events in the result that Mixpanel's reports hide: those of its identity management (`$identify`,
            `$create_alias`, `$merge`). What a project hides in Lexicon, an export can't tell.
        events: Rows by day and event, such as `{"2026-11-01": {"Atla Query": 12}}`.
        bytes: Bytes received, as compressed on the wire.
        requests: Requests sent, retries included.
        retries: Requests sent again after a failure.
        properties: Raw property name -> type (`null`, `bool`, `int64`, `double`, `string`, `json`).
        widened: Properties whose values need a wider type than `schema=` has: (schema's type, type now).
        unreadable: The quarantined lines, each with its reason.
        resumed_days: Days that an earlier run of the same export had fetched.
        resumed_age: Seconds since the oldest of them was fetched.

    Example:
        >>> before = Report(properties={"plan": "int64", "old": "bool"})
        >>> Report(properties={"plan": "string", "county": "string"}).changes(before)
        Changes(new={'county': 'string'}, lost={'old': 'bool'}, retyped={'plan': ('int64', 'string')})
    """

    rows: int = 0
    duplicates: int = 0
    quarantined: int = 0
    lenient: int = 0
    ambiguous: int = 0
    same_day_ids: int = 0
    late: int = 0
    bytes: int = 0
    requests: int = 0
    retries: int = 0
    hidden: int = 0
    events: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    properties: dict[str, str] = field(default_factory=dict, repr=False)
    widened: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    unreadable: list[dict[str, str]] = field(default_factory=list, repr=False)
    resumed_days: int = 0
    resumed_age: int = 0

    def summary(self) -> str:
        """Return the figures in one line.

        Returns:
            A text such as `48,211 rows, 12 duplicates, 0 quarantined, 2 requests, 0 retries`.
        """
        figures = (
            (self.rows, "row", "rows"),
            (self.duplicates, "duplicate", "duplicates"),
            (self.quarantined, "quarantined", "quarantined"),
            (self.requests, "request", "requests"),
            (self.retries, "retry", "retries"),
        )
        return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in figures)

    def add_unreadable(self, lines: Iterable[Line]) -> None:
        """Add lines that are not events."""
        for line, reason in lines:
            self.quarantined += 1
            self.unreadable.append({"line": line.decode(errors="backslashreplace"), "reason": reason})

    def add_events(self, day: str, events: Mapping[str, int]) -> None:
        """Add the rows of a day.

        Args:
            day: The day, such as `2026-11-01`.
            events: Its rows by event.
        """
        if events:
            self.events[day] = dict(events)
            self.hidden += sum(events.get(name, 0) for name in HIDDEN)

    def changes(self, previous: Report) -> Changes:
        """Compare the properties with those of a previous export.

        Returns:
            What is new, lost or has another type.
        """
        now, before = self.properties, previous.properties
        return Changes(
            new={name: kind for name, kind in now.items() if name not in before},
            lost={name: kind for name, kind in before.items() if name not in now},
            retyped={name: (before[name], kind) for name, kind in now.items() if before.get(name, kind) != kind},
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as values that JSON can hold.

        Returns:
            The attributes by name.
        """
        return {part.name: copied(getattr(self, part.name)) for part in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a report from the result of `to_dict`; unknown keys are ignored, so newer reports can be read.

        Returns:
            The report.
        """
        known = {part.name for part in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def copied(value: Any) -> Any:  # noqa: ANN401 - a figure, or figures by name
    """Return a copy of figures that doesn't change with the report's own."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [dict(item) for item in value] if isinstance(value, list) else value
