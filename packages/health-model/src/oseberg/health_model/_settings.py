"""The settings of scoring, typed for `oseberg.toml`'s section `[score]` or any other source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from oseberg.health_model._churn.cancellations import CancellationColumns
from oseberg.health_model._churn.history import DEFAULT_THRESHOLD


class ScoreSettings(BaseModel):
    """Settings of scoring that don't change the model.

    Attributes:
        model: A model file; default: the shipped one.
        threshold: A company's week is low at or below this score, 0-100.
        cancellations: The headings of the file of cancellations, where they are others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Path | None = None
    threshold: Annotated[float, Field(ge=0, le=100)] = DEFAULT_THRESHOLD
    cancellations: CancellationColumns = CancellationColumns()
