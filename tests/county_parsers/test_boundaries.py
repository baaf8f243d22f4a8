"""Limits that messages, docs and docstrings state in words, tried at the limit and one beyond it."""

import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from oseberg.county_parsers import fields, load_county, parse, tracts, two_digit_day
from oseberg.county_parsers._cells import values
from oseberg.county_parsers._legals import texts
from oseberg.county_parsers._legals.in_columns import tract_of_township
from oseberg.county_parsers._legals.numbers import expand
from oseberg.county_parsers._legals.spelling import in_capitals
from oseberg.county_parsers._parsing.recognize import looks_like
from oseberg.county_parsers._readers import archive
from oseberg.county_parsers._records.row import RejectedError
from oseberg.county_parsers.counties.reagan import county as reagan
from oseberg.county_parsers.errors import UnreadableFileError, some_of
from tests.county_parsers.helpers import tables_of, zipped


def test_a_zip_of_exactly_the_limit_is_read(monkeypatch, tmp_path):
    """A zip may unpack to the limit; what unpacks to a byte more is refused."""
    path = tmp_path / "CROCKETT_20180605.zip"
    path.write_bytes(zipped(tables_of({"MASTER.TXT": [["1", "OGL", "1", "1", "1", "", "", ""]]})))
    with zipfile.ZipFile(path) as opened:
        size = sum(member.file_size for member in opened.infolist())
    monkeypatch.setattr(archive, "LIMIT", size)
    assert parse("crockett", path).summary["records"] == 1
    monkeypatch.setattr(archive, "LIMIT", size - 1)
    with pytest.raises(UnreadableFileError, match=f"unpacks to {size:,} bytes; more than {size - 1:,}"):
        parse("crockett", path)


def test_the_limit_of_a_zip():
    """It is the 2 GiB that the docs state."""
    assert archive.LIMIT == 2 * 1024**3


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("SEC 1-200 BLK A-46 PSL", 200),
        ("SEC 1-201 BLK A-46 PSL", 1),
        ("SEC 5-5 BLK A-46 PSL", 1),
        ("SEC 5-4 BLK 9 UL", 1),
    ],
)
def test_a_range_of_sections(text, count):
    """A range is read up to 200 sections."""
    found = tracts(text)
    assert len(found) == count
    assert (found[0]["kind"] == "unread") == (text in {"SEC 1-201 BLK A-46 PSL", "SEC 5-4 BLK 9 UL"})


@pytest.mark.parametrize(("section", "known"), [("0", None), ("1", "1"), ("36", "36"), ("37", None)])
def test_sections_of_a_township(section, known):
    """They are 1 to 36."""
    assert tracts(f"T18S R32E SEC {section}")[0]["section"] == known
    assert texts.whole(f"T18S R32E SEC {section}")[0]["section"] == known


@pytest.mark.parametrize(
    ("acres", "part", "kept"),
    [("79.9", None, "79.9"), ("80", "NE", "80"), ("240", "NE", "240"), ("240.1", "NE", None)],
)
def test_acres_of_a_part(acres, part, kept):
    """From half of a part's acres to half as many again they are its own; less or more is another land."""
    for read in (tracts, texts.whole):
        (tract,) = read(f"NE/4 SEC 5 BLK 3 UL {acres} AC")
        assert (tract["part"], tract["acres"]) == (part, kept)


def test_the_longest_text():
    """A text of 4,000 letters is read, a longer one is prose."""
    text = "SEC 5 BLK 3 UL "
    assert tracts(text + "x" * (texts.LONGEST - len(text)))[0]["kind"] == "texas_survey"
    assert tracts(text + "x" * (texts.LONGEST - len(text) + 1))[0]["kind"] == "unread"


def test_calls_around_land():
    """Two calls go around land; a single one may be a word of something else."""
    assert tracts("BEGINNING AT A STONE THENCE NORTH 40 FEET")[0]["kind"] == "unread"
    assert tracts("BEGINNING AT A STONE THENCE NORTH 40 FEET THENCE EAST")[0]["kind"] == "metes_and_bounds"


@pytest.mark.parametrize(("number", "page_count"), [("9" * 18, int("9" * 18)), ("9" * 19, None)])
def test_digits_of_a_number(number, page_count):
    """A whole number has at most 18 digits."""
    convert = fields.count("pages").convert
    if page_count:
        assert convert(number) == page_count
    else:
        with pytest.raises(RejectedError, match="bad_number"):
            convert(number)


def test_years_of_two_digits():
    """The latest day is tomorrow, where clocks are ahead; a later one is a century before."""
    convert = fields.day("day", "%m/%d/%y").convert
    today = datetime.now(UTC).date()
    tomorrow, after = today + timedelta(days=1), today + timedelta(days=2)
    assert convert(f"{tomorrow:%m/%d/%y}") == tomorrow.isoformat()
    assert convert(f"{after:%m/%d/%y}")[:4] == str(after.year - 100)
    assert two_digit_day("180605", date(2018, 6, 5)) == "2018-06-05"
    assert two_digit_day("180606", date(2018, 6, 5)) == "1918-06-06"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OIL GAS MINERAL LEAS", "oil_gas_lease"),
        ("OIL GAS MINERAL LEA", "other"),
        ("OIL GAS MINERAL LEA ", "oil_gas_lease"),
    ],
)
def test_types_that_were_cut(text, expected):
    """A type of the length at which the system cuts is compared as a beginning; a shorter one is as it is."""
    types = fields.document_type("type")
    assert types.bind(reagan.context())(text)[0] == expected


