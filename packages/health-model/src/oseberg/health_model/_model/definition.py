"""Schema of the model file (events, segments, metrics), and the messages for invalid files."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from oseberg.health_model._model.conditions import Where
from oseberg.health_model._model.vocabulary import (
    OF_ALL_EVENTS,
    OF_ONE_EVENT,
    OF_SYSTEM_EVENT,
    READ_DURATION,
    READ_EARLIER_WEEKS,
    READ_SUCCESS,
)

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Weight = Annotated[int, Field(ge=0, le=5, strict=True)]
TENURE = "any.tenure.1w"  # the one look at earlier weeks that a score may take: users may state since when they are
_zone_names = cache(available_timezones)  # its folders are read anew at each call otherwise
STATISTIC = re.compile(r"([a-z][a-z0-9_]*)\.([a-z0-9_]+)\.1w")


class Part(BaseModel):
    """Base of all parts of a model file: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Event(Part):
    """One event: its name in the tracking data, who causes it, and the product it belongs to."""

    name: str = Field(description="The event's name as the tracking tool has it.")
    product: str | None = Field(None, description="The product it belongs to; default: all of them.")
    actor: Literal["user", "system"] = Field("user", description="Who causes it; only user events make a user active.")
    object: str = Field("object_id", description="The property that identifies an object.")
    where: Where | None = Field(
        None, description='Only events with these properties: a value, a list of values, or a text such as ">= 100".'
    )
    feature: bool = Field(True, description="Whether the event counts in the breadth of use; system events never do.")  # noqa: FBT003 - pydantic's default


class Metric(Part):
    """One metric: a statistic and how it becomes points between 0 and 1."""

    question: str = Field(description="The question that the metric answers, in plain words.")
    unit: str = Field("", description="What the value counts, for explanations.")
    kind: Literal["continuous", "percentage", "boolean"] = Field(description="How the value becomes points.")
    statistic: str | tuple[str, ...] = Field(description="event.measure.window, or several to add up.")
    of: str | tuple[str, ...] | None = Field(None, description="The denominator of a percentage.")
    minimum: Annotated[int, Field(ge=1)] = Field(1, description="The smallest denominator of a percentage.")
    weight: Weight | None = Field(
        None, description="1 to 5 (0 switches the metric off), unless the model names a file of weights."
    )
    why: str = Field("", description="Why the metric matters, for the documentation; it changes no score.")
    source: str = Field("", description="The source of that reason, for the documentation; it changes no score.")

    def __eq__(self, other: object) -> bool:
        """Whether two metrics score alike; their reasons don't count, and are not stored with scores."""
        if not isinstance(other, Metric):
            return NotImplemented
        return self.model_dump(exclude={"why", "source"}) == other.model_dump(exclude={"why", "source"})

    def __hash__(self) -> int:
        return hash((self.question, self.kind, self.statistic, self.of, self.minimum, self.weight))

    @cached_property
    def numerator(self) -> tuple[str, ...]:
        """The statistics whose sum is the value (or the numerator of a percentage)."""
        return (self.statistic,) if isinstance(self.statistic, str) else self.statistic

    @cached_property
    def denominator(self) -> tuple[str, ...]:
        """The statistics whose sum a percentage is a share of; empty when the statistic is a share itself."""
        return () if self.of is None else (self.of,) if isinstance(self.of, str) else self.of

    @model_validator(mode="after")
    def _denominators_are_for_percentages(self) -> Self:
        if self.of is not None and self.kind != "percentage":
            raise ValueError(f"`of` belongs to a percentage; this metric is {self.kind}")
        return self


class ReferenceRule(Part):
    """The rule for the users that a score compares with."""

    kind: Literal["frozen", "week"] = Field(
        default="frozen", description="The users to compare with: of the first weeks, frozen, or of the week."
    )
    weeks: Annotated[int, Field(ge=1)] = Field(
        default=13, description="How many complete weeks a frozen reference pools."
    )


class Segments(Part):
    """The job types and group types that may have weights of their own."""

    job_types: tuple[str, ...] = ()
    group_types: tuple[str, ...] = ()


