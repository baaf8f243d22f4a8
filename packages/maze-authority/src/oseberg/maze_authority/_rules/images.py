"""MA4xx: the images that records name and the images that were delivered."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._delivery.images import normal
from oseberg.maze_authority._findings import about, flag, flag_each, nothing
from oseberg.maze_authority._records.columns import among, repeated
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule

SHOWN = 5
SINGLE = {"images": [{"path": f"images/1.00{page}", "page": page} for page in (1, 2, 3)]}
GAP = {"images": [{"path": f"images/1.00{page}", "page": page} for page in (1, 3)], "page_count": 2}


@rule(
    "MA401",
    title="Image missing",
    severity="error",
    authority="Tex. Loc. Gov't Code 193.009(b)",
    fix="Ask the vendor for the listed files",
    message="{key} is missing {value}",
    needs=("images",),
    passing=Example({}, images=["images/1.pdf"]),
    failing=Example({}, images=[]),
)
def missing_images(delivery: Delivery) -> pd.DataFrame:
    """Every image that a record names is in the delivery and not empty; a record with pages names an image."""
    sizes = delivery.delivered.sizes if delivery.delivered else {}
    # An index written on Windows need not care for case; a store does.
    lower = {path.lower(): path for path in sizes}
    lacking: dict[int, list[str]] = {}
    there = pd.Series([path for path, size in sizes.items() if size != 0], dtype="str")
    doubtful = delivery.images.loc[~among(delivery.images["path"], there)]
    for doc, path in zip(doubtful["doc"], doubtful["path"].fillna(""), strict=True):
        name = normal(path)
        if name not in sizes or sizes[name] == 0:
            lacking.setdefault(int(doc), []).append(said(path, name in sizes, lower.get(name.lower())))
    named = np.zeros(len(delivery), dtype=bool)
    named[delivery.images["doc"].to_numpy()] = True
    for doc in np.flatnonzero(~named & (delivery.documents["page_count"] > 0).to_numpy()):
        lacking[int(doc)] = [f"an image name for its {delivery.documents['page_count'].iloc[doc]:.0f} pages"]
    return flag_each(delivery, {doc: (short(names), "a file") for doc, names in lacking.items()})


def said(path: str, empty: bool, other: str | None) -> str:  # noqa: FBT001 - a sentence's parts
    """Name a missing file, and the file that is in its place."""
    if empty:
        return f"{path} (delivered empty)"
    return f"{path} (delivered as {other})" if other else path


def short(names: list[str]) -> str:
    """List a few names and count the rest."""
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


@rule(
    "MA402",
    title="Image that no record names",
    severity="warning",
    authority="trade practice",
    fix="Look at the image: its index entry is missing, or the file is surplus",
    message="{key} was delivered, and no record names it",
    needs=("images",),
    passing=Example({}, images=["images/1.pdf"]),
    failing=Example({}, images=["images/1.pdf", "images/2.pdf"]),
)
def unnamed_images(delivery: Delivery) -> pd.DataFrame:
    """An image without a record is a document that nobody will find. Files that a rejected row names don't count."""
    paths = delivery.images["path"]
    odd = paths.loc[~paths.str.startswith("images/", na=True)]
    given = pd.Series(sorted(delivery.delivered.sizes if delivery.delivered else {}), dtype="str")
    unnamed = given.loc[~among(given, paths) & ~among(given, odd.map(normal, na_action="ignore"))]
    # A rejected row names its image without a folder or an ending.
    rejected = "\n".join(delivery.rejects)
    extra = [path for path in unnamed if not (rejected and stem(path) in rejected)]
    fips = str(delivery.documents["county_fips"].iloc[0]) if len(delivery) else ""
    return about({"county_fips": fips, "key": path, "value": path, "expected": "a record"} for path in extra)


def stem(path: str) -> str:
    """Return a file's name without its ending, as index rows may print it."""
    return path.rpartition("/")[2].partition(".")[0]


@rule(
    "MA403",
    title="Page count differs from the images",
    severity="error",
    authority="trade practice",
    fix="Ask the vendor for the missing pages, or correct the page count",
    message="{key} states {expected} pages and has {value} single-page images",
    passing=Example(SINGLE),
    failing=Example(SINGLE | {"page_count": 4}),
)
def page_counts(delivery: Delivery) -> pd.DataFrame:
    """Where a document's images are single pages, there are as many as its page count says."""
    images = single_pages(delivery)
    counts = images.groupby("doc", sort=True).size()
    stated = delivery.documents["page_count"].to_numpy()[counts.index]
    differs = ~np.isnan(stated) & (stated != counts.to_numpy())
    value = [str(count) for count in counts.to_numpy()[differs]]
    return flag(delivery, counts.index.to_numpy()[differs], value, [f"{count:.0f}" for count in stated[differs]])


