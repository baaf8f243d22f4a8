"""The health model: from events to statistics, a reference, and scores."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from oseberg.health_model._atomic import write_text
from oseberg.health_model._lake.files import Lake
from oseberg.health_model._lake.week import statistics_of_lake
from oseberg.health_model._measures.activity import read_activity
from oseberg.health_model._measures.catalogue import statistics_frame
from oseberg.health_model._measures.roster import Roster
from oseberg.health_model._model.definition import Definition
from oseberg.health_model._model.meanings import describe_statistics
from oseberg.health_model._model.toml import SHIPPED, read_definition
from oseberg.health_model._model.weights import Weights, read_weights, weights_csv
from oseberg.health_model._score.reference import Reference, fit_reference
from oseberg.health_model._score.users import ScoreResult, score_frame
from oseberg.health_model._week import Week
from oseberg.health_model.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from concurrent.futures import Executor
    from datetime import date, datetime


@dataclass(frozen=True)
class ModelMetric:
    """One metric with its default weight.

    Attributes:
        id: Its name in statistics, contributions and the sheet of weights.
        kind: `continuous` (decile points), `percentage` (the share itself) or `boolean` (1 or 0).
        weight: 1 to 5; 5 is the most impactful, or the hardest to use. 0 switches the metric off.
        question: What it asks, in plain words.
        weights: The weights of job types and group types that differ.
    """

    id: str
    kind: Literal["continuous", "percentage", "boolean"]
    weight: int
    question: str
    weights: Mapping[str, int]


@dataclass(frozen=True)
class HealthModel:
    """A model file with its weights.

    >>> model = HealthModel.load()
    >>> len(model.metrics), sum(metric.weight for metric in model.metrics)
    (30, 93)
    """

    definition: Definition
    weights: Weights
    # Where a model came from is not part of it: two copies of one model are equal.
    path: Path | None = field(default=None, compare=False)

    @classmethod
    def load(cls, path: str | Path | None = None, *, weights: str | Path | None = None) -> HealthModel:
        """Read a model file and the sheet of weights that it names.

        Args:
            path: A TOML file; default: the shipped model of Atla and Sol.
            weights: A sheet (CSV or xlsx) to use instead of the model's own weights.

        Returns:
            The model, checked, with its weights.

        Raises:
            ModelError: One of the files is wrong; the message names file, line or row, and key.
        """
        path = Path(path) if path is not None else SHIPPED
        definition = read_definition(path)
        if weights is not None:
            return cls(definition, read_weights(weights, definition), path)
        if definition.weights is not None:
            return cls(definition, read_weights(path.parent / definition.weights, definition), path)
        own = {key: {"default": metric.weight or 0} for key, metric in definition.metrics.items()}
        return cls(definition, own, path)

    def save(self, folder: str | Path | None = None) -> Path:
        """Write the model's weights next to its file, or a copy of both into a folder; each whole or not at all.

        Args:
            folder: Where the copy goes; default: the weights of the file that the model was loaded from are replaced.

        Returns:
            The model file to load from now on.

        Raises:
            ModelError: The shipped model can't be changed where it is; or the model states its weights within its file.
        """
        if self.path is None or self.definition.weights is None:
            raise ModelError("The model file itself states the weights. Edit them there.")
        if folder is None and self.is_shipped:
            raise ModelError("The shipped model can't be changed. Save a copy into a folder and use that.")
        target = self.path if folder is None else Path(folder) / "model.toml"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target.parent / self.definition.weights, weights_csv(self.definition, self.weights))
        if target != self.path:
            write_text(target, self.path.read_text(encoding="utf-8"))
        return target

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> HealthModel:
        """Rebuild a model from `stored()`, so that old scores can be explained by the model that made them.

        Returns:
            The model, without a path.
        """
        return cls(Definition.model_validate(stored["model"]), {k: dict(v) for k, v in stored["weights"].items()})

    def stored(self) -> dict[str, Any]:
        """Return definition and weights as plain data, ready for JSON.

        Returns:
            What `from_stored` reads.
        """
        model = self.definition.model_dump(mode="json")
        # What is not stated, and what changes no score, must not make a new version of a model.
        for event in model["events"].values():
            if event["where"] is None:
                del event["where"]
        for metric in model["metrics"].values():
            del metric["why"], metric["source"]
        return {"model": model, "weights": self.weights}

    @cached_property
    def sha256(self) -> str:
        """The hash of definition and weights; comments and spelling do not matter."""
        return sha256(json.dumps(self.stored(), sort_keys=True).encode()).hexdigest()

    @property
    def version(self) -> str:
        """The model's name and the beginning of its hash: any change of model or weights changes it."""
        return f"{self.definition.name}-{self.sha256[:12]}"

    @property
    def is_shipped(self) -> bool:
        """Whether this is the model that comes with the package, whose files must not be changed."""
        return self.path == SHIPPED

    @property
    def time_zone(self) -> str:
        """The zone in which the model's weeks run."""
        return self.definition.time_zone

    @property
    def metrics(self) -> tuple[ModelMetric, ...]:
        """The metrics in the model's order."""
        return tuple(
            ModelMetric(
                id=key,
                kind=metric.kind,
                weight=self.weights[key]["default"],
                question=metric.question,
                weights={name: weight for name, weight in self.weights[key].items() if name != "default"},
            )
            for key, metric in self.definition.metrics.items()
        )

    @property
    def properties(self) -> list[str]:
        """The event properties that the statistics read."""
        return self.definition.properties()

    @property
    def metric_properties(self) -> list[str]:
        """The event properties that suffice for `statistics(..., only="model")`."""
        return self.definition.metric_properties()

    @property
    def attainable(self) -> float:
        """The largest score that a user of every product can get with the default weights: deciles end at 0.9."""
        best = sum(metric.weight * (9 if metric.kind == "continuous" else 10) for metric in self.metrics)
        return 10 * best / max(sum(metric.weight for metric in self.metrics), 1)

    def describe_statistics(self) -> pd.DataFrame:
        """Describe every statistic: what it says, its unit and its range.

        Returns:
            A row for each statistic, in the model's order: statistic, meaning and unit (str), lowest and highest
            (float64, infinite where unbounded).
        """
        return describe_statistics(self.definition)

    def event_window(self, week: str | date | Week) -> tuple[datetime, datetime]:
        """Return the time span of the events that `statistics` needs for a week.

        Returns:
            The first instant of the week and the one after its last, as aware datetimes.
        """
        return Week.parse(week).window(self.time_zone)

    def statistics(
        self,
        events: pd.DataFrame | Lake,
        users: pd.DataFrame | Iterable[Mapping[str, Any]],
        week: str | date | Week,
        *,
        only: Literal["model"] | None = None,
        executor: Executor | None = None,
    ) -> pd.DataFrame:
        """Measure each enabled user's week.

        Args:
            events: user_id, event, time (with a time zone), and the columns of `properties` that there are, as native
                values or as text. Events of other users, or that the model does not name, are left aside. Earlier weeks
                only tell who is new, for how long, and to what (`any.first.1w`, `any.tenure.1w`, `any.new_kinds.1w`,
                `share.first.1w`), as far back as they go; without them these are NaN. Or a `Lake`, of which only the
                week itself is read, piece by piece, within bounded memory.
            users: user_id, and where known enabled, group_id, job_type, group_type, products (`Atla;Sol` or a
                list; blank: all), since and until (dates, half-open): a user counts in a week if the interval covers
                any of its days; of several rows of a user the last one in the week counts.
            week: `2026-W46` or a day within it.
            only: `"model"` leaves out the statistics beyond the metrics.
            executor: Does the work of a lake: a process pool, or `client.get_executor(pure=False)` of a Dask client.
                The numbers are the same to the last bit.

        Returns:
            A row for each enabled user, indexed by user_id in the order of `users`: group_id, job_type, group_type and
            products as given, active and passive_only (bool), a float64 column for each metric, and (unless `only`)
            one for each statistic, such as `atla_query.days.1w`.

        Raises:
            DataError: A column is missing, a user appears twice in the week, `enabled` is neither yes nor no, or times
                lack a zone.
            WeekError: The text is not a week, or the lake lacks days of it.
        """
        moment = Week.parse(week)
        roster, everything = Roster.read(users, moment), only is None
        if isinstance(events, Lake):
            frame = statistics_of_lake(
                events, roster, self.definition, moment, everything=everything, executor=executor
            )
        else:
            frame = statistics_frame(read_activity(events, roster, self.definition, moment), everything=everything)
        frame.attrs["week"] = str(moment)
        return frame

    def unknown_events(self, events: pd.DataFrame) -> dict[str, int]:
        """Count the events that the model does not name; statistics ignore them.

        Returns:
            The number of events by name, the most frequent first.
        """
        known = [event.name for event in self.definition.events.values()]
        names = events["event"]
        return {str(name): int(count) for name, count in names[~names.isin(known)].value_counts().items()}

    def fit(self, statistics: pd.DataFrame | Iterable[pd.DataFrame]) -> Reference:
        """Fit the decile cuts on all users of one or several weeks, zeros included.

        Users without a metric's product don't count in its cuts. Weeks in which hardly anybody was active while in
        others many were are left out: their tracking was lost. So is, for one metric, a week in which its event was
        lost. Fewer than 200 users raise a `FewUsersWarning`.

        Returns:
            The reference with the cuts of each continuous metric; store it with `to_json`.

        Raises:
            DataError: No frame was passed, or one lacks a metric.
        """
        frames = [statistics] if isinstance(statistics, pd.DataFrame) else list(statistics)
        return fit_reference(self.definition, self.version, frames)

    def score(self, statistics: pd.DataFrame, reference: Reference) -> ScoreResult:
        """Score every user of a frame: 100 x sum of weight x points / sum of weights, rounded once, half up.

        Args:
            statistics: From `statistics`.
            reference: From `fit`.

        Returns:
            The scores, and what each of them is made of.

        Raises:
            DataError: The frame lacks a metric.
            ReferenceMismatchError: The reference lacks a metric.
        """
        return score_frame(self.definition, self.weights, self.version, statistics, reference)