class Definition(Part):
    """A whole model file."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = Field(description="Starts the model's version.")
    title: str = Field("", description="The model's name for people.")
    time_zone: str = Field("UTC", description="The zone in which weeks begin, such as America/Chicago.")
    weights: str | None = Field(None, description="A CSV file next to this one: metric, default, segments.")
    products: tuple[str, ...] = Field((), description="The products that a user may be entitled to.")
    session_gap_minutes: Annotated[int, Field(ge=1)] = Field(30, description="A longer pause ends a session.")
    business_hours: tuple[int, int] = Field((8, 18), description="From the first hour up to the second, Monday-Friday.")
    reference: ReferenceRule = Field(default=ReferenceRule(), description='A table, or its kind alone: `"week"`.')
    segments: Segments = Segments()
    events: dict[Key, Event] = Field(min_length=1)
    metrics: dict[Key, Metric] = Field(min_length=1)

    @field_validator("reference", mode="before")
    @classmethod
    def _kind_alone_is_enough(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in _zone_names():
            raise ValueError(f"{value!r} is not an IANA time zone; write one such as America/Chicago")
        return value

    @field_validator("business_hours")
    @classmethod
    def _hours_are_ordered(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= value[0] < value[1] <= 24:  # noqa: PLR2004 - hours of a day
            raise ValueError("write two hours of the day, the earlier one first")
        return value

    @field_validator("segments")
    @classmethod
    def _segments_are_told_apart(cls, value: Segments) -> Segments:
        both = set(value.job_types) & set(value.group_types)
        if both:
            raise ValueError(f"{', '.join(sorted(both))} is both a job type and a group type; rename one of them")
        return value

    @model_validator(mode="after")
    def _events_are_sound(self) -> Self:
        names: dict[tuple[str, str], str] = {}
        for key, event in self.events.items():
            if event.product is not None and event.product not in self.products:
                raise ValueError(f"events.{key}: product {event.product!r} is not among `products`")
            if key == "any":
                raise ValueError("events.any: this key means all events together; choose another")
            # Two events of one name are told apart by their conditions; one without any takes the rest.
            same = (event.name, repr(sorted((event.where or {}).items(), key=str)))
            if names.setdefault(same, key) != key:
                raise ValueError(f"events.{key}: {event.name!r} is already events.{names[same]}")
        return self

    @model_validator(mode="after")
    def _metrics_are_sound(self) -> Self:
        for key, metric in self.metrics.items():
            for name in (*metric.numerator, *metric.denominator):
                problem = self.problem_with(name)
                if problem:
                    raise ValueError(f"metrics.{key}: {problem}")
            if (metric.weight is None) == (self.weights is None):
                raise ValueError(f"metrics.{key}: give a weight here, or `weights` names a file for all; not both")
        return self

    def problem_with(self, statistic: str) -> str | None:
        """Describe what is wrong with a statistic's name; None if it is right."""
        match = STATISTIC.fullmatch(statistic)
        if not match:
            return f"{statistic!r} is not written event.measure.1w"
        event, measure = match.groups()
        if event != "any" and event not in self.events:
            return f"{statistic!r}: the model has no event {event!r}"
        measures = self.measures_of(event)
        if measure not in measures:
            return f"{statistic!r}: {measure!r} is not a measure; choose one of {', '.join(measures)}"
        if measure in READ_EARLIER_WEEKS and statistic != TENURE:
            return f"{statistic!r} reads earlier weeks; a score may read only its own week"
        return None

    def measures_of(self, event: str) -> tuple[str, ...]:
        """List the measures of an event; nobody acts in a system event, so it has few."""
        if event == "any":
            return OF_ALL_EVENTS
        return OF_ONE_EVENT if self.events[event].actor == "user" else OF_SYSTEM_EVENT

    def products_of(self, metric: Metric) -> frozenset[str]:
        """Return the products whose events a metric reads; if empty, everybody is entitled to it."""
        events = [self.events.get(name.split(".")[0]) for name in (*metric.numerator, *metric.denominator)]
        if any(event is None or event.product is None for event in events):
            return frozenset()
        return frozenset(event.product for event in events if event and event.product)

    def statistic_names(self) -> list[str]:
        """List every statistic that events and measures compose: `event.measure.window`."""
        return [f"{key}.{measure}.1w" for key in ("any", *self.events) for measure in self.measures_of(key)]

    def metric_properties(self) -> list[str]:
        """List the event properties that the metrics read: fewer than those of all statistics."""
        read = {name for event in self.events.values() for name in event.where or ()}
        for metric in self.metrics.values():
            for event, measure, _ in (name.split(".") for name in (*metric.numerator, *metric.denominator)):
                if measure == "objects":
                    read |= {other.object for key, other in self.events.items() if event in ("any", key)}
                elif measure in READ_SUCCESS:
                    read.add("success")
                elif measure == "durations" or (measure in READ_DURATION and event != "any"):
                    read.add("duration_seconds")
        return sorted(read)

    def properties(self) -> list[str]:
        """List the event properties that the statistics read."""
        conditions = {name for event in self.events.values() for name in event.where or ()}
        return sorted({event.object for event in self.events.values()} | conditions | {"duration_seconds", "success"})
