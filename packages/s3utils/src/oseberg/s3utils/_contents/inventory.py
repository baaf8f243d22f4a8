"""Inventories: the content of a folder as a table, and the changes between two tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils._pandas import load_pandas
from oseberg.s3utils._results.objects import S3Object

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

_COLUMNS = ["bucket", "key", "size", "etag", "modified", "storage_class"]


def inventory(objects: Iterable[S3Object]) -> pd.DataFrame:
    """Make a table of a listing; its columns are those of `S3.inventory`."""
    pandas = load_pandas("inventory")
    rows = [
        (item.url.bucket, item.url.key, item.size, item.etag, item.modified, item.storage_class) for item in objects
    ]
    frame: pd.DataFrame = pandas.DataFrame(rows, columns=_COLUMNS)
    return frame.assign(modified=pandas.to_datetime(frame["modified"], utc=True), size=frame["size"].astype("int64"))


def diff_inventories(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Compare two inventories of the same folder.

    An object is changed when its ETag or size differs; rewritten with the same content, it isn't.

    Args:
        old: An earlier inventory, shape (n, 6).
        new: A later one, shape (m, 6).

    Returns:
        One row for each difference, ordered by bucket and key: bucket, key, change (`added`, `removed`, `changed`),
        old_size, new_size (bytes, Int64, NA where there is none), old_etag, new_etag.

    Example:
        >>> import pandas as pd
        >>> before = pd.DataFrame({"bucket": ["b"], "key": ["a.csv"], "size": [1], "etag": ["x"]})
        >>> after = pd.DataFrame({"bucket": ["b"], "key": ["a.csv"], "size": [2], "etag": ["y"]})
        >>> list(diff_inventories(before, after)["change"])
        ['changed']
    """
    pandas, keys = load_pandas("diff_inventories"), ["bucket", "key"]
    sides = [
        frame.set_index(keys)[["size", "etag"]].rename(columns={"size": f"{side}_size", "etag": f"{side}_etag"})
        for side, frame in (("old", old), ("new", new))
    ]
    both = sides[0].join(sides[1], how="outer").astype({"old_size": "Int64", "new_size": "Int64"})
    added, removed = both["old_etag"].isna(), both["new_etag"].isna()
    same = both["old_etag"].eq(both["new_etag"]) & both["old_size"].eq(both["new_size"]).fillna(value=False)
    change = pandas.Series("changed", index=both.index, dtype="str").mask(added, "added").mask(removed, "removed")
    table = both.assign(change=change)[~same.astype(bool)].sort_index().reset_index()
    return table[[*keys, "change", "old_size", "new_size", "old_etag", "new_etag"]]