def test_names_in_a_message():
    """A message names the first few, and says that there are more only when there are."""
    names = [f"{number:02}" for number in range(30)]
    count = some_of(names).count(",")
    assert some_of(names[:count]).endswith(names[count - 1])
    assert some_of(names[: count + 1]).endswith("…")


@pytest.mark.parametrize(
    ("text", "day"),
    [("180605", "2018-06-05"), ("991231", "1999-12-31"), ("180606", "1918-06-06"), ("000229", "2000-02-29")],
)
def test_the_latest_century_up_to_the_run_date(text, day):
    """The run date itself counts; February 29 is of a year that has one."""
    assert two_digit_day(text, date(2018, 6, 5)) == day


@pytest.mark.parametrize("text", ["18060", "1806055", "180631", "18O605", ""])
def test_days_of_six_digits(text):
    """One more or less is not a day, and neither is one that no month has."""
    with pytest.raises(RejectedError, match="bad_date"):
        two_digit_day(text, date(2018, 6, 5))
    with pytest.raises(RejectedError, match="bad_date"):
        two_digit_day("180605", None)


def test_a_day_of_two_centuries_ago():
    """Before 1900 as well, where the run date says so; before 1800 nothing was recorded."""
    assert two_digit_day("991231", date(1899, 12, 31)) == "1899-12-31"
    assert rejected(two_digit_day, "991231", date(1899, 12, 30)) == "rejected"


def rejected(function, *arguments):
    """Return whether a function rejects its arguments, in a word, or what it answers."""
    try:
        return function(*arguments)
    except RejectedError:
        return "rejected"


@pytest.mark.parametrize(
    ("cell", "time"),
    [("0000", "00:00:00"), ("2359", "23:59:00"), ("2400", "rejected"), ("930", "rejected"), ("09300", "rejected")],
)
def test_clocks_of_four_digits(cell, time):
    """From midnight to a minute before it; nothing is put in front of three digits."""
    assert rejected(values.hhmm, cell) == time


@pytest.mark.parametrize(
    ("cell", "time"), [("1", "00:00:01"), ("235959", "23:59:59"), ("240000", "rejected"), ("0235959", "rejected")]
)
def test_clocks_of_six_digits(cell, time):
    """Their leading zeros may have been cut."""
    assert rejected(values.hhmmss, cell) == time


def test_a_count_is_above_zero():
    """0 and a blank say nothing, 1 does; a text is rejected."""
    assert [rejected(values.count, cell) for cell in ("", " ", "0", "00", "1", " 2 ", "-1", "1.5", "²")] == [
        None, None, None, None, 1, 2, "rejected", "rejected", "rejected",
    ]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "reads"), [(9, 1, True), (8, 1, False), (90, 10, True), (100, 50, True)])
def test_nine_rows_in_ten_show_whose_file_it_is(good, bad, reads, tmp_path):
    """Of the first hundred."""
    path = tmp_path / "unnamed"
    rows = ["D|1|OGL||||||"] * good + ["D|1"] * bad
    path.write_text("\n".join(rows) + "\n")
    assert bool(looks_like(path, [load_county("lea")])) == reads


@pytest.mark.parametrize(("section", "read"), [("0", None), ("1", "1"), ("36", "36"), ("37", None)])
def test_sections_in_a_column_of_a_township(section, read):
    """They are 1 to 36 there as well; another number is kept beside it."""
    found = tract_of_township("x", section, "54S", "41E")
    assert (found["section"], found["remainder"]) == (read, None if read else section)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("5-5", ("5",)), ("5-6", ("5", "6")), ("6-5", None), ("1-200", 200), ("1-201", None), ("007, 9", ("7", "9"))],
)
def test_a_list_of_numbers(text, numbers):
    """A range goes forwards, across 200 numbers at most."""
    found = expand(text)
    assert (len(found) if isinstance(numbers, int) else found) == numbers


def test_a_text_that_grows_in_capitals_keeps_its_letters():
    """A sharp s would be two of them."""
    assert [in_capitals(text) for text in ("abc", "straße 5a")] == ["ABC", "STRAßE 5A"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("20 AC OUT OF SEC 9 BLK 3 UL", "texas_survey"), ("SEC 8 & 20 AC OUT OF SEC 9 BLK 3 UL", "unread")],
)
def test_acres_out_of_one_of_several_sections(text, kind):
    """Of a single section they are its own."""
    assert tracts(text)[0]["kind"] == kind


@pytest.mark.parametrize(
    "text",
    [
        "SEC 5 BLK 3 UL LOT 2 NE/4 OF",
        "SEC 5 BLK 3 UL NE/4 OF THE",
        "SEC 8 & SEC 9 BLK 3 UL 20 AC OUT OF",
        "SEC 8 & SEC 9 BLK 3 UL 20 AC",
    ],
)
def test_a_text_that_ends_in_the_middle_of_a_phrase(text):
    """Nothing comes after OF, and that breaks nothing."""
    found = texts.whole(text)
    assert {tract["text"] for tract in found} == {text}
    assert {tract["section"] for tract in found} <= {"5", "8", "9", None}
