"""Limits that messages, docs and docstrings state in words, tried at the limit and one beyond it."""

import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from oseberg.county_parsers import fields, parse, tracts, two_digit_day
from oseberg.county_parsers._legals import texts
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


@pytest.mark.parametrize(
    ("acres", "part", "kept"),
    [("79.9", None, "79.9"), ("80", "NE", "80"), ("240", "NE", "240"), ("240.1", "NE", None)],
)
def test_acres_of_a_part(acres, part, kept):
    """From half of a part's acres to half as many again they are its own; less or more is another land."""
    (tract,) = tracts(f"NE/4 SEC 5 BLK 3 UL {acres} AC")
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
