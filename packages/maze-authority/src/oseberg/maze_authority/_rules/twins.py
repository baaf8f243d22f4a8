"""MA112: the same document under two numbers."""

from __future__ import annotations

import pandas as pd

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._findings import flag, nothing
from oseberg.maze_authority._records.sample import NEXT, sample_record
from oseberg.maze_authority._registry import Example, rule


@rule(
    "MA112",
    title="Document delivered before under another number",
    severity="warning",
    authority="trade practice",
    fix="Look at both images: one of the numbers is wrong, unless the document was recorded twice",
    message="{key} has the parties, land, dates and pages of {value}, which was delivered before",
    scope="delivery",
    needs=("history",),
    passing=Example(NEXT, history=[sample_record(page_count=4)]),
    failing=Example(NEXT, history=[sample_record()]),
)
def same_under_another_number(delivery: Delivery) -> pd.DataFrame:
    """Two documents with the same type, days, number of pages, parties and land are one document, indexed twice.

    Judged where all of these are stated, and where no third document has them as well: forms that are filed by the
    dozen are alike.
    """
    frame = pd.DataFrame({"twin": delivery.twins, "text": delivery.documents["instrument_number"]})
    frame = frame.rename_axis("doc").reset_index()
    frame = frame.loc[(frame["twin"] != 0) & frame["text"].notna() & ~frame.duplicated("twin", keep=False)]
    if frame.empty or delivery.before is None:
        return nothing()
    known = delivery.before.twins(frame["twin"].to_numpy()).drop_duplicates()
    once = known.loc[~known.duplicated("twin", keep=False)]
    both = frame.merge(once, on="twin", suffixes=("", "_other"))
    both = both.loc[both["text"] != both["text_other"]].sort_values("doc")
    return flag(delivery, both["doc"].to_numpy(), both["text_other"].tolist(), "a document of its own")
