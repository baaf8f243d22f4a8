"""What a declaration can say beyond the shipped counties: readers, fields and rows of other vendors."""

import json
from pathlib import Path

import pytest

from oseberg.county_parsers import (
    ACTION,
    TYPE,
    County,
    Dbf,
    Delimited,
    FixedLength,
    Grouped,
    InOrder,
    JsonLines,
    OneEach,
    fields,
    rows,
)
from oseberg.county_parsers.errors import BadDeclarationError, UnreadableFileError
from tests.county_parsers.helpers import dbf

NUMBER = {"instrument_number": fields.text("number"), TYPE: fields.document_type("type")}
COMMON = {"name": "Other", "state": "TX", "fips": "48001", "files": "*", "document_types": {"oil_gas_lease": ["OGL"]}}


def one_each(reader, more=None, **options):
    return County(
        reader=reader, documents=OneEach("number"), fields={**NUMBER, **(more or {})}, **{**COMMON, **options}
    )


def csv(*columns):
    return Delimited(columns=columns, heading=False)


def test_a_time_with_a_layout(read):
    """A time in a column of its own, in one of several layouts; another text is a bad date."""
    county = one_each(csv("number", "type", "time"), {"recorded_time": fields.time("time", "%I:%M %p", "%H.%M")})
    result = read(county, b"1,OGL,2:05 PM\n2,OGL,14.05\n3,OGL,\n4,OGL,soon\n")
    assert [record["recorded_time"] for record in result.data] == ["14:05:00", "14:05:00", None]
    assert [(reject["reason"], reject["column"]) for reject in result.rejects] == [("bad_date", "time")]


def test_several_parties_in_one_row(read):
    """Each grantor comes with each grantee: a name is one party, however often its row repeats it."""
    county = County(
        reader=csv("number", "type", "from", "to"),
        documents=Grouped(key="number", repeat=("number", "from", "to")),
        fields=NUMBER,
        rows={"row": rows.Parties({"from": "grantors", "to": "grantees"})},
        **COMMON,
    )
    result = read(county, b"1,OGL,A,X\n1,OGL,A,Y\n1,OGL,B,X\n1,OGL,B,Y\n2,OGL,C,\n3,OGL,,\n")
    names = [[[party["name"] for party in record[side]] for side in ("grantors", "grantees")] for record in result.data]
    assert names == [[["A", "B"], ["X", "Y"]], [["C"], []]]
    assert [reject["reason"] for reject in result.rejects] == ["unreadable"]


def test_parties_without_a_side_column(read):
    """A kind of row may be of one side, hold several names, or a name in several columns."""
    reader = FixedLength(
        length=20,
        encoding="ascii",
        tag=(1, 1),
        records={
            "D": {"number": (2, 4), "type": (5, 8)},
            "G": {"names": (2, 20)},
            "E": {"last": (2, 10), "first": (11, 20)},
        },
    )
    county = County(
        reader=reader,
        documents=InOrder(opens="D"),
        fields=NUMBER,
        rows={
            "G": rows.Party(name="names", always="grantors", separator="; "),
            "E": rows.Party(name=("last", "first"), always="grantees"),
        },
        **COMMON,
    )
    records = [f"{line:20}" for line in ("D1  OGL", "GA ET AL; B", "EDOE      JANE", "G")]
    result = read(county, "".join(records).encode())
    (record,) = result.data
    assert [party["name"] for party in record["grantors"] + record["grantees"]] == ["A", "B", "DOE JANE"]
    assert [(reject["reason"], reject["column"]) for reject in result.rejects] == [("unreadable", "names")]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: rows.Party(name="a"),
        lambda: rows.Party(name="a", side="b", always="grantors"),
        lambda: rows.Party(name="a", always="lessor"),
        lambda: rows.Parties({"a": "lessor"}),
        lambda: fields.action("a", {"A": "insert"}),
    ],
)
def test_a_side_or_an_action_that_is_none(wrong):
    """A side that the record does not have, and an action that nobody knows, are reported at once."""
    with pytest.raises(BadDeclarationError, match=r"needs either|is not a side|is not an action"):
        wrong()


def test_updates_and_deletes_are_events_on_records(read):
    """A feed's update and delete are records that say so, and are counted; an unknown code is a reject."""
    action = fields.action("action", {"A": "add", "U": "update", "D": "delete"})
    county = one_each(csv("action", "number", "type"), {ACTION: action}, extra={"kind": "type"})
    result = read(county, b"A,1,OGL\nU,2,OGL\nD,3,OGL\nX,4,OGL\n")
    assert [record["extra"] for record in result.data] == [
        {"kind": "OGL"},
        {"kind": "OGL", "action": "update"},
        {"kind": "OGL", "action": "delete"},
    ]
    assert (result.summary["updates"], result.summary["deletes"]) == (1, 1)
    assert [(reject["reason"], reject["column"]) for reject in result.rejects] == [("unknown_row_type", "action")]


