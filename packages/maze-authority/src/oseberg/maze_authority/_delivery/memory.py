"""Frees memory: drops what a delivery has computed and can compute again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.maze_authority._delivery.delivery import Delivery
from oseberg.maze_authority._records.tables import Afresh

if TYPE_CHECKING:
    import pandas as pd

PAGES = ("own_pages", "book_pages")
TABLES = (*PAGES, "printed_numbers", "numbers", "odd_numbers", "places", "same_number", "identified")
HOLD_NUMBERS = ("series", "outliers", "gaps", "day_order", "strays")


def forget_pages(delivery: Delivery) -> None:
    """Drop what only the rules on books and pages read."""
    for name in PAGES:
        delivery.__dict__.pop(name, None)
    if "places" in delivery.__dict__:
        delivery.places.forget_pages()


def forget_tables(delivery: Delivery) -> None:
    """Drop the tables, and what holds the numbers and days that it was made of."""
    # With a register these are kept: it may be closed, or have changed, when a report asks for them.
    held = HOLD_NUMBERS if delivery.register is None else ()
    for name in (*TABLES, *held):
        delivery.__dict__.pop(name, None)


def only(delivery: Delivery, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> Delivery:
    """Return a delivery with some of its documents.

    Args:
        delivery: The delivery.
        keep: For each document whether it stays.

    Returns:
        A delivery whose tables hold those documents alone.
    """
    place = np.cumsum(keep) - 1

    def table(name: str) -> pd.DataFrame:
        frame = delivery.lists[name]
        kept: pd.DataFrame = frame.loc[keep[frame["doc"].to_numpy()]].reset_index(drop=True)
        return kept.assign(doc=place[kept["doc"].to_numpy()])

    documents = delivery.documents.loc[keep].reset_index(drop=True)
    return replace(delivery, documents=documents, lists=Afresh(table), order=delivery.order[keep])
