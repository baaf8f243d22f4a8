"""A list of surveys given by the user completes what is read, and doubts what contradicts it."""

import pytest

from oseberg.county_parsers import SurveyList, load_surveys, needs_attention, parse, tracts
from oseberg.county_parsers.errors import CountyError

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
    """Records are completed, doubts are in the summary with their place, and a person is asked to look."""
    (tmp_path / "list.csv").write_text(PUBLIC)
    (tmp_path / "LEA_1.txt").write_text("D|1|OGL||||||\nR|1|STR|T24S R33E SEC 3\nR|1|STR|T24S R33E SEC 9\nT|1|2\n")
    summary = parse("lea", tmp_path / "LEA_1.txt", surveys=tmp_path / "list.csv").summary
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
    """A list that can't be used is told with what it should have."""
    if content is not None:
        (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(CountyError, match=message):
        load_surveys(tmp_path / "list.csv")
