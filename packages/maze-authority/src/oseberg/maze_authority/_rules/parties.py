"""MA50x: grantors and grantees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import flag, nothing
from oseberg.maze_authority._records.columns import factorized
from oseberg.maze_authority._registry import Example, rule
from oseberg.maze_authority._rules.fields import filled


@rule(
    "MA501",
    title="No grantor or no grantee",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.003, 193.009(b); NMSA 14-10-3",
    fix="Read the party from the image; ask the vendor for the missing entry",
    message="{key} has no {value}",
    passing=Example({}),
    failing=Example({"grantors": []}),
)
def parties_on_both_sides(delivery: Delivery) -> pd.DataFrame:
    """The cross-index lists every document under its grantors and under its grantees."""
    lacking = np.ones((len(delivery), 2), dtype=bool)
    for column, parties in enumerate((delivery.grantors, delivery.grantees)):
        lacking[parties["doc"].to_numpy()[filled(parties["name"])], column] = False
    bad = np.flatnonzero(lacking.any(axis=1))
    words = {(True, False): "grantor", (False, True): "grantee", (True, True): "grantor and no grantee"}
    return flag(delivery, bad, [words[bool(row[0]), bool(row[1])] for row in lacking[bad]], "one on each side")


@rule(
    "MA502",
    title="Same party on both sides",
    severity="warning",
    authority="PRIA, Indexing Names and Parties (2015)",
    fix="Look at the image; one side is indexed wrongly, unless a person deals with themselves in another capacity",
    message="{key}: {value} is grantor and grantee",
    passing=Example({}),
    failing=Example({"grantees": [{"name": "Hale, Robert K."}]}),
)
def party_on_both_sides(delivery: Delivery) -> pd.DataFrame:
    """Nobody grants to himself. Another capacity (as trustee, as executor) is another party."""
    grantors, grantees = delivery.grantors, delivery.grantees
    codes, names = pd.factorize(np.concatenate([plain_names(grantors["name"]), plain_names(grantees["name"])]))
    givers = grantors[["doc", "name", "capacity"]].assign(plain=codes[: len(grantors)])
    takers = grantees[["doc", "name", "capacity"]].assign(plain=codes[len(grantors) :])
    suspects = np.intersect1d(givers["plain"].unique(), takers["plain"].unique())
    suspects = suspects[names[suspects] != ""]
    givers, takers = (parties.loc[parties["plain"].isin(suspects)] for parties in (givers, takers))
    both = givers.merge(takers, on=["doc", "plain"])
    alike = both["capacity_x"].fillna("") == both["capacity_y"].fillna("")
    both = both.loc[alike].sort_values(["doc", "name_x"]).drop_duplicates("doc")
    if both.empty:
        return nothing()
    return flag(delivery, both["doc"], both["name_x"].tolist(), "different parties")


def plain_names(names: pd.Series) -> np.ndarray[Any, Any]:
    """Reduce names to letters and digits in one case; each distinct name once."""
    codes, distinct = factorized(names)
    table = {ord(mark): None for mark in " .,;:'\"-/&()"}
    reduced = np.array([*(name.upper().translate(table) for name in distinct), ""], dtype=object)
    spread: np.ndarray[Any, Any] = reduced[codes]
    return spread
