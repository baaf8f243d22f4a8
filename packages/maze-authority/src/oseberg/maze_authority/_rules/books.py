"""MA205, MA206: the order of the documents in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag_each
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule
from oseberg.maze_authority._rules.dates import MOST_WRONG, out_of_order

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 5  # documents of a volume after which the next one is expected to follow it
VOLUME = [{"instrument_number": f"18-{number:07d}", "page": str(97 + 3 * number)} for number in range(1, 6)]
LAST = {"instrument_number": "18-0000006", "volume": "1044"}
THIRD = NEXT | {"instrument_number": "18-0000003", "page": "106", "images": [{"path": "images/3.pdf"}]}


@rule(
    "MA205",
    title="Number and page out of order",
    severity="warning",
    authority="Tex. Loc. Gov't Code 193.001(a)",
    fix="Look at the image: the number or the page of the named record is wrong",
    message="{key} is on page {value}, {expected}",
    scope="delivery",
    passing=Example({}, NEXT, THIRD),
    failing=Example({}, NEXT | {"page": "106"}, THIRD | {"page": "103"}),
)
def order_of_pages(delivery: Delivery) -> pd.DataFrame:
    """Documents are recorded in the order they are filed, so in a volume the numbers never fall as the pages rise.

    As few records as possible are named. Where they would be more than a third, the volume does not follow the
    numbers, and nothing is said of it.
    """
    pages = delivery.own_pages
    numbers = delivery.numbers.loc[delivery.numbers["valid"], ["doc", "code", "number", "county_fips", "shown"]]
    mistyped = numbers.set_index(["county_fips", "shown", "number"]).index.isin(delivery.mistyped)
    both = pages.merge(numbers.loc[~mistyped, ["doc", "code", "number"]], on="doc")
    found: dict[int, tuple[str, str]] = {}
    for _, group in both.sort_values(["book", "page", "number"]).groupby(["book", "code"], sort=True):
        wrong = out_of_order(group["number"].to_numpy())
        # Some clerks number when they file and bind later: then the order says nothing.
        if len(wrong) <= MOST_WRONG * len(group):
            docs, on = group["doc"].to_numpy(), group["page"].to_numpy()
            found |= {int(docs[one]): (str(on[one]), "against the order of the numbers around it") for one in wrong}
    return flag_each(delivery, found)


@rule(
    "MA206",
    title="Book without its first page",
    severity="warning",
    authority="trade practice",
    fix="Ask the vendor for the documents on the first pages of the volume",
    message="{key} begins on page {value}",
    scope="delivery",
    needs=("complete_series",),
    passing=Example(*VOLUME, LAST | {"page": "1"}),
    failing=Example(*VOLUME, LAST | {"page": "40"}),
)
def first_pages(delivery: Delivery) -> pd.DataFrame:
    """A volume that follows another one in the delivery begins on its first page.

    The last document of the volume before may run on into it: its pages are allowed. Judged where the volume before
    has at least five documents: of volumes with single documents nothing follows.
    """
    pages = delivery.own_pages
    plain = pages.loc[pages["volume"].str.fullmatch(r"\d{1,9}")].assign(number=lambda rows: rows["volume"].astype(int))
    books = plain.groupby(["county_fips", "book_type", "number"], sort=True)
    taken = {"page": ("page", "min"), "last": ("page_count", "last"), "count": ("page", "size")}
    firsts = books.agg(**taken, volume=("volume", "first")).reset_index()
    before = firsts.shift()
    same = (firsts[["county_fips", "book_type"]] == before[["county_fips", "book_type"]]).all(axis=1)
    follows = same & (firsts["number"] == before["number"] + 1) & (before["count"] >= FEWEST)
    late = follows & (firsts["page"] > 1 + before["last"].fillna(1))
    rows = []
    for row in firsts.loc[late].to_dict("records"):
        book = "/".join(part for part in (row["book_type"], row["volume"]) if part)
        common = {"county_fips": row["county_fips"], "series": book, "key": book}
        rows.append(common | {"value": str(row["page"]), "expected": "page 1"})
    return about(rows)
