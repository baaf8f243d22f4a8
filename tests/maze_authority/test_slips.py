"""One slip of the keyboard, anywhere in the clean world of any county, is one finding and no gap."""

import os
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from oseberg.maze_authority import Register, check
from tests.maze_authority.helpers import records
from tests.maze_authority.worlds import world

pytestmark = pytest.mark.unmeasured

Row = dict[str, Any]
SEEDS = range(int(os.environ.get("CLEAN_WORLDS", "1")))
COUNTIES = ["48003", "48227", "35025", "48383", "48105"]


def numbered(change: Callable[[str], str | None]) -> Callable[[Row], Row]:
    """A slip in the digits of the number, after `18-`."""
    return lambda row: {"instrument_number": change(row["instrument_number"][3:])}


def moved(days: int) -> Callable[[Row], Row]:
    """A day that is off by so many days."""

    def change(row: Row) -> Row:
        day = date.fromisoformat(row["recorded_on"]) + timedelta(days=days)
        return {"recorded_on": day.isoformat(), "instrument_date": None}

    return change


def in_day(old: str, new: str) -> Callable[[Row], Row]:
    return lambda row: {"recorded_on": row["recorded_on"].replace(old, new, 1), "instrument_date": None}


SLIPS: dict[str, Callable[[Row], Row]] = {
    "county: a digit": lambda row: {"county_fips": row["county_fips"][:3] + "99"},
    "county: two digits swapped": lambda row: {"county_fips": row["county_fips"][:2] + "930"},
    "number: 0": numbered(lambda _: "18-0000000"),
    "number: missing": numbered(lambda _: None),
    "number: year of the next century": numbered(lambda digits: f"81-{digits}"),
    "number: another year": numbered(lambda digits: f"17-{digits}"),
    "number: year with four digits": numbered(lambda digits: f"2018-{digits}"),
    "number: a digit too many": numbered(lambda digits: f"18-{digits}0"),
    "number: the last digit twice": numbered(lambda digits: f"18-{digits}{digits[-1]}"),
    "number: a digit too few": numbered(lambda digits: f"18-{digits[:-1]}"),
    "number: a zero too few": numbered(lambda digits: f"18-{digits[1:]}"),
    "number: no separator": numbered(lambda digits: f"18{digits}"),
    "number: a blank": numbered(lambda digits: f"18 {digits}"),
    "number: a letter": numbered(lambda digits: f"18-{digits.replace('0', 'O', 1)}"),
    "number: two digits swapped": numbered(lambda digits: f"18-{digits[:4]}{digits[5]}{digits[4]}{digits[6]}"),
    "number: two slips": numbered(lambda digits: f"18-09{digits[2:5]}7{digits[6]}"),
    "page and volume exchanged": lambda row: {"page": row["volume"], "volume": row["page"]},
    "page: the volume": lambda row: {"page": row["volume"]},
    "page: 0": lambda _: {"page": "0"},
    "volume: the page": lambda row: {"volume": row["page"]},
    "pages: one too many": lambda row: {"page_count": row["page_count"] + 1},
    "pages: far too many": lambda row: {"page_count": row["page_count"] + 100},
    "pages: far too many, without images": lambda row: {"page_count": row["page_count"] + 100, "images": []},
    "day: a week": moved(7),
    "day: four weeks": moved(28),
    "day: the next century": in_day("20", "21"),
    "day: the last century": in_day("20", "19"),
    "day: the year before": in_day("2018", "2017"),
}
AT_THE_END = [name for name in SLIPS if name.startswith(("county", "day", "number: a digit", "number: 0"))]


def with_slip(rows: list[Row], place: int, name: str) -> list[Row]:
    """The rows with a slip in one of them; nobody refers to that one."""
    kept = rows[1]["instrument_number"]
    for row in rows:
        row["references"] = [{"text": kept, "instrument_number": kept} for _ in row["references"]]
    return [row | SLIPS[name](row) if row is rows[place] else row for row in rows]


def places(rows: list[Row]) -> list[int]:
    """Places in the midst of the world that are not at the beginning or end of a volume."""
    return [
        place
        for place in range(20, len(rows) - 20)
        if rows[place - 2]["volume"] == rows[place + 2]["volume"] and rows[place]["instrument_number"][7] != "0"
    ]


@pytest.mark.parametrize("turn", range(len(COUNTIES)), ids=COUNTIES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_slip_is_one_finding(turn: int, seed: int) -> None:
    """Whatever it is; the county stays certified as if it were not there, and nothing is missing."""
    chance = random.Random(f"{turn} {seed}")
    # Each county takes its share; with more seeds each takes all of them.
    for name in list(SLIPS)[(turn + seed) % len(COUNTIES) :: len(COUNTIES)]:
        rows = world(COUNTIES[turn], seed)
        place = chance.choice(places(rows))
        result = check(records(with_slip(rows, place, name)))
        said = result.findings[["rule", "message"]].to_string()
        assert len(result.findings) == 1, (name, place, said)
        assert result.coverage["missing"].tolist()[:1] == [0], (name, place)
        through = result.certified_through[COUNTIES[turn]]
        assert through.isoformat() == rows[-1]["recorded_on"], (name, place, through)


@pytest.mark.parametrize("name", AT_THE_END)
def test_a_slip_at_the_end_of_a_delivery_is_one_finding(name: str) -> None:
    """Where nothing comes after it, its day leaves no business day empty, and no gap leads to it."""
    rows = world("48227", 2)
    result = check(records(with_slip(rows, len(rows) - 1, name)))
    assert len(result.findings) == 1, result.findings[["rule", "message"]].to_string()


@pytest.mark.parametrize("name", ["county: a digit", "number: 0", "number: two slips", "pages: far too many"])
def test_a_slip_is_one_finding_of_the_register(name: str, tmp_path) -> None:
    """It stays alone with what comes later, and the corrected delivery closes it."""
    rows = world("48003", 4)
    wrong = with_slip(rows, 57, name)
    with Register(tmp_path / "register.sqlite") as register:
        first = check(records(wrong[:120]), county="48003", register=register, delivery_name="20180201")
        assert len(first.new) == 1, first.new[["rule", "message"]].to_string()
        later = check(records(rows[120:]), county="48003", register=register, delivery_name="20180301")
        assert later.new.empty, later.new[["rule", "message"]].to_string()
        mended = check(records(rows[:120]), county="48003", register=register, delivery_name="20180201")
        assert len(mended.closed) == 1
        assert register.findings("48003").empty


def test_a_week_without_a_clerk_is_not_a_mistyped_day() -> None:
    """The whole next day comes after it."""
    rows = world("48003", 5)[:100]
    for row in rows[80:]:
        row["recorded_on"] = "2018-01-19"
    assert "MA307" not in set(check(records(rows)).findings["rule"])


def test_a_count_from_zero_is_not_a_slip() -> None:
    """A clerk may begin with 0, as long as 1 comes next."""
    rows = world("48003", 6)[:60]
    for place, row in enumerate(rows):
        row.update(instrument_number=f"18-{place:07d}", references=[])
    assert "MA202" not in set(check(records(rows)).findings["rule"])