def single_pages(delivery: Delivery) -> pd.DataFrame:
    """Return the images of documents whose images are all single pages."""
    images = delivery.images
    if images.empty:
        return images
    # The pages inside a whole-document file can't be counted from the index.
    whole = images.loc[images["page"].isna(), "doc"].unique()
    return images.loc[images["page"].notna() & ~images["doc"].isin(whole)]


@rule(
    "MA404",
    title="Same image under two instruments",
    severity="warning",
    authority="trade practice",
    fix="Look at both images; one document has the other's scan",
    message="{key} has the same image as {value}",
    # Fewer documents share no more images, so the good records need not be judged again.
    scope="record",
    needs=("digests",),
    passing=Example(
        {},
        NEXT,
        images=[("images/1.pdf", 9, "aa"), ("images/2.pdf", 9, "bb")],
    ),
    failing=Example(
        {},
        NEXT,
        images=[("images/1.pdf", 9, "aa"), ("images/2.pdf", 9, "aa")],
    ),
)
def same_bytes(delivery: Delivery) -> pd.DataFrame:
    """Two documents never scan to the same bytes; one file named by two documents counts as well."""
    digests = delivery.delivered.digests if delivery.delivered else {}
    frame = delivery.images.loc[delivery.images["path"].notna(), ["doc", "path"]]
    frame["mark"] = [digests.get(path) or digests.get(normal(path)) or path for path in frame["path"].tolist()]
    frame = frame.loc[frame.duplicated("mark", keep=False)]
    if frame.empty:
        return nothing()
    frame["key"] = delivery.keys(frame["doc"].to_numpy())
    # The same document twice may name its own images twice: that is MA110.
    frame = frame.loc[frame.groupby("mark")["key"].transform("nunique") > 1].sort_values(["doc", "path"])
    first, last = frame.groupby("mark")["doc"].transform("min"), frame.groupby("mark")["doc"].transform("max")
    frame["other"] = first.where(first != frame["doc"], last)
    frame = frame.drop_duplicates("doc")
    others = delivery.keys(frame["other"].to_numpy())
    value = [f"{other} ({path})" for other, path in zip(others, frame["path"], strict=True)]
    return flag(delivery, frame["doc"], value, "an image of its own")


@rule(
    "MA405",
    title="Gap in the pages of a document",
    severity="error",
    authority="trade practice",
    fix="Ask the vendor for the missing pages",
    message="{key} has the page images {value}",
    passing=Example(SINGLE),
    failing=Example(GAP),
)
def page_order(delivery: Delivery) -> pd.DataFrame:
    """Single-page images are numbered 1, 2, 3 … without a hole and without a repeat."""
    images = single_pages(delivery)
    if images.empty:
        return nothing()
    pages = images.sort_values(["doc", "page"], kind="stable")
    place = pages.groupby("doc").cumcount() + 1
    bad = np.unique(pages.loc[(pages["page"] != place).to_numpy(), "doc"].to_numpy())
    listed = pages.loc[pages["doc"].isin(bad)].groupby("doc", sort=True)["page"].agg(list)
    return flag(delivery, bad, [runs(numbers) for numbers in listed], "1, 2, 3 …")


def runs(pages: list[float]) -> str:
    """Write page numbers as runs: 1-3, 5."""
    parts: list[list[int]] = []
    for page in map(int, pages):
        if parts and page == parts[-1][1] + 1:
            parts[-1][1] = page
        else:
            parts.append([page, page])
    return short([str(start) if start == end else f"{start}-{end}" for start, end in parts])


@rule(
    "MA406",
    title="Image shared by documents of different days",
    severity="warning",
    authority="trade practice",
    fix="Look at the image: one of the documents names the other's scan",
    message="{key} names {value}, as does {expected}",
    scope="record",  # as MA404
    passing=Example({}, NEXT | {"recorded_on": "2018-06-06"}),
    failing=Example({}, NEXT | {"recorded_on": "2018-06-06", "images": [{"path": "images/1.pdf"}]}),
)
def shared_across_days(delivery: Delivery) -> pd.DataFrame:
    """Documents of one day may share a scan; those of different days were scanned apart.

    Judged by the names of the files, so no image has to be delivered. Equal bytes are MA404.
    """
    paths = delivery.images["path"]
    # Nearly all images are named once: what is left is small.
    frame = delivery.images.loc[repeated(paths), ["doc", "path"]].drop_duplicates()
    frame = frame.loc[frame.duplicated("path", keep=False)]
    if frame.empty:
        return nothing()
    frame["day"] = delivery.documents["recorded_on"].to_numpy()[frame["doc"].to_numpy()]
    frame = frame.loc[frame.groupby("path")["day"].transform("nunique") > 1].sort_values(["path", "doc"])
    first = frame.groupby("path")["doc"].transform("first")
    later = frame.assign(first=first).loc[(frame["doc"] != first).to_numpy()].drop_duplicates("doc").sort_values("doc")
    others = delivery.keys(later["first"].to_numpy())
    return flag(delivery, later["doc"], later["path"].tolist(), others)
