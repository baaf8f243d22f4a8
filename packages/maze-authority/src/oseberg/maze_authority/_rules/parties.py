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

NAMELESS = np.uint64(0)
MARKS = {ord(mark): None for mark in " .,;:'\"-/&()"}
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
    sides = (delivery.grantors, delivery.grantees)
    marks = [plain_name_marks(parties["name"]) for parties in sides]
    suspects = np.intersect1d(pd.unique(marks[0]), pd.unique(marks[1]))
    suspects = suspects[suspects != NAMELESS]
    givers, takers = (
        parties.loc[(there := np.isin(mine, suspects, kind="sort")), ["doc", "name", "capacity"]].assign(
            plain=mine[there]
        )
        for parties, mine in zip(sides, marks, strict=True)
    )
    both = givers.merge(takers, on=["doc", "plain"])
    # A trustee who conveys to himself is two parties in law.
    alike = both["capacity_x"].astype(object).fillna("") == both["capacity_y"].astype(object).fillna("")
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
    givers, takers = (named(delivery, parties) for parties in (delivery.grantors, delivery.grantees))
    # Parties on only one side are never odd, and nearly all are; what follows is small.
    both = np.intersect1d(givers["name"].unique(), takers["name"].unique())
    gives = counts(givers.loc[givers["name"].isin(both)])
    takes = counts(takers.loc[takers["name"].isin(both)])
    odd = gives.loc[gives["count"] == 1].merge(takes.loc[takes["count"] >= OFTEN], on=["kind", "name"])
    if odd.empty:
        return nothing()
    odd = odd.rename(columns={"count_y": "takes"}).merge(givers, on=["kind", "name"])
    facing = takers.loc[takers["doc"].isin(odd["doc"])]
    facing = facing.merge(counts(takers.loc[takers["name"].isin(facing["name"])]), on=["kind", "name"])
    # A party facing it that often takes shows that the document is as usual.
    odd = odd.loc[~odd["doc"].isin(facing.loc[facing["count"] > 1, "doc"])]
    odd = odd.sort_values(["doc", "place"]).drop_duplicates("doc")
    said = [f"{number:,} documents" for number in odd["takes"]]
    return flag(delivery, odd["doc"], delivery.grantors["name"].iloc[odd["place"]].tolist(), said)


def named(delivery: Delivery, parties: pd.DataFrame) -> pd.DataFrame:
    """Return the named parties of one side.

    Args:
        delivery: What is checked.
        parties: The side's parties.

    Returns:
        place (the row among the parties), doc, kind (a code of the document's type), name (a number that is equal for
        names with the same letters and digits).
    """
    names = plain_name_marks(parties["name"])
    kinds = delivery.documents["document_type"].cat.codes.to_numpy()[parties["doc"].to_numpy()]
    frame = pd.DataFrame({"place": np.arange(len(parties)), "doc": parties["doc"], "kind": kinds, "name": names})
    kept: pd.DataFrame = frame.loc[names != NAMELESS]
    return kept


def counts(parties: pd.DataFrame) -> pd.DataFrame:
    """Count in how many documents of each type each name is."""
    once = parties[["doc", "kind", "name"]].drop_duplicates()
    counted: pd.DataFrame = once.groupby(["kind", "name"]).size().reset_index(name="count")
    return counted


def plain_name_marks(names: pd.Series) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Return a hash of each name's letters and digits, `NAMELESS` where it has none."""
    codes, distinct = factorized(names)
    reduced = np.array([*map(reduced_name, distinct), ""], dtype=object)
    marks = np.where(reduced == "", NAMELESS, pd.util.hash_array(reduced, categorize=False))
    return np.asarray(marks[codes], dtype=np.uint64)


def reduced_name(name: str) -> str:
    """Return the letters and digits of a name in one case."""
    return name.upper().translate(MARKS)
