"""Which days a delivery repeats, and what it then lacks: withdrawn is not the same as not sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

REPEATED = 0.5  # a day counts as sent again when at least this share of its documents is


def withdrawn(before: pd.DataFrame, present: set[str]) -> pd.DataFrame:
    """Return the documents that a delivery should hold again and does not.

    A delivery repeats a day if it holds at least half of the documents that are known of it; a late document, or a few
    corrected ones, repeat nothing. What is known of a repeated day, or of a day between two repeated ones, and is not
    in the delivery, is withdrawn.

    Args:
        before: Documents of one county that are known from before, of all days from the first to the last one of the
            delivery: identity, day.
        present: The identities of the delivery's documents.

    Returns:
        The rows of `before` that are withdrawn.
    """
    dated = before.loc[before["day"].notna()]
    if dated.empty:
        return dated
    # By share of the day, not by the first and last day: a late document is in the window of its month.
    again = dated["identity"].isin(present)
    share = again.groupby(dated["day"]).mean()
    repeated = (share >= REPEATED).to_numpy()
    gone = dated.loc[~again]
    return gone.loc[gone["day"].isin(share.index[repeated | surrounded(repeated)])]


def placed_in_series(fips: str, earlier: pd.DataFrame, anew: set[tuple[str, str]]) -> pd.DataFrame:
    """Return documents from before with their series as it is known now, and what identifies them.

    Args:
        fips: The county.
        earlier: Documents as `Before.between` returns them.
        anew: The counties and prefixes whose count starts anew each year.

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
    """Return which places have a set neighbor on both sides."""
    earlier, later = np.append(False, flags[:-1]), np.append(flags[1:], False)
    return np.asarray(earlier & later)
