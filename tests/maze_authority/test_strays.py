"""Documents without a number: which hole they fill, by their page or by their day, and when nobody can say."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from oseberg.maze_authority._numbers import strays
from oseberg.maze_authority._numbers.book_pages import placed_pages
from oseberg.maze_authority._numbers.outliers import Neighbors
from oseberg.maze_authority._numbers.series import build_series, parse_numbers, strata_of
from oseberg.maze_authority._numbers.strays import Strays

MONDAY = np.datetime64("2018-06-04", "s")


def filled(numbers: list[int | None], *, days: list[int], pages: bool, counts: float = 1) -> dict[int, str]:
    """Return for each document without a number the one that it probably has; documents follow page on page."""
    size = len(numbers)
    texts = [None if one is None else f"18-{one:07d}" for one in numbers]
    frame = pd.DataFrame(
        {
            "county_fips": pd.Categorical(["48003"] * size),
            "instrument_number": pd.array(texts, "str"),
            "recorded_on": MONDAY + np.array(days, dtype="timedelta64[D]"),
            "book_type": pd.Categorical(["OPR"] * size),
            "volume": pd.Categorical(["1" if pages else None] * size),
            "page": pd.array([str(place) for place in range(1, size + 1)], "str"),
            "page_count": np.full(size, counts),
        }
    )
    parsed = parse_numbers(frame)
    series = build_series(parsed, frame["recorded_on"], strata_of(parsed))

    def day_of(one, number: int) -> date | None:
        return one.day_of(number)

    looked = Strays(series, parsed, placed_pages(frame), frame["recorded_on"].to_numpy(), Neighbors(day_of))
    lost = {doc: "48003" for doc, one in enumerate(numbers) if one is None}
    return {doc: one.printed for doc, one in looked.find(lost, {}).items()}


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([1, 2, None, 4, 5, 6], "18-0000003"),
        ([1, None, 3, 4, 5], None),
        ([1, 2, 3, 4, 5, None], "18-0000006"),
        ([None, 2, 3, 4, 5, 6], "18-0000001"),
        ([None, 1, 2, 3, 4, 5], None),
        ([1, 2, None, 5, 6, 7], None),
        ([1, 2, 3, 4, 5, None, 9, 6], None),
    ],
    ids=["between", "of four numbers", "the last", "the first", "before 1", "of two numbers", "not in order"],
)
def test_a_document_between_two_pages_fills_the_hole_between_their_numbers(numbers, found: str | None) -> None:
    """Where five numbers show how the clerk counts, and its neighbors leave one number, which nobody has."""
    place = numbers.index(None)
    # Their days say nothing: all are recorded on one, and the lost one on another.
    days = [50 if one is None else 0 for one in numbers]
    assert filled(numbers, days=days, pages=True) == ({place: found} if found else {})


def test_a_document_without_pages_has_no_neighbors() -> None:
    """Nothing begins after it."""
    assert filled([1, 2, None, 4, 5, 6], days=[0, 0, 50, 0, 0, 0], pages=True, counts=0) == {}


@pytest.mark.parametrize(("day", "found"), [(1, False), (2, True), (3, True), (4, True), (5, False)], ids=str)
def test_a_document_fills_the_only_hole_of_its_days(day: int, found: bool) -> None:
    """From the day of the number before it to that of the one after it."""
    numbers, days = [1, 2, 3, 5, 6, 7, None], [0, 1, 2, 4, 5, 6, day]
    assert filled(numbers, days=days, pages=False) == ({6: "18-0000004"} if found else {})


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([1, 2, 3, 5, 6, None], True), ([1, 2, 4, 5, None], False), ([1, 2, 3, 5, 7, 8, None], False),
        ([1, 2, 3, 6, 7, None], False), ([1, 2, 3, 5, 6, None, None], False),
    ],
    ids=["one hole", "of four numbers", "two holes", "a hole of two numbers", "two documents"],
)  # fmt: skip
def test_a_hole_is_filled_where_nothing_else_fits(numbers, found: bool) -> None:
    """All are of one day."""
    assert bool(filled(numbers, days=[0] * len(numbers), pages=False)) == found


@pytest.mark.parametrize(("most", "found"), [(0, False), (1, True)])
def test_many_documents_without_a_place_are_of_another_kind(most: int, found: bool, monkeypatch) -> None:
    """As many as are looked at are, one more is too many; so it is with holes."""
    monkeypatch.setattr(strays, "MOST", most)
    assert bool(filled([1, 2, 3, 5, 6, None], days=[0] * 6, pages=False)) == found
