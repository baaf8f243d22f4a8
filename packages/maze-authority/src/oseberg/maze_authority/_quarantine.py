"""The quarantine: the records with an error or worse that no waiver covers, and everything found about each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pandas as pd

from oseberg.maze_authority._atomic import replacing
from oseberg.maze_authority._findings import Outcome, sentence
from oseberg.maze_authority._records.columns import plain
from oseberg.maze_authority._records.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike


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
        """For each document in quarantine all of its findings, warnings included."""
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
        """Split records into good ones and those in quarantine, which get a column `reasons`.

        Args:
            records: One row for each document, in the order of the input.
            order: For each document its row in `records`.

        Returns:
            The good records and the quarantine, both in the order of the input.
        """
        docs = places_of(order)
        mask = self.mask[docs]
        quarantine = records.loc[mask].copy()
        texts = [self.reasons[doc] for doc in docs[mask].tolist()]
        quarantine["reasons"] = pd.Series(texts, index=quarantine.index, dtype=object)
        return records.loc[~mask].copy(), quarantine

    def write_split(
        self, folder: str | PathLike[str], origin: Origin, order: np.ndarray[Any, np.dtype[np.int64]]
    ) -> tuple[int, int]:
        """Write the good records and those in quarantine, which get a field `reasons`, each into a file of its own.

        A file of records is read again line by line, so that memory holds one record at a time, and a good record is
        written as it was.

        Args:
            folder: Where `good.jsonl` and `quarantine.jsonl` are written.
            origin: The records.
            order: For each document its row in the input.

        Returns:
            How many records each file has.

        Raises:
            RecordsError: The file of the records has changed since it was checked.
            OSError: The folder is missing or may not be written to.
        """
        docs = places_of(order)
        mask = self.mask[docs]
        lines = origin.lines() if origin.lines else lines_of(origin.frame())
        # The good ones appear last: a reader who finds good.jsonl finds all of it.
        with (
            replacing(Path(folder) / "good.jsonl", private=True) as good,
            replacing(Path(folder) / "quarantine.jsonl", private=True) as quarantine,
        ):
            for doc, bad, line in zip(docs.tolist(), mask.tolist(), lines, strict=True):
                if bad:
                    quarantine.write(json_line({**orjson.loads(line), "reasons": self.reasons[doc]}))
                else:
                    good.write(line + b"\n")
        return int((~mask).sum()), int(mask.sum())


def places_of(order: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return for each row of the input its document; see `Delivery.order`."""
    # Documents are ordered by file and line; people want their records in the order they gave them.
    docs = np.empty(len(order), dtype=np.int64)
    docs[order] = np.arange(len(order))
    return docs


def lines_of(records: pd.DataFrame) -> Iterator[bytes]:
    """Yield the rows of a DataFrame as lines of JSON without their ends."""
    for row in records.to_dict("records"):
        yield json_line(row)[:-1]


def json_line(row: dict[Any, Any]) -> bytes:
    """Encode a record as a line of JSON; lone surrogates are written as escapes."""
    try:
        return orjson.dumps(row, default=spelled, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        return orjson.dumps(plain(row), default=spelled, option=orjson.OPT_APPEND_NEWLINE)


def spelled(value: Any) -> str:  # noqa: ANN401 - what orjson does not know
    """Spell a timestamp as its day, anything else as its text."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
