"""The changes that a check made in a register: new, still open and closed findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._findings import SEVERE
from oseberg.maze_authority._register.together import WITH_PARTS, overlaps
from oseberg.maze_authority._waivers import Waivers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Change:
    """The changes that a check made in the register.

    Attributes:
        new: The findings that this delivery opened; see `Register.findings` for the columns.
        still_open: Those that were open before and still are.
        closed: Those that this delivery closed.
        certified_through: By county the day through which it is certified, over all deliveries.
        held_back_by: By county what holds that day back; nothing for a county that is whole.
        overdue: The fingerprints of open findings that are older than the county's `lag_days`.
        doubts: Why the delivery's place among the county's others is uncertain; nothing where it is certain.
    """

    new: pd.DataFrame
    still_open: pd.DataFrame
    closed: pd.DataFrame
    certified_through: dict[str, date | None]
    held_back_by: dict[str, str]
    overdue: frozenset[str]
    doubts: tuple[str, ...] = ()

    def fails(self, tolerated: Iterable[str] = (), *, all_open: bool = False) -> bool:
        """Whether something needs attention: an error or worse that is not waived, and new or overdue.

        Args:
            tolerated: Rules whose findings are within their limits.
            all_open: Whether everything that is open counts.

        Returns:
            True if the change should fail a run.
        """
        old = self.still_open.loc[all_open | self.still_open["fingerprint"].isin(self.overdue)]
        parts = [part for part in (self.new, old) if len(part)]
        if not parts:
            return False
        rows = pd.concat(parts, ignore_index=True)
        severe = rows["severity"].isin(SEVERE) & rows["waived_by"].isna() & ~rows["rule"].isin(list(tolerated))
        return bool(severe.any())


def compare(before: pd.DataFrame, now: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Sort findings into new, still open and closed ones.

    A gap of which a part was delivered is still open, under the key of its rest.

    Args:
        before: The open findings before a check.
        now: Those after it.

    Returns:
        The three tables.
    """
    old = {(row["county_fips"], row["fingerprint"]): row for row in before.to_dict("records")}
    rows = now.to_dict("records")
    gaps = [row for row in old.values() if row["rule"] in WITH_PARTS]
    known = [(row["county_fips"], row["fingerprint"]) in old or any(is_part(row, gap) for gap in gaps) for row in rows]
    open_marks = {(row["county_fips"], row["fingerprint"]) for row in rows}
    open_gaps = [row for row in rows if row["rule"] in WITH_PARTS]
    gone = [mark not in open_marks and not any(is_part(gap, row) for gap in open_gaps) for mark, row in old.items()]
    flags, ended = np.array(known, dtype=bool), np.array(gone, dtype=bool)
    parts = (now.loc[~flags], now.loc[flags], before.loc[ended])
    new, still, closed = (part.reset_index(drop=True) for part in parts)
    return new, still, closed


def is_part(row: Mapping[Any, Any], gap: Mapping[Any, Any]) -> bool:
    """Whether an open finding is the rest of a gap that was open before."""
    same = row["rule"] == gap["rule"] and row["rule"] in WITH_PARTS and row["county_fips"] == gap["county_fips"]
    return same and overlaps((gap["prefix"], gap["year"], gap["first"], gap["last"]), row)


def is_overdue(row: Mapping[Any, Any], day: date, lag_days: int) -> bool:
    """Whether an open finding is older than a county's records may stay behind."""
    return row["since"] is not None and day > date.min and (day - date.fromisoformat(row["since"])).days > lag_days


def waiver_of(waivers: Waivers, rule: str, fips: str, key: str) -> str | None:
    """Return who waived a finding, None if nobody did."""
    place = waivers.find(rule, fips, key)
    return None if place is None else waivers.items[place].by
