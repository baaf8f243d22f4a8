"""A list of surveys given by the user completes what is read, and doubts what contradicts it."""

import io
import zipfile

import openpyxl
import pytest

from oseberg.county_parsers import SurveyList, load_surveys, needs_attention, parse, tracts
from oseberg.county_parsers.errors import CountyError
from tests.county_parsers.helpers import dbf

TEXAS = """FIPS,ABSTRACT_L,L1SURNAM,L2BLOCK,L3SURNUM
48003,A-123,T&P RR CO,39,13
48003,A-124,T&P RR CO,39,14
48003,A-125,PSL,A-46,14
48003,A-126,JOHN SMITH,,
48003,A-127,JOHN SMITH,,
"""
PUBLIC = """county_fips,TWNSHPNO,TWNSHPDIR,RANGENO,RANGEDIR,FRSTDIVNO
35025,024,S,033,E,3
35025,024,S,033,E,4
"""


@pytest.fixture
def surveys(tmp_path):
    """The two lists as one."""

    def loaded(text):
        path = tmp_path / f"{len(text)}.csv"
        path.write_text(text)
        return load_surveys(path)

    return loaded


@pytest.mark.parametrize(
    ("text", "expected", "doubt"),
    [
        ("SEC 13 BLK 39", {"survey": "T&P RR CO", "abstract": "123"}, None),
        ("SEC 14 A-124", {"survey": "T&P RR CO", "block": "39"}, None),
        ("AB 125 PSL", {"block": "A-46", "section": "14"}, None),
        ("SEC 14 BLK 39 A-123", {"survey": None}, "abstract 123 is T&P RR CO block 39 section 13"),
        ("SEC 13 BLK 39 H&TC RR CO", {"survey": "H&TC RR CO", "abstract": None}, "section 13 is T&P RR CO"),
        ("SEC 13 BLK 39 A-999", {"survey": None}, "abstract 999 is not in the list"),
        ("SEC 13 BLK 39 AND MORE", {"abstract": None}, None),
        ("JOHN SMITH SURVEY SEC 1", {"abstract": None}, None),
        ("SEC 99 BLK 7", {"survey": None}, None),
    ],
)
def test_texas(text, expected, doubt, surveys):
    """One listed survey that fits completes a tract; none that fits is a doubt, and the tract stays as it was read."""
    (tract,) = tracts(text)
    found, told = surveys(TEXAS).check(tract, "48003")
    assert {name: found[name] for name in expected} == expected
    assert doubt is None if told is None else doubt in told
    assert surveys(TEXAS).check(tract, "48227") == (tract, None)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("T24S R33E SEC 3", None),
        ("T24S R33E", None),
        ("T24S R33E SEC 5", "section 5 is not in the list of T24S R33E"),
        ("T25S R33E SEC 3", "T25S R33E is not in the list of townships"),
        ("T24 R33 SEC 3", None),
        ("SEE INSTRUMENT", None),
    ],
)
def test_public_land(text, doubt, surveys):
    """A township or section that the list does not have is a doubt."""
    (tract,) = tracts(text)
    found, told = surveys(PUBLIC).check(tract, "35025")
    assert found == tract
    assert told is None if doubt is None else doubt in told


