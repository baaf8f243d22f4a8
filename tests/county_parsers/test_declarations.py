"""Declarations as people write them: a single text for a list, a wrong pattern, a delimiter that can't be one."""

import io
import shutil
import zipfile
from dataclasses import replace

import pytest

from oseberg.county_parsers import (
    TYPE,
    Delimited,
    Grouped,
    Sheet,
    Tagged,
    Zipped,
    fields,
    load_county,
    parse,
)
from oseberg.county_parsers.counties.crockett import county as crockett
from oseberg.county_parsers.counties.reagan import county as reagan
from oseberg.county_parsers.errors import BadDeclarationError, UnreadableFileError
from tests.county_parsers.helpers import DATA, delivery, workbook

example = load_county("example")
HEADING = ",".join(example.reader.columns)


def test_a_single_text_is_one_text(read):
    """A text where several may be named is not read letter by letter."""
    county = replace(
        example,
        document_types={"oil_gas_lease": "OGL"},
        partial="POGL",
        counts="mine",
        fields={**example.fields, "recorded_on": fields.day("Recorded", "%m/%d/%Y", none="NONE")},
    )
    result = read(county, f"{HEADING}\n1,OGL,NONE,,,,,,,\n2,O,NONE,,,,,,,\n3,OGL,N,,,,,,,\n".encode())
    assert [record["document_type"] for record in result.data] == ["oil_gas_lease", "other"]
    assert (result.summary["mine"], [reject["column"] for reject in result.rejects]) == (0, ["Recorded"])


def test_a_single_column_of_a_sheet(read):
    """A workbook's days and optional columns, and what a repeat is known by, may be one column."""
    reader = replace(reagan.reader, days="FileDate", optional="Remarks")
    county = replace(reagan, reader=reader, documents=Grouped(key="Gin", repeat="Searched Name"))
    assert read(county, workbook({"Gin": 1, "PartyType": "LESSOR", "PartySeq": 1, "Searched Name": "A"})).data
    assert Sheet(sheet="a", columns="Gin").columns == ("Gin",)


def test_a_single_optional_table():
    """A zip's only optional table is not every part of its name."""
    reader = Zipped(tables=crockett.reader.tables, optional="IMAGE.TXT")
    assert parse(replace(crockett, reader=reader), delivery("crockett")).data


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: replace(example, document_types={"oil_gas_leese": ["OGL"]}), "'oil_gas_leese' in document_types"),
        (lambda: Delimited(columns=["a"], delimiter="||"), r"has 2 characters.* quotes=False"),
        (lambda: Delimited(columns=["a"], delimiter=""), "delimiter is empty"),
        (lambda: Tagged(records={}, delimiter=""), "delimiter is empty"),
        (lambda: Delimited(columns=["a"], total="Total (\\d+"), "not a valid regular expression"),
        (lambda: Delimited(columns=["a"], total="Total \\d+"), "has no group"),
        (lambda: fields.parties("a", "("), "not a valid regular expression"),
        (lambda: fields.legals("a", "["), "not a valid regular expression"),
        (
            lambda: parse(replace(reagan, documents=replace(reagan.documents, readable="(")), delivery("reagan")),
            "not a valid regular expression",
        ),
    ],
    ids=["type", "delimiter", "none", "tagged", "total", "group", "parties", "legals", "keys"],
)
def test_what_cannot_be_right_is_a_sentence(wrong, message):
    """A mistake in a declaration is reported when it is made, with the way out."""
    with pytest.raises(BadDeclarationError, match=message):
        wrong()


def test_two_characters_between_cells(read):
    """Cells that are never quoted may have any text between them."""
    county = replace(
        example,
        reader=Delimited(columns=["Number", "Type"], delimiter="||", quotes=False, heading=False),
        fields={"instrument_number": fields.text("Number"), TYPE: fields.document_type("Type")},
    )
    assert read(county, b"1||OGL\n2|OGL\n").data[0]["instrument_number"] == "1"


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        (b"P|1|G|1|SMITH JOHN\0\0\0", "SMITH JOHN", None),
        (b"P|1|G|1|\0SMITH JOHN", "SMITH JOHN", None),
        (b"P|1|G|1|SMI\0TH", None, "encoding"),
    ],
    ids=["behind", "in front", "inside"],
)
def test_nul(read, line, name, reason):
    """A NUL that fills a field is a blank; one inside a word is damage."""
    result = read("lea", b"D|1|OGL||||||\n" + line + b"\nT|1|1")
    assert [party["name"] for party in result.data[0]["grantors"]] == ([name] if name else [])
    assert [reject["reason"] for reject in result.rejects] == ([reason] if reason else [])


def test_escaped_characters_of_a_workbook(read):
    """A carriage return that a workbook writes as `_x000D_` is a line break."""
    row = {"Gin": 1, "PartyType": "LESSOR", "PartySeq": 1, "Searched Name": "A", "Legals": "SEC 5 BLK 3 UL_x000D_\nX"}
    (record,) = read("reagan", workbook(row)).data
    assert [legal["text"] for legal in record["legals"]] == ["SEC 5 BLK 3 UL", "X"]


def test_a_zip_with_a_password(tmp_path):
    """A protected zip is called protected, not damaged."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("MASTER.TXT", b"x")
    content = bytearray(stream.getvalue())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag is written with each member, twice
        content[content.index(mark) + at] |= 1
    (tmp_path / "CROCKETT_1.zip").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="protected with a password"):
        parse("crockett", tmp_path)


def test_an_old_workbook_is_read_like_a_new_one(tmp_path):
    """The same rows saved as .xls, also under the name of an .xlsx, are the same records."""
    new = next(path for path in sorted((DATA / "reagan" / "delivery").rglob("*.xlsx")))
    old = tmp_path / new.name
    shutil.copyfile(DATA / "reagan" / "old_workbook.xls", old)
    result, expected = parse("reagan", old), parse("reagan", new)
    assert result.data == expected.data
    assert result.summary["used"] == expected.summary["used"] > 0


def test_an_old_workbook_that_is_damaged(tmp_path):
    """An .xls that can't be opened is called what it is."""
    (tmp_path / "Reagan a.xlsx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000))
    with pytest.raises(UnreadableFileError, match=r"old \.xls workbook, or one with a password"):
        parse("reagan", tmp_path)
