"""The users to score: whom the week is about, what they bought, which weights are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from oseberg.health_model._frames import TRUTH, need
from oseberg.health_model.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

IDENTITY = ("group_id", "job_type", "group_type", "products")


@dataclass(frozen=True)
class Roster:
    """Users with what decides their entitlement and weights; the frame is indexed by user_id."""

    frame: pd.DataFrame

    @classmethod
    def read(cls, users: pd.DataFrame | Iterable[Mapping[str, Any]]) -> Roster:
        """Select the enabled users of a frame or of a list of mappings.

        Only `user_id` must be there; absent columns mean enabled, no group, no job type, every product.

        Raises:
            DataError: user_id is missing or appears twice, or `enabled` is neither yes nor no.
        """
        frame = users if isinstance(users, pd.DataFrame) else pd.DataFrame(list(users))
        need(frame, ("user_id",), "users")
        if "enabled" in frame:
            frame = frame[truths(frame["enabled"])]
        twice = frame["user_id"][frame["user_id"].duplicated()]
        if frame["user_id"].isna().any() or len(twice):
            wrong = f"{twice.iloc[0]} appears twice" if len(twice) else "one is missing"
            raise DataError(f"The users' user_id must name each user once, but {wrong}.")
        ids = frame["user_id"].astype("int64") if frame["user_id"].dtype == "Int64" else frame["user_id"]
        identity = frame.set_index(pd.Index(ids, name="user_id")).reindex(columns=list(IDENTITY))
        return cls(identity.assign(products=identity["products"].map(joined, na_action="ignore")))

    @property
    def ids(self) -> NDArray[Any]:
        """The users' ids, shape (users,)."""
        return self.frame.index.to_numpy()

    def entitled(self, products: frozenset[str]) -> NDArray[np.bool_]:
        """Whether each user has one of some products, shape (users,); everybody has what is shared by all."""
        if not products:
            return np.ones(len(self.frame), dtype=bool)
        codes, spellings = pd.factorize(self.frame["products"])
        wanted = {product.lower() for product in products}
        has = [not owned(text) or bool(owned(text) & wanted) for text in spellings]
        return np.array([*has, True], dtype=bool)[codes]  # products unknown: all of them

    def codes(self, column: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return a text column as codes into its spellings, -1 where it is missing."""
        codes, values = pd.factorize(self.frame[column])
        return codes.astype(np.int64), [str(value) for value in values]


def truths(column: pd.Series[Any]) -> NDArray[np.bool_]:
    """Read yes and no, however they are written; missing ones mean yes.

    Raises:
        DataError: A value is neither.
    """
    codes, values = pd.factorize(column)
    for value in values:
        if str(value).lower() not in TRUTH:
            raise DataError(f"The users' `enabled` holds {value!r}. Write true or false.")
    return np.array([*(TRUTH[str(value).lower()] for value in values), True], dtype=bool)[codes]


def joined(products: object) -> object:
    """Write a list of products as `Atla;Sol`."""
    return ";".join(map(str, products)) if isinstance(products, list | tuple | set) else products


def owned(products: object) -> set[str]:
    """Read `Atla;Sol`; nothing written means that the products are not known."""
    return {part.strip().lower() for part in str(products).split(";")} - {""}
