"""Where the numbers' limits are: what is mistyped, out of order or of another form, and what is just not."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from oseberg.maze_authority import check, sample_record
from oseberg.maze_authority._numbers import doubles
from oseberg.maze_authority._numbers.book_pages import book_pages, page_numbers, placed_pages
from oseberg.maze_authority._numbers.doubles import find_doubles, shared_numbers
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.outliers import Neighbors, find_outliers, follows_days, misplaced, mistypings
from oseberg.maze_authority._numbers.page_counts import count_images, find_miscounted
from oseberg.maze_authority._numbers.series import Series, parse_numbers, place_numbers
from oseberg.maze_authority._numbers.shapes import badly_padded, late_zeros, misshapen, shape_of_most
from oseberg.maze_authority._rules.numbers import wrong_year

MONDAY = date(2018, 6, 4)


def one_series(days: dict[int, int | None], prefix: str = "18-", width: int = 7) -> Series:
    """A series of numbers, each with its day after a Monday, None without a day."""
    numbers = sorted(days)
    dated = [np.datetime64("NaT") if days[one] is None else np.datetime64(MONDAY) + days[one] for one in numbers]
    when = np.array(dated, dtype="datetime64[s]")
    held = Intervals.of(numbers)
    return Series("48003", prefix or "running", prefix, prefix, width, None, np.array(numbers), when, held)


def day_of(series: Series, number: int) -> date | None:
    return series.day_of(number)


def outliers(*series: Series) -> list[tuple[str, str | None]]:
    return [(one.series.spell(one.number), one.probable) for one in find_outliers(list(series), day_of)]


def documents(texts: list[str], day: str = "2018-06-05", county: str = "48003") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "county_fips": pd.Categorical([county] * len(texts)),
            "instrument_number": pd.array(texts, "str"),
            "recorded_on": pd.to_datetime([day] * len(texts)).astype("datetime64[s]"),
        }
    )


@pytest.mark.parametrize(("others", "found"), [(4, []), (5, [("18-0000077", None)])])
def test_five_numbers_show_where_another_one_belongs(others: int, found: list) -> None:
    """Of four nothing is said."""
    days: dict[int, int | None] = {place: place for place in range(1, others + 1)}
    assert outliers(one_series(days | {77: 0})) == found


@pytest.mark.parametrize(
    ("fewer", "found"), [(1, [("81-0000005", "18-0000005")]), (2, "both"), (3, [])], ids=["one", "two", "three"]
)
def test_a_mistyped_prefix_has_two_documents_at_most(fewer: int, found: list | str) -> None:
    """A third one shows that it is a series."""
    holes = range(5, 5 + 2 * fewer, 2)
    whole = one_series({place: place for place in range(1, 60) if place not in holes})
    odd = one_series(dict(zip(holes, holes, strict=True)), "81-")
    both = [("81-0000005", "18-0000005"), ("81-0000007", "18-0000007")]
    assert outliers(whole, odd) == (both if found == "both" else found)


@pytest.mark.parametrize(("count", "named"), [(9, False), (10, True)])
def test_a_mistyped_prefix_is_held_against_ten_times_as_many(count: int, named: bool) -> None:
    """Ten to one."""
    whole = one_series({place: place for place in range(1, count + 2) if place != 5})
    assert bool(outliers(whole, one_series({5: 5}, "81-"))) == named


@pytest.mark.parametrize(("falls", "follows"), [(1, True), (2, False)])
def test_a_tenth_of_the_days_may_fall(falls: int, follows: bool) -> None:
    """One of ten may, two may not."""
    days = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    for place in range(1, 2 * falls, 2):
        days[place], days[place + 1] = days[place + 1], days[place]
    assert follows_days(one_series(dict(enumerate(days, start=1))), day_of) == follows


@pytest.mark.parametrize(("dated", "follows"), [(4, False), (5, True)])
def test_five_days_show_that_a_series_follows_them(dated: int, follows: bool) -> None:
    """Of ten numbers, the others without a day; equal days are no fall."""
    days = {place: 3 if place <= dated else None for place in range(1, 11)}
    assert follows_days(one_series(days), day_of) == follows


@pytest.mark.parametrize(
    ("last", "far", "hole", "named"),
    [(22, 72, 12, False), (21, 72, 12, True), (60, 120, 20, False), (60, 121, 21, True)],
    ids=["fifty on", "fifty-one on", "as far as was delivered", "farther than was delivered"],
)
def test_a_leap_of_one_day_is_a_gap_until_it_is_wide(last: int, far: int, hole: int, named: bool) -> None:
    """Over fifty numbers and over as many as were delivered: then the number that one slip explains is named."""
    days: dict[int, int | None] = {place: 0 for place in (*range(1, last + 1), far) if place != hole}
    assert outliers(one_series(days)) == ([(f"18-{far:07d}", f"18-{hole:07d}")] if named else [])


def test_a_day_contradicts_its_neighbors_when_it_is_beyond_them() -> None:
    """Their own days do not."""
    rest = one_series({1: 2, 9: 4})
    said = [misplaced(rest, 5, MONDAY + timedelta(days=day), day_of) for day in (1, 2, 4, 5)]
    assert said == [True, False, False, True]
    assert not misplaced(rest, 5, None, day_of)
    ends = [misplaced(rest, *one, day_of) for one in ((0, MONDAY), (10, MONDAY + timedelta(days=9)))]
    assert ends == [False, False]


def test_a_hole_is_between_numbers_and_its_days_are_those_of_its_neighbors() -> None:
    """The first and the last number are no holes; the days of both neighbors count."""
    series = one_series({3: 2, 5: 4, 9: 6})
    look = Neighbors(day_of)
    assert [look.bracket(series, number) for number in (2, 3, 4, 6, 8, 9, 10)] == [
        None, None, (3, 5), (5, 9), (5, 9), None, None,
    ]  # fmt: skip
    fitting = [look.fits(series, 4, MONDAY + timedelta(days=day)) for day in (1, 2, 4, 5)]
    assert fitting == [None, (3, 5), (3, 5), None]
    assert look.sentence(series, (3, 5)).endswith("were recorded on 2018-06-06 and 2018-06-08")


def test_what_a_text_may_have_been() -> None:
    """Letters for digits first, then neighbors swapped, a digit replaced, and, without padding, one more or less."""
    padded = list(mistypings("1O2", padded=True))
    assert padded[0] == "102"
    assert list(mistypings("12", padded=True)) == ["21", *(f"{one}2" for one in "023456789"), *(
        f"1{one}" for one in "013456789"
    )]  # fmt: skip
    free = set(mistypings("12", padded=False)) - set(mistypings("12", padded=True))
    assert {"1", "2", "012", "112", "102", "192"} <= free
    assert next(mistypings("O12", padded=True)) == "O21"  # a letter in front is a prefix
    assert next(iter(mistypings("11", padded=True))) == "01"


@pytest.mark.parametrize(
    ("usual", "odd", "named"),
    [(3, 2, 2), (2, 2, 0), (5, 3, 0), (7, 2, 2), (8, 2, 0), (9, 1, 1), (18, 2, 2), (297, 3, 3), (296, 3, 0)],
)
def test_a_form_of_its_own_is_rare(usual: int, odd: int, named: int) -> None:
    """Two numbers, or one in a hundred, where nine in ten have one form; of fewer than ten the majority decides."""
    found = misshapen(parse_numbers(documents([f"18-{n:07d}" for n in range(usual)] + ["18/7"] * odd)))
    assert np.flatnonzero(found).tolist() == list(range(usual, usual + named))


def test_half_of_a_handful_is_no_majority() -> None:
    """Two of four do not show what the other two should look like, and one alone has the form it has."""
    assert not misshapen(parse_numbers(documents(["18-1"]))).any()
    assert not misshapen(parse_numbers(documents(["18-1", "18-2", "A7", "18/7"]))).any()
    assert (
        misshapen(parse_numbers(documents(["18-1", "18-2", "18-3", "A7", "18/7"]))).tolist() == [False] * 3 + [True] * 2
    )


def test_a_number_that_two_documents_have_is_of_the_earlier_day() -> None:
    """It is counted once."""
    days = np.array(["2018-06-05", "2018-06-04", "2018-06-06"], dtype="datetime64[s]")
    numbers, first = place_numbers(np.arange(3), np.array([1, 1, 2]), days)
    assert (numbers.tolist(), first.tolist()) == ([1, 2], days[1:].tolist())


def test_the_commonest_form_is_shown_by_the_number_in_the_middle() -> None:
    """Of three the second; digits of a prefix make no form of their own."""
    numbers = parse_numbers(documents(["18-3", "19-1", "18-2", "A7"]))
    assert shape_of_most(numbers) == "18-3"
    assert shape_of_most(numbers.assign(valid=False)) == "nothing that was delivered"


@pytest.mark.parametrize(
    ("texts", "bad"),
    [
        (["18-007", "18-0008", "18-009", *(f"18-{n:03d}" for n in range(10, 27))], ["18-0008"]),
        (["18-001", "18-999", "18-1000"], []),
        (["18-01", "18-5"], []),
        (["18-01", "18-5", "18-6"], ["18-01"]),
        (["18-0", "18-5", "18-16"], []),
    ],
    ids=["another width", "outgrown", "two numbers", "three numbers", "a bare zero"],
)
def test_padding(texts: list[str], bad: list[str]) -> None:
    """A count may outgrow its width; one or two numbers tell nothing about padding."""
    texts = texts if len(texts) != 3 or "18-999" not in texts else [*(f"18-{n:03d}" for n in range(20)), *texts]
    numbers = parse_numbers(documents(texts))
    assert numbers.loc[badly_padded(numbers), "text"].tolist() == bad


@pytest.mark.parametrize(
    ("texts", "day", "late"),
    [(["18-0", "18-1"], 5, 0), (["18-0", "18-1"], 6, 1), (["18-0", "18-2"], 5, 1), (["18-0"], 5, 0)],
    ids=["the first day", "a day later", "no 1", "alone"],
)
def test_a_zero_is_the_first_of_its_series(texts: list[str], day: int, late: int) -> None:
    """A clerk may count from 0, on the first day, and goes on with 1."""
    frame = documents(texts)
    frame.loc[0, "recorded_on"] = pd.Timestamp(2018, 6, day)
    assert late_zeros(parse_numbers(frame), frame["recorded_on"].to_numpy()).sum() == late


@pytest.mark.parametrize(
    ("texts", "prefix"),
    [
        (["2018001"] * 9 + ["2016001"], "2018"),
        (["2018001"] * 8 + ["2016001"] * 2, ""),
        (["201801"] * 10, ""),
        (["1800001"] * 10, "18"),
        (["2017001"] * 10, "2017"),
        (["2019001"] * 10, ""),
    ],
    ids=["nine in ten", "eight in ten", "six digits", "two digits", "the year before", "the year after"],
)
def test_a_year_opens_bare_digits_where_nine_in_ten_agree(texts: list[str], prefix: str) -> None:
    """Seven digits at least; the year of recording, or the one before."""
    numbers = parse_numbers(documents(texts))
    assert numbers["prefix"].iloc[0] == prefix
    assert numbers["number"].iloc[0] == int(texts[0][len(prefix) :])


def test_undated_numbers_say_nothing_about_a_year() -> None:
    """Neither whether it opens them, nor of which year they are where the count starts anew."""
    frame = documents(["2018001"] * 18)
    frame.loc[8:, "recorded_on"] = pd.NaT
    assert set(parse_numbers(frame)["prefix"]) == {"2018"}
    frame = documents([str(n) for n in (*range(1, 11), *range(1, 11), 5)])
    frame.loc[10:, "recorded_on"] = pd.Timestamp(2019, 6, 5)
    frame.loc[20, "recorded_on"] = pd.NaT
    assert parse_numbers(frame)["label"].tolist() == ["2018/"] * 10 + ["2019/"] * 10 + ["undated"]


def test_the_year_in_a_number_may_be_00_and_undated_ones_are_not_judged() -> None:
    """Nine in ten of those with a day show that numbers open with the year."""
    assert wrong_year(parse_numbers(documents(["00-1"] * 9 + ["05-1"], "2000-06-05"))).sum() == 1
    frame = documents(["18-1"] * 18 + ["15-1"])
    frame.loc[:3, "recorded_on"] = pd.NaT
    assert np.flatnonzero(wrong_year(parse_numbers(frame))).tolist() == [18]


def test_a_number_of_a_series_has_its_width_at_least() -> None:
    """Fifteen digits at most."""
    series = one_series({1: 0}, width=3)
    texts = ["18-01", "18-001", "18-0001", "19-001", "18-" + "1" * 15, "18-" + "1" * 16, "18-001A"]
    assert [series.place(text) for text in texts] == [None, 1, 1, None, int("1" * 15), None, 1]
    assert [series.span(1, 1), series.span(1, 2)] == ["18-001", "18-001..18-002"]


def test_the_last_interval_before_a_number() -> None:
    """Intervals that touch are one, those a number apart are two; both ends are in them."""
    joined = Intervals.joining(np.array([5, 1, 9]), np.array([7, 4, 9]))
    assert joined.pairs() == [(1, 7), (9, 9)]
    assert (Intervals.of(range(1, 10)) - Intervals.of([1, 5, 9])).pairs() == [(2, 4), (6, 8)]
    assert (Intervals.of([1, 2]) - Intervals.of([1, 2])).pairs() == []
    assert (Intervals.of() - Intervals.of([1])).pairs() == []
    assert Intervals.of([4, 4, 2]).pairs() == [(2, 2), (4, 4)]
    assert Intervals.of([1, 2, 10, 11]).median() == 2


def test_a_page_number_has_nine_digits_at_most() -> None:
    """And digits alone."""
    pages = page_numbers(pd.Series(["1" * 9, "1" * 10, "0", "12A", "", None], dtype="str"))
    assert pages.tolist() == [111_111_111, -1, 0, -1, -1, -1]


def paged(*rows: tuple[int, int | None]) -> pd.DataFrame:
    """Documents of one volume, each with its page and page count, ordered by page."""
    frame = pd.DataFrame(
        {
            "county_fips": pd.Categorical(["48003"] * len(rows)),
            "book_type": pd.Categorical(["OPR"] * len(rows)),
            "volume": pd.Categorical(["1"] * len(rows)),
            "page": pd.array([str(page) for page, _ in rows], "str"),
            "page_count": np.array([np.nan if count is None else count for _, count in rows]),
            "instrument_number": pd.array([f"18-{n}" for n in range(len(rows))], "str"),
        }
    )
    return book_pages(placed_pages(frame))


def test_a_document_without_a_page_count_covers_its_page() -> None:
    """As does one of no pages; what comes after it is not sure to be a gap."""
    pages = paged((1, None), (2, 0), (5, 4), (7, 1))
    assert pages["reach"].tolist()[1:] == [1, 2, 8]
    assert pages["sure"].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("count", "images", "right"),
    [(3, 2, {}), (4, 3, {0: 3}), (4, 4, {}), (5, 0, {}), (6, 0, {}), (7, 0, {0: 3}), (2, 3, {0: 3}), (0, 3, {})],
)
def test_a_mistyped_page_count(count: int, images: int, right: dict[int, int]) -> None:
    """The next document begins three pages on, and the one after it six: with its images, or beyond both."""
    pages = paged((1, count), (4, 3), (7, 3))
    shown = np.array([images or np.nan, np.nan, np.nan])
    assert {doc: one.right for doc, one in find_miscounted(pages, shown).items()} == right


def test_no_pages_are_left_between_documents_on_one_page() -> None:
    """Then it is a page that is mistyped, be it that of the next document or of the one after it."""
    assert find_miscounted(paged((1, 5), (4, 1), (4, 1)), np.full(3, np.nan)) == {}
    assert find_miscounted(paged((1, 5), (1, 2), (3, 1)), np.full(3, np.nan)) == {}


def test_single_page_images_are_counted() -> None:
    """Of a document with a whole file nothing is known, and without any single page of none."""
    images = pd.DataFrame({"doc": [0, 0, 1, 2, 2], "page": [1.0, 2.0, np.nan, 1.0, np.nan]})
    assert np.array_equal(count_images(images, 4), np.array([2, np.nan, np.nan, np.nan]), equal_nan=True)
    assert len(count_images(images.iloc[2:3], 4)) == 0


@pytest.mark.parametrize(("section", "possible"), [("0", False), ("1", True), ("36", True), ("37", False)])
def test_a_township_has_thirty_six_sections(section: str, possible: bool) -> None:
    """From 1 to 36."""
    legal = {"kind": "plss", "text": "X", "township": "T19S", "range": "R33E", "section": section}
    found = check([sample_record(county_fips="35025", legals=[legal])], rules=["MA604"]).findings
    assert found.empty == possible


def two_with_one_number(page: str | None, days: bool) -> dict[int, str]:
    """The probable number of each mistyped one, where number 5 of twenty, on a page, is printed as 15."""
    texts = [f"18-{15 if n == 5 else n:07d}" for n in range(1, 21)]
    pages = [page if n == 5 else page and str(10 * n) for n in range(1, 21)]
    frame = documents(texts).assign(volume=pd.Categorical(["1" if page else None] * 20), page=pd.array(pages, "str"))
    frame["book_type"], frame["page_count"] = pd.Categorical([None] * 20), np.nan
    if days:
        frame["recorded_on"] += pd.to_timedelta(np.arange(20), "D")
    return {doc: one.probable for doc, one in find_doubles(frame, parse_numbers(frame), []).items()}


@pytest.mark.parametrize(("page", "named"), [("39", False), ("40", True), ("60", True), ("61", False)])
def test_of_two_with_one_number_the_page_shows_the_mistyped_one(page: str, named: bool) -> None:
    """From the page of the number before the hole to that of the one after it."""
    assert two_with_one_number(page, days=False) == ({4: "18-0000005"} if named else {})


def test_of_two_with_one_number_the_day_alone_may_show_the_mistyped_one() -> None:
    """No page is needed where the day fits one of them."""
    assert two_with_one_number(None, days=True) == {4: "18-0000005"}


def test_many_with_one_number_are_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as are looked at are, one more is too many."""
    monkeypatch.setattr(doubles, "MOST", 1)
    assert two_with_one_number(None, days=True)
    monkeypatch.setattr(doubles, "MOST", 0)
    assert not two_with_one_number(None, days=True)


def test_numbers_that_rise_are_there_once() -> None:
    """Equal ones are not, side by side or apart; a letter makes another number."""
    found = [shared_numbers(parse_numbers(documents(texts)))["doc"].tolist() for texts in (
        ["18-1", "18-2"], ["18-1", "18-1"], ["18-1", "18-2", "18-1"], ["18-1", "18-1A"],
    )]  # fmt: skip
    assert found == [[], [0, 1], [0, 2], []]


def test_page_0_is_a_page() -> None:
    """The cover of a volume."""
    assert paged((0, 1), (1, 1))["page"].tolist() == [0, 1]
