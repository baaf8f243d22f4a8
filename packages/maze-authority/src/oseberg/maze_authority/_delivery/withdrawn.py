"""Withdrawn documents: which days a delivery repeats, and which of their documents it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from oseberg.maze_authority._delivery.before import Before
    from oseberg.maze_authority._delivery.coverage import Days

REPEATED = 0.5  # a day counts as sent again when at least this share of its documents is


def find_withdrawn(
    before: Before, fips: str, mine: set[str], window: Days | None, anew: set[tuple[str, str]]
) -> pd.DataFrame:
    """Return the documents of a county that a delivery should hold again and does not.

    Args:
        before: What was delivered before.
        fips: The county.
        mine: The identities of the delivery's documents.
        window: Its first and last recorded day.
        anew: The counties and prefixes whose count starts over each year.

    Returns:
        The documents as `placed_in_series` returns them.
    """
    own = placed_in_series(fips, before.replaced(fips), anew)
    between = None if window is None else placed_in_series(fips, before.between(fips, *window), anew)
    return withdrawn_in_all(own, mine, between, before.withdrawn.get(fips, ()))


def withdrawn_in_all(
    own: pd.DataFrame, present: set[str], between: pd.DataFrame | None, gone_before: Iterable[tuple[str, date]]
) -> pd.DataFrame:
    """Return the documents that a delivery should hold again and does not: of its earlier versions, and of its days.

    Args:
        own: Documents that only earlier versions of the delivery have held: identity, text, day.
        present: The identities of the delivery's documents.
        between: The documents that are known from before, see `withdrawn`; None for a delivery without days, which
            can't repeat any.
        gone_before: The numbers and days of documents that are withdrawn already.

    Returns:
        The rows of both that are withdrawn, each document once.
    """
    # A delivery takes the place of its earlier version, whichever days it has.
    parts = [own.loc[~own["identity"].isin(present)]]
    if between is not None:
        # What only this delivery has ever held, a late document say, doesn't show that it repeats a day.
        absent = [*gone_before, *zip(own["text"], own["day"], strict=True)]
        parts.append(withdrawn(between, present, absent))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True).drop_duplicates("identity")


def withdrawn(before: pd.DataFrame, present: set[str], gone_before: Iterable[tuple[str, date]] = ()) -> pd.DataFrame:
    """Return the documents that a delivery should hold again and does not.

    A delivery repeats a day if it holds at least half of the documents that are known of it; a late document, or a few
    corrected ones, repeat nothing. What is known of a repeated day, or of a day between two repeated ones, and is not
    in the delivery, is withdrawn.

    Args:
        before: Documents of one county that are known from before, of all days from the first to the last one of the
            delivery: identity, text, day.
        present: The identities of the delivery's documents.
        gone_before: The numbers and days of documents that are withdrawn already. One that comes back fills a hole, as
            a late document does: it doesn't show that its day is sent again.

    Returns:
        The rows of `before` that are withdrawn.
    """
    dated = before.loc[before["day"].notna()]
    if dated.empty:
        return dated
    # By share of the day, not by the first and last day: a late document is in the window of its month.
    again = dated["identity"].isin(present)
    absent = pd.MultiIndex.from_tuples([(text, pd.Timestamp(day)) for text, day in gone_before] or [("", pd.NaT)])
    telling = again.where(~pd.MultiIndex.from_frame(dated[["text", "day"]]).isin(absent))
    share = telling.astype("float64").groupby(dated["day"]).mean()
    repeated = (share >= REPEATED).to_numpy()
    gone = dated.loc[~again]
    return gone.loc[gone["day"].isin(share.index[repeated | surrounded(repeated)])]


def placed_in_series(fips: str, earlier: pd.DataFrame, anew: set[tuple[str, str]]) -> pd.DataFrame:
    """Return documents from before with their series as it is known now, and what identifies them.

    Args:
        fips: The county.
        earlier: Documents as `Before.between` returns them.
        anew: The counties and prefixes whose count starts over each year.

    Returns:
        The documents with `county_fips`, `shown` and `identity`.
    """
    restarts = np.array([(fips, prefix) in anew for prefix in earlier["prefix"]], dtype=bool)
    years = earlier["year"].astype(str).to_numpy(dtype=object)
    prefixes = earlier["prefix"].to_numpy(dtype=object)
    shown = np.where(restarts, years + "/" + prefixes, prefixes) if len(earlier) else prefixes
    identity = shown + "\x1f" + earlier["text"].to_numpy(dtype=object) if len(earlier) else prefixes
    return earlier.assign(county_fips=fips, shown=shown, identity=identity)


def surrounded(flags: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which places have a true neighbor on both sides."""
    earlier, later = np.append(False, flags[:-1]), np.append(flags[1:], False)
    return np.asarray(earlier & later)
