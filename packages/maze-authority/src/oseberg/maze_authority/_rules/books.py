"""MA205, MA206: the order of the documents in the books."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import about, flag_each, texts
from oseberg.maze_authority._numbers.book_pages import page_numbers, rising
from oseberg.maze_authority._numbers.order import MOST_WRONG, out_of_order
from oseberg.maze_authority._numbers.outliers import is_among
from oseberg.maze_authority._records.sample import NEXT
from oseberg.maze_authority._registry import Example, rule

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

    A document whose neighbors by number leave exactly as many pages as it has, and which is elsewhere, is named with
    the place it probably belongs to, as an error: its kind of book, volume or page is mistyped, and nothing is missing
    where it belongs. If it is on the pages of another document, that is MA204. Of others, as few records as possible
    are named. Where they would be more than a third, the volume does not follow the numbers, and is not checked.
    """
    pages, numbers = delivery.own_pages, delivery.numbers
    usable = numbers["valid"].to_numpy() & ~is_among(numbers, delivery.outliers)
    codes, counts = np.full(len(delivery), -1, dtype=np.int32), np.full(len(delivery), -1, dtype=np.int64)
    docs = numbers["doc"].to_numpy()[usable]
    codes[docs], counts[docs] = numbers["code"].to_numpy()[usable], numbers["number"].to_numpy()[usable]
    on = pages["doc"].to_numpy()
    both = pd.DataFrame(
        {"doc": on, "book": pages["book"], "page": pages["page"], "code": codes[on], "number": counts[on]}
    )
    both = both.loc[both["code"] >= 0]
    keys = [both[name].to_numpy() for name in ("number", "page", "code", "book")]
    both = (both if rising(keys) else both.iloc[np.lexsort(keys)]).reset_index(drop=True)
    book, code, number = (both[name].to_numpy() for name in ("book", "code", "number"))
    falls = np.flatnonzero((book[1:] == book[:-1]) & (code[1:] == code[:-1]) & (number[1:] < number[:-1]))
    found: dict[int, tuple[str, str]] = {}
    # Nearly all volumes are in order, which one check of all of them shows.
    disordered = both.loc[np.isin(book, book[falls])]
    for _, group in disordered.groupby(["book", "code"], sort=True):
        wrong = out_of_order(group["number"].to_numpy())
        # Some clerks number when they file and bind later: then the order says nothing.
        if len(wrong) <= MOST_WRONG * len(group):
            docs, on = group["doc"].to_numpy(), group["page"].to_numpy()
            found |= {int(docs[one]): (str(on[one]), "against the order of the numbers around it") for one in wrong}
    slips = delivery.places.slips
    said = {doc: (one.printed, one.reason) for doc, one in slips.items() if not one.overlaps}
    # Its page is wrong whatever order the volume has, so it is an error.
    listed = flag_each(delivery, {**found, **said})
    return listed.assign(severity=texts("error" if doc in said else None for doc in listed["doc"]))


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
    has at least five documents: volumes with single documents show nothing.
    """
    pages = delivery.own_pages
    volumes = page_numbers(pages["volume"])
    plain = pages.loc[volumes >= 0].assign(number=volumes[volumes >= 0])
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