def test_json_lines(read):
    """Keys of inner objects and lists of names are cells; what is not an object is rejected."""
    reader = JsonLines(columns=["number", "type", "recorded.on", "grantors", "pages"])
    more = {
        "recorded_on": fields.day("recorded.on", "%Y-%m-%d"),
        "grantors": fields.parties("grantors"),
        "page_count": fields.count("pages"),
    }
    first = {"number": "1", "type": "OGL", "recorded": {"on": "2026-06-05"}, "grantors": ["A", "B"], "pages": 3}
    lines = [json.dumps(first), "", "[1]", "{", '{"number": 2, "type": "OGL", "recorded": null}']
    result = read(one_each(reader, more), "\n".join(lines).encode())
    assert [(record["instrument_number"], record["page_count"]) for record in result.data] == [("1", 3), ("2", None)]
    assert [party["name"] for party in result.data[0]["grantors"]] == ["A", "B"]
    assert [(reject["line"], reject["reason"]) for reject in result.rejects] == [(3, "unreadable"), (4, "unreadable")]


def packed(number, length=4):
    digits = f"{abs(number):0{2 * length - 1}}" + ("d" if number < 0 else "c")
    return bytes.fromhex(digits)


def test_records_of_a_mainframe(read):
    """EBCDIC, packed decimals and no line breaks; a last record that is cut, or a number that is none, is rejected."""
    reader = FixedLength(
        length=20, records={"row": {"number": (1, 8), "type": (9, 12), "pages": (13, 16)}}, packed=["pages"]
    )
    record = "2026-001OGL ".encode("cp037") + packed(12) + b"\x40" * 4
    broken = "2026-002OGL ".encode("cp037") + b"\xff" * 4 + b"\x40" * 4
    blank = "2026-003OGL ".encode("cp037") + b"\0" * 4 + b"\x40" * 4
    minus = "2026-004OGL ".encode("cp037") + packed(-5) + b"\x40" * 4
    result = read(
        one_each(reader, {"page_count": fields.count("pages")}), record + broken + blank + minus + record[:15]
    )
    assert [(one["instrument_number"], one["page_count"]) for one in result.data] == [
        ("2026-001", 12),
        ("2026-003", None),
    ]
    assert [reject["reason"] for reject in result.rejects] == ["encoding", "bad_number", "cell_count"]
    assert "its last record has 15 bytes of 20" in result.summary["problems"][0]


DBF = Dbf(columns=["NUMBER", "TYPE", "FILED"])
OF_DBF = {
    "instrument_number": fields.text("NUMBER"),
    TYPE: fields.document_type("TYPE"),
    "recorded_on": fields.day("FILED", "%Y-%m-%d"),
}


def test_a_dbase_table(read):
    """Fields are found by their names, days become dates, deleted records are structural."""
    county = County(reader=DBF, documents=OneEach("NUMBER"), fields=OF_DBF, **COMMON)
    content = dbf([" 1   OGL 20260605", "*2   OGL 20260605", " 3   OGL 20261305", " É   OGL "])
    result = read(county, content)
    assert [(one["instrument_number"], one["recorded_on"]) for one in result.data] == [("1", "2026-06-05"), ("É", None)]
    assert (result.summary["structural"], result.rejects[0]["reason"]) == (1, "bad_date")
    cut = read(county, content[:-20])
    assert "its header states 4 records, it holds" in " ".join(cut.summary["problems"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a dBase table"),
        (b"x" * 200, "not a dBase table"),
        (dbf([], (("OTHER", b"C", 4),)), "lacks the field NUMBER; it has OTHER"),
    ],
    ids=["empty", "another", "columns"],
)
def test_what_is_not_a_dbase_table(read, content, message):
    """Another file is told apart by its header, and is not kept open while its error is dealt with."""
    with pytest.raises(UnreadableFileError, match=message) as held:
        read(County(reader=DBF, documents=OneEach("NUMBER"), fields=OF_DBF, **COMMON), content)
    assert held.tb is not None
    if (descriptors := Path("/proc/self/fd")).is_dir():
        assert not [one for one in descriptors.iterdir() if one.exists() and one.resolve().name == "index"]
