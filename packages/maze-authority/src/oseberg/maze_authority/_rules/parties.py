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

OFTEN = 5  # documents after which a party's side is known
SWAPPED: dict[str, Any] = {"grantors": [{"name": "RED BLUFF LLC"}], "grantees": [{"name": "COX RUTH"}]}


def deeds(count: int) -> list[dict[str, Any]]:
    """Return so many leases of one company with different people."""
    return [
        {
            "instrument_number": f"18-{number:07d}",
            "page": str(100 + 3 * number),
            "images": [{"path": f"images/{number}.pdf"}],
            "grantors": [{"name": f"HALE {number}"}],
            "grantees": [{"name": "RED BLUFF LLC"}],
        }
        for number in range(1, count + 1)
    ]


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
    # A party without a name is not a party.
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
    # A trustee who conveys to himself is two parties in law.
    alike = both["capacity_x"].fillna("") == both["capacity_y"].fillna("")
    both = both.loc[alike].sort_values(["doc", "name_x"]).drop_duplicates("doc")
    if both.empty:
        return nothing()
    return flag(delivery, both["doc"], both["name_x"].tolist(), "different parties")


@rule(
    "MA503",
    title="Parties probably swapped",
    severity="warning",
    authority="PRIA, Indexing Names and Parties (2015)",
    fix="Look at the image; if the sides are swapped, have the entry corrected",
    message="{key}: {value} is grantor here, and grantee in {expected} of the same type",
    scope="delivery",
    passing=Example(*deeds(6)),
    failing=Example(*deeds(6), deeds(7)[6] | SWAPPED),
)
def swapped_sides(delivery: Delivery) -> pd.DataFrame:
    """A party that is always on the other side of a type of document, against one that never is on its side.

    The lessee of many leases is not the lessor of one. Judged by names with at least five documents of the type, all
    of them on the other side, where none of those facing them was ever on that side.
    """
    kinds = delivery.documents["document_type"].to_numpy(dtype=object)
    sides = []
    for side, parties in enumerate((delivery.grantors, delivery.grantees)):
        frame = pd.DataFrame({"doc": parties["doc"], "name": plain_names(parties["name"]), "shown": parties["name"]})
        sides.append(frame.assign(side=side, kind=kinds[parties["doc"].to_numpy()]))
    both = pd.concat(sides, ignore_index=True)
    both = both.loc[both["name"] != ""].drop_duplicates(["doc", "name", "side"])
    for side, name in enumerate(("gives", "takes")):
        both[name] = (both["side"] == side).groupby([both["kind"], both["name"]]).transform("sum")
    odd = both.loc[(both["side"] == 0) & (both["gives"] == 1) & (both["takes"] >= OFTEN)]
    if odd.empty:
        return nothing()
    facing = both.loc[(both["side"] == 1) & both["doc"].isin(odd["doc"])]
    # A party facing it that often takes shows that the document is as usual.
    usual = facing.loc[facing["takes"] > 1, "doc"]
    odd = odd.loc[~odd["doc"].isin(usual)].drop_duplicates("doc")
    count = [f"{number:,} documents" for number in odd["takes"]]
    return flag(delivery, odd["doc"], odd["shown"].tolist(), count)


def plain_names(names: pd.Series) -> np.ndarray[Any, Any]:
    """Reduce names to letters and digits in one case; each distinct name once."""
    codes, distinct = factorized(names)
    table = {ord(mark): None for mark in " .,;:'\"-/&()"}
    reduced = np.array([*(name.upper().translate(table) for name in distinct), ""], dtype=object)
    spread: np.ndarray[Any, Any] = reduced[codes]
    return spread