def test_a_parse_with_a_list(tmp_path):
    """Records are completed, a doubt is with its tract and in the summary, and a person is asked to look."""
    (tmp_path / "list.csv").write_text(PUBLIC)
    (tmp_path / "LEA_1.txt").write_text("D|1|OGL||||||\nR|1|STR|T24S R33E SEC 3\nR|1|STR|T24S R33E SEC 9\nT|1|2\n")
    result = parse("lea", tmp_path / "LEA_1.txt", surveys=tmp_path / "list.csv")
    summary = result.summary
    assert [tract.doubt for tract in result.records[0].legals] == [None, "section 9 is not in the list of T24S R33E"]
    assert result.frame(per="tract")["legal_doubt"].tolist()[1:] == ["section 9 is not in the list of T24S R33E"]
    assert summary["doubts"] == ["LEA_1.txt, line 1: 'T24S R33E SEC 9': section 9 is not in the list of T24S R33E."]
    assert needs_attention(summary)
    assert "doubts" not in parse("lea", tmp_path / "LEA_1.txt", surveys=SurveyList([])).summary


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "can't be read"),
        (b"\xff\xfe", "can't be read"),
        (b"a,b\n1,2\n", "needs the column county_fips"),
        (b"", "no heading"),
    ],
    ids=["missing", "encoding", "columns", "empty"],
)
def test_a_list_that_is_none(content, message, tmp_path):
    """A list that can't be used is reported with what it should have."""
    if content is not None:
        (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(CountyError, match=message):
        load_surveys(tmp_path / "list.csv")


GLO = (
    ("ABSTRACT_N", b"C", 6),
    ("ABSTRACT_L", b"C", 13),
    ("L1SURNAM", b"C", 13),
    ("L2BLOCK", b"C", 6),
    ("L3SURNUM", b"C", 6),
)
GLO_ROWS = [
    " " + "".join(cell.ljust(width) for cell, (_, _, width) in zip(row, GLO, strict=True))
    for row in (
        ("000123", "A-123", "T&P RR CO", "39", "13"),
        ("000124", "A-124", "T&P RR CO", "39", "14"),
    )
]
FIRST_DIVISION = (("PLSSID", b"C", 15), ("FRSTDIVNO", b"C", 3), ("FRSTDIVTYP", b"C", 2))
SECTIONS = [" NM230240S0330E03  SN", " NM230240S0330E04  SN", " NM230240S0330E09  LO", " NM230245S0330E05  SN"]
TOWNSHIPS = [" NM230240S0330E0", " NM230180S0320E0"]


def workbook():
    book = openpyxl.Workbook()
    for row in (["FIPS", "ABSTRACT_L", "L1SURNAM", "L2BLOCK", "L3SURNUM"], [48003, "A-123", "T&P RR CO", 39, 13.0]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def archive(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, content in members.items():
            opened.writestr(name.replace("_", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "fips", "text", "expected"),
    [
        ("surv003p.dbf", dbf(GLO_ROWS, GLO), "48003", "SEC 13 BLK 39", "123"),
        ("surv003p.DBF", dbf(GLO_ROWS, GLO), "48003", "SEC 13 BLK 39", "123"),
        ("list.xlsx", workbook(), "48003", "SEC 13 BLK 39", "123"),
        ("surv003.zip", archive(surv003p_dbf=dbf(GLO_ROWS, GLO), surv003p_prj="x"), "48003", "SEC 14 BLK 39", "124"),
        ("a.dbf", dbf(SECTIONS, FIRST_DIVISION), "35025", "T24S R33E SEC 3", None),
        (
            "a.dbf",
            dbf(SECTIONS, FIRST_DIVISION),
            "35025",
            "T24S R33E SEC 9",
            "section 9 is not in the list of T24S R33E",
        ),
        ("a.dbf", dbf(TOWNSHIPS, FIRST_DIVISION[:1]), "35025", "T18S R33E", "not in the list of townships of state 35"),
        ("a.dbf", dbf(TOWNSHIPS, FIRST_DIVISION[:1]), "35025", "T18S R32E SEC 3", None),
        ("a.dbf", dbf(TOWNSHIPS, FIRST_DIVISION[:1]), "48003", "T18S R33E", None),
    ],
)
def test_published_files(name, content, fips, text, expected, tmp_path):
    """Shapefiles and workbooks of the land offices are read as they are published, zipped or not."""
    (tmp_path / name).write_bytes(content)
    (tmp_path / "surv003p.shp").touch()
    given = tmp_path / ("surv003p.shp" if name.startswith("surv003p") else name)
    (tract,) = tracts(text)
    found, doubt = load_surveys(given).check(tract, fips)
    if tract["kind"] == "texas_survey":
        assert found["abstract"] == expected
    else:
        assert doubt is None if expected is None else expected in doubt


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.xlsx", b"x", "can't be read"),
        ("a.dbf", b"x", "not a dBase table"),
        ("a.shp", b"x", "can't be read"),
        ("a.zip", b"x", "not a zip"),
        ("a.zip", archive(readme_txt="x"), "no heading"),
        ("list.dbf", dbf(GLO_ROWS, GLO), "needs the column county_fips"),
    ],
)
def test_published_files_that_cannot_be_used(name, content, message, tmp_path):
    """What is damaged, of another format, or does not say its county is a clear error."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CountyError, match=message):
        load_surveys(tmp_path / name)
