"""The reference that users are compared with: decile cuts of each continuous metric, fitted once and kept."""

from __future__ import annotations

import json
import warnings
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from oseberg.health_model._measures.roster import Roster
from oseberg.health_model._model.definition import Definition
from oseberg.health_model._score.deciles import decile_cuts
from oseberg.health_model.errors import DataError, FewUsersWarning, ReferenceMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FEWEST_WEEKS = 3  # of two weeks, nobody can tell which one is unusual
HARDLY_ANY = 0.05  # of the usual share of active users; no holiday is that quiet
MANY = 20  # users of a metric in a usual week: with fewer, a week without any is chance
FEW = 200  # a tenth of fewer is under 20 people: each of them moves a cut


class Reference(BaseModel):
    """Decile cuts, with the weeks they come from; never changed once fitted.

    Attributes:
        model_version: The model whose metrics were fitted.
        weeks: The weeks pooled, as `2026-W46`.
        users: How many different users they hold.
        cuts: For each continuous metric nine cuts, ascending; none if nobody was entitled to it.
        zeros: For each continuous metric the share of users with 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_version: str
    weeks: tuple[str, ...] = ()
    users: int
    cuts: dict[str, tuple[float, ...]]
    zeros: dict[str, float] = {}

    @property
    def id(self) -> str:
        """A name made of the weeks and the content: equal references have equal names, however they were stored."""
        span = f"{self.weeks[0]}-to-{self.weeks[-1]}" if self.weeks else "unnamed"
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return f"{span}-{sha256(content.encode()).hexdigest()[:12]}"

    def to_json(self) -> str:
        """Return the reference as JSON text, which `from_json` reads.

        Returns:
            The text, on one line.
        """
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Returns:
            The reference, equal to the one that was written.

        Raises:
            ReferenceMismatchError: The text is not a reference.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ReferenceMismatchError(f"This is not a stored reference: {error.errors()[0]['msg']}.") from None

    @classmethod
    def from_stored(cls, content: Mapping[str, Any]) -> Self:
        """Rebuild a reference from plain data, as `model_dump` wrote it.

        Returns:
            A reference equal to the stored one.

        Raises:
            ReferenceMismatchError: The data is not a reference.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise ReferenceMismatchError(f"This is not a stored reference: {error.errors()[0]['msg']}.") from None


def fit_reference(definition: Definition, version: str, frames: Sequence[pd.DataFrame]) -> Reference:
    """Pool the frames' users, zeros included, and cut each continuous metric; see `HealthModel.fit`."""
    if not frames:
        raise DataError("A reference needs at least one week of statistics.")
    frames = with_tracking(frames)
    users = len(pd.unique(np.concatenate([frame.index.to_numpy() for frame in frames])))
    if users < FEW:
        warnings.warn(
            f"The reference has only {users:,} user{'s' * (users != 1)};"
            f" with fewer than {FEW}, single users can shift the deciles.",
            FewUsersWarning,
            stacklevel=3,
        )
    rosters = [Roster(frame.reindex(columns=["products"])) for frame in frames]
    cuts, zeros = {}, {}
    for key, metric in definition.metrics.items():
        if metric.kind != "continuous":
            continue
        products = definition.products_of(metric)
        weeks_of_metric = [
            column(frame, key)[roster.entitled(products)] for frame, roster in zip(frames, rosters, strict=True)
        ]
        values = np.concatenate(without_silence(weeks_of_metric))
        cuts[key] = tuple(decile_cuts(values).tolist())
        zeros[key] = float(np.mean(values == 0)) if values.size else 0.0
    weeks = tuple(sorted({str(frame.attrs["week"]) for frame in frames if "week" in frame.attrs}))
    return Reference(model_version=version, weeks=weeks, users=users, cuts=cuts, zeros=zeros)


def with_tracking(frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Drop the weeks in which hardly anybody was active while many were in others: their tracking was lost.

    Pooled in, their zeros would lower every cut and lift all later scores.
    """
    if len(frames) < FEWEST_WEEKS:
        return list(frames)
    shares = np.array([active_share(frame) for frame in frames])
    usual = float(np.median(shares[shares > 0])) if (shares > 0).any() else 0.0
    return [frame for frame, share in zip(frames, shares, strict=True) if share > HARDLY_ANY * usual or not usual]


def active_share(frame: pd.DataFrame) -> float:
    """Return the share of a week's users who did something; unknown counts as all."""
    if "active" not in frame or frame.empty:
        return 1.0 if len(frame) else 0.0
    return float(frame["active"].astype(bool).mean())


def without_silence(weeks: Sequence[NDArray[np.float64]]) -> Sequence[NDArray[np.float64]]:
    """Drop, for each metric, the weeks in which hardly anybody used it while many usually do: its event was lost."""
    if len(weeks) < FEWEST_WEEKS:
        return weeks
    shares = np.array([float(np.mean(values > 0)) if values.size else 0.0 for values in weeks])
    users = np.array([np.count_nonzero(values > 0) for values in weeks])
    usual, many = np.median(shares), np.median(users) >= MANY
    return [values for values, share in zip(weeks, shares, strict=True) if share > HARDLY_ANY * usual or not many]


def column(frame: pd.DataFrame, key: str) -> NDArray[np.float64]:
    """Return a metric's values; NaN counts as 0.

    Raises:
        DataError: The frame has no such column.
    """
    if key not in frame:
        raise DataError(f"The statistics have no column {key!r}; they come from another model.")
    return np.asarray(np.nan_to_num(frame[key].to_numpy(np.float64, na_value=0.0)))
