"""The quarantine: the records with an error or worse that no waiver covers, and everything found about each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._findings import Outcome, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Quarantine:
    """Which documents of a delivery are in quarantine, and why.

    Attributes:
        outcomes: What the rules found.
        count: How many documents were checked.
    """

    outcomes: Sequence[Outcome]
    count: int

    @cached_property
    def mask(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For each document whether it is in quarantine."""
        bad = np.zeros(self.count, dtype=bool)
        for outcome in self.outcomes:
            docs = outcome.severe["doc"].to_numpy()
            bad[docs[docs >= 0]] = True
        return bad

    @cached_property
    def reasons(self) -> dict[int, list[str]]:
        """For each document in quarantine everything that was found about it, warnings included."""
        found: dict[int, list[str]] = {int(doc): [] for doc in np.flatnonzero(self.mask)}
        for outcome in self.outcomes if found else ():
            docs = outcome.findings["doc"].to_numpy()
            mine = outcome.findings.loc[(docs >= 0) & self.mask[np.maximum(docs, 0)]]
            for row in mine.to_dict("records"):
                found[row["doc"]].append(f"{row['rule']} {sentence(outcome.rule.message, row)}")
        return found

    def split(
        self, records: pd.DataFrame, order: np.ndarray[Any, np.dtype[np.int64]]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Part records into good ones and those in quarantine, which get a column `reasons`.

        Args:
            records: One row for each document, in the order of the input.
            order: For each document its row in `records`.

        Returns:
            The good records and the quarantine, both in the order of the input.
        """
        # Documents are ordered by file and line; people want their records in the order they gave them.
        docs = np.empty(len(records), dtype=np.int64)
        docs[order] = np.arange(len(order))
        mask = self.mask[docs]
        quarantine = records.loc[mask].copy()
        texts = [self.reasons[doc] for doc in docs[mask].tolist()]
        quarantine["reasons"] = pd.Series(texts, index=quarantine.index, dtype=object)
        return records.loc[~mask].copy(), quarantine
