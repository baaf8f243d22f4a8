"""One planted defect for each rule: changes a clean world in place and tells the keys of the findings it must bring.

A plant returns the keys for its own rule, the other rules that it cannot but break as well, and inputs for `check`.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from oseberg.maze_authority import Waiver
from tests.maze_authority.helpers import clean, images, of_type, records

Rows = list[dict[str, Any]]
Planted = tuple[set[str], set[str], dict[str, Any]]
PLANTS: dict[str, Callable[[Rows], Planted]] = {}


def plant(rule: str) -> Callable[[Callable[[Rows], Planted]], Callable[[Rows], Planted]]:
    def register(function: Callable[[Rows], Planted]) -> Callable[[Rows], Planted]:
        PLANTS[rule] = function
        return function

    return register


def number(rows: Rows, place: int) -> str:
    return rows[place]["instrument_number"]


def change(rows: Rows, place: int, **values: Any) -> Planted:
    rows[place].update(values)
    return {number(rows, place)}, set(), {}


@plant("MA101")
def no_date(rows: Rows) -> Planted:
    change(rows, 77, recorded_on=None)
    change(rows, 78, document_type_text="")
    return {number(rows, 77), number(rows, 78)}, set(), {}


@plant("MA102")
def placeholder(rows: Rows) -> Planted:
    change(rows, 12, grantors=[{"name": "UNKNOWN"}])
    change(rows, 13, grantees=[{"name": " n/a "}])
    return {number(rows, 12), number(rows, 13)}, set(), {}


@plant("MA103")
def unmapped(rows: Rows) -> Planted:
    change(rows, 5, document_type="other", document_type_text="WARRANTY DEED")
    change(rows, 6, document_type="other", document_type_text="WARRANTY DEED")
    return {"WARRANTY DEED"}, set(), {}


@plant("MA110")
def twice(rows: Rows) -> Planted:
    again = {**rows[40], "source": {"file": "ANDREWS.csv", "lines": [9000]}}
    rows.append(again)
    return {number(rows, 40)}, set(), {}


@plant("MA111")
def contradiction(rows: Rows) -> Planted:
    rows.append({**rows[40], "grantors": [{"name": "WALKER ANN"}], "source": {"file": "ANDREWS.csv", "lines": [9000]}})
    return {number(rows, 40)}, set(), {}


@plant("MA120")
def rejected_row(rows: Rows) -> Planted:
    return change(rows, 99, complete=False)


@plant("MA201")
def missing_documents(rows: Rows) -> Planted:
    for row in rows[200:]:
        row["instrument_number"] = f"18-{int(row['instrument_number'][3:]) + 100_000:07d}"
    del rows[120], rows[100:103]
    return {"18-0000101..18-0000103", "18-0000121", "18-0000201..18-0100200"}, {"MA203", "MA306"}, {}


@plant("MA202")
def letter_for_digit(rows: Rows) -> Planted:
    keys, _, inputs = change(rows, 60, instrument_number="18-00O0061")
    return keys, {"MA201"}, inputs


@plant("MA203")
def missing_pages(rows: Rows) -> Planted:
    gone = rows.pop(150)
    for row in rows[150:]:
        row["instrument_number"] = f"18-{int(row['instrument_number'][3:]) - 1:07d}"
    for row in rows:
        row["references"] = [{"text": "18-0000001", "instrument_number": "18-0000001"} for _ in row["references"]]
    book, start, end = f"OPR/{gone['volume']}", int(gone["page"]), int(gone["page"]) + gone["page_count"] - 1
    return {f"{book}/{start}" if start == end else f"{book}/{start}..{book}/{end}"}, set(), {}


@plant("MA204")
def overlapping(rows: Rows) -> Planted:
    place = next(p for p in range(30, 400) if rows[p]["page_count"] > 3 and rows[p + 1]["volume"] == rows[p]["volume"])
    keys, _, inputs = change(rows, place + 1, page=str(int(rows[place + 1]["page"]) - 1))
    return keys, {"MA203"}, inputs


@plant("MA301")
def future(rows: Rows) -> Planted:
    change(rows, 30, recorded_on="2918-01-09")
    change(rows, 31, recorded_on="1818-01-09", instrument_date=None)
    return {number(rows, 30), number(rows, 31)}, {"MA302"}, {}


@plant("MA302")
def mistyped_date(rows: Rows) -> Planted:
    return change(rows, 230, recorded_on="2018-01-03", instrument_date=None)


@plant("MA303")
def signed_late(rows: Rows) -> Planted:
    return change(rows, 9, instrument_date="2018-03-30")


@plant("MA304")
def closed(rows: Rows) -> Planted:
    for row in rows:
        if row["recorded_on"] in ("2018-01-10", "2018-01-11"):
            row["recorded_on"] = "2018-01-12"
            row["instrument_date"] = None
    return {"2018-01-10..2018-01-11"}, {"MA305", "MA306"}, {}


@plant("MA305")
def crowded(rows: Rows) -> Planted:
    for row in rows[-60:]:
        row["recorded_on"] = rows[-60]["recorded_on"]
        row["instrument_date"] = None
    return {rows[-60]["recorded_on"]}, set(), {}


@plant("MA306")
def late(rows: Rows) -> Planted:
    return {"Andrews"}, set(), {"as_of": date(2018, 6, 1)}


@plant("MA401")
def lost_image(rows: Rows) -> Planted:
    given = images(rows)
    gone = [image["path"] for image in rows[20]["images"]]
    return {number(rows, 20)}, set(), {"images": [entry for entry in given if entry[0] not in gone]}


@plant("MA402")
def stray_image(rows: Rows) -> Planted:
    return {"images/stray.tif"}, set(), {"images": [*images(rows), ("images/stray.tif", 5, "s")]}


@plant("MA403")
def short_count(rows: Rows) -> Planted:
    rows[33]["images"] = [*rows[33]["images"], {"path": "images/x.tif", "page": rows[33]["page_count"] + 1}]
    return {number(rows, 33)}, set(), {}


@plant("MA404")
def swapped_scan(rows: Rows) -> Planted:
    given = images(rows)
    one, other = rows[44]["images"][0]["path"], rows[55]["images"][0]["path"]
    same = [(path, size, "same" if path in (one, other) else digest) for path, size, digest in given]
    return {number(rows, 44), number(rows, 55)}, set(), {"images": same}


@plant("MA405")
def page_hole(rows: Rows) -> Planted:
    place = next(place for place in range(20, 400) if rows[place]["page_count"] > 4)
    del rows[place]["images"][2]
    return {number(rows, place)}, {"MA403"}, {}


@plant("MA501")
def no_grantee(rows: Rows) -> Planted:
    change(rows, 3, grantees=[])
    change(rows, 4, grantors=[])
    return {number(rows, 3), number(rows, 4)}, set(), {}


@plant("MA502")
def to_oneself(rows: Rows) -> Planted:
    change(rows, 8, grantors=[{"name": "HALE ROBERT", "capacity": "trustee"}], grantees=[{"name": "HALE ROBERT"}])
    return change(rows, 7, grantees=rows[7]["grantors"])


@plant("MA601")
def no_land(rows: Rows) -> Planted:
    return change(rows, of_type(rows, "mineral_deed"), legals=[])


@plant("MA602")
def unread_land(rows: Rows) -> Planted:
    legal = {"kind": "unread", "text": "THE OLD HOME PLACE", "remainder": "THE OLD HOME PLACE"}
    return change(rows, of_type(rows, "mineral_deed"), legals=[legal])


@plant("MA603")
def unknown_reference(rows: Rows) -> Planted:
    one, other = of_type(rows, "lease_release"), of_type(rows, "lease_release", 200)
    change(rows, one, references=[{"text": "18-9000000", "instrument_number": "18-9000000"}])
    change(rows, other, references=[])
    return {number(rows, one), number(rows, other)}, set(), {}


@plant("MA604")
def section_37(rows: Rows) -> Planted:
    for row in rows:
        row["county_fips"] = "35025"
        legal = {"kind": "plss", "text": "T19S R33E SEC 5", "township": "T19S", "range": "R33E", "section": "5"}
        row["legals"] = [legal for _ in row["legals"]]
    kept = {
        "kind": "plss",
        "text": "T19S R33E SEC 37",
        "township": "T19S",
        "range": "R33E",
        "remainder": "T19S R33E SEC 37",
    }
    change(rows, 62, legals=[{**kept, "section": "37", "remainder": None}])
    change(rows, 63, legals=[kept])
    change(rows, 64, legals=[{**kept, "range": "R12E", "section": "5", "remainder": None}])
    return {number(rows, place) for place in (62, 63, 64)}, {"MA602", "MA304"}, {}


@plant("MA605")
def foreign_survey(rows: Rows) -> Planted:
    legal = {"kind": "texas_survey", "text": "SEC 9 BLK 2 W&NW RR CO", "survey": "W&NW RR CO", "section": "9"}
    return change(rows, of_type(rows, "mineral_deed"), legals=[legal])


@plant("MA701")
def gone(rows: Rows) -> Planted:
    last = {**rows[200], "instrument_number": "18-0000201A", "page": None}
    return {"18-0000201A"}, set(), {"history": records([*rows, last])}


@plant("MA702")
def different(rows: Rows) -> Planted:
    history = records([dict(row) for row in rows])
    keys, _, _ = change(rows, 200, grantors=[{"name": "WALKER ANN"}])
    return keys, set(), {"history": history}


@plant("MA703")
def skipped_week(rows: Rows) -> Planted:
    return {"2017-12-27..2017-12-29"}, {"MA306"}, {"history": records(earlier("2017-12-22"))}


def earlier(day: str) -> Rows:
    rows = clean(5)
    for row in rows:
        row["recorded_on"], row["instrument_number"] = day, f"17-{int(row['instrument_number'][3:]):07d}"
    return rows


@plant("MA901")
def lost_row(rows: Rows) -> Planted:
    total = len(rows) + 10
    account = {"rows": total, "used": len(rows), "structural": 1, "duplicate": 2, "rejected": 6}
    return {"rows"}, set(), {"summary": account}


@plant("MA990")
def old_waivers(rows: Rows) -> Planted:
    common = {"reason": "seen", "by": "A. Hale"}
    expired = Waiver(rule="MA304", key="2018-01-10", expires=date(2017, 1, 1), **common)
    unmatched = Waiver(rule="MA201", range="18-0000007..18-0000009", expires=date(2999, 1, 1), **common)
    return {"MA304 2018-01-10", "MA201 18-0000007..18-0000009"}, set(), {"waivers": [expired, unmatched]}


@plant("MA104")
def damaged(rows: Rows) -> Planted:
    change(rows, 21, grantors=[{"name": "PE\u00c3\u2018A RUTH"}])
    change(rows, 22, grantees=[{"name": "RED BLUFF \ufffd RESOURCES LLC"}])
    change(rows, 23, document_type_text="OGL\x07")
    return {number(rows, place) for place in (21, 22, 23)}, set(), {}


@plant("MA112")
def indexed_twice(rows: Rows) -> Planted:
    place = of_type(rows, "mineral_deed", 250)
    before = {**rows[place], "instrument_number": "17-0000999", "volume": None, "page": None}
    return {number(rows, place)}, set(), {"history": records([before])}


@plant("MA205")
def swapped_pages(rows: Rows) -> Planted:
    place = next(p for p in range(60, 400) if rows[p]["volume"] == rows[p + 2]["volume"] == rows[p - 1]["volume"])
    one, other = rows[place], rows[place + 1]
    one["instrument_number"], other["instrument_number"] = other["instrument_number"], one["instrument_number"]
    one["recorded_on"] = other["recorded_on"]
    one["instrument_date"] = other["instrument_date"] = None
    return {max(number(rows, place), number(rows, place + 1))}, {"MA302", "MA603"}, {}


@plant("MA206")
def first_pages_lost(rows: Rows) -> Planted:
    start = next(place for place in range(1, 400) if rows[place]["volume"] != rows[place - 1]["volume"])
    del rows[start : start + 4]
    for row in rows[start:]:
        row["instrument_number"] = f"18-{int(row['instrument_number'][3:]) - 4:07d}"
    for row in rows:
        row["references"] = [{"text": "18-0000001", "instrument_number": "18-0000001"} for _ in row["references"]]
    return {f"OPR/{rows[start]['volume']}"}, set(), {}


@plant("MA307")
def first_of_the_year(rows: Rows) -> Planted:
    return change(rows, 0, recorded_on="2017-01-03", instrument_date=None)


@plant("MA308")
def on_a_sunday(rows: Rows) -> Planted:
    place = next(place for place in range(1, 400) if rows[place]["recorded_on"] == "2018-01-08")
    change(rows, place, recorded_on="2018-01-07", instrument_date=None)
    return {"2018-01-07"}, set(), {}


@plant("MA309")
def a_type_is_gone(rows: Rows) -> Planted:
    for row in rows:
        if row["document_type"] != "oil_gas_lease" and int(row["instrument_number"][3:]) % 6:
            row.update(document_type="oil_gas_lease", document_type_text="OGL", legals=rows[0]["legals"])
    day = rows[200]["recorded_on"]
    for row in rows:
        if row["recorded_on"] == day:
            row.update(document_type="mineral_deed", document_type_text="MINERAL DEED", legals=rows[0]["legals"])
    return {f"{day} oil_gas_lease"}, set(), {}


@plant("MA406")
def scan_of_another_day(rows: Rows) -> Planted:
    rows[120]["images"] = rows[20]["images"]
    rows[120]["page_count"] = rows[20]["page_count"]
    return {number(rows, 120)}, {"MA203", "MA204"}, {}


@plant("MA503")
def swapped(rows: Rows) -> Planted:
    place = of_type(rows, "oil_gas_lease", 300)
    rows[place]["grantors"], rows[place]["grantees"] = rows[place]["grantees"], [{"name": "ORTIZ MERCEDES"}]
    return {number(rows, place)}, set(), {}


@plant("MA504")
def cut(rows: Rows) -> Planted:
    for place, row in enumerate(rows[:12]):
        row["grantees"] = [{"name": f"{'ABCDEFGHIJKL'[place]} LONG COMPANY OF WEST TEXAS RESOURCES LLC"[:30]}]
    return {"grantees"}, set(), {}
