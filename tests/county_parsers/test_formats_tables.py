"""The formats of workbooks and of several tables: Reagan, Crockett, Broward."""

import io
import zipfile
from datetime import UTC, date, datetime

import pytest

from oseberg.county_parsers._readers import archive
from oseberg.county_parsers.counties.reagan import county as reagan
from oseberg.county_parsers.errors import UnreadableFileError
from tests.county_parsers.helpers import reasons, tables_of, workbook, zipped


def reagan_row(**cells):
    return {
        "Gin": 1,
        "PartyType": "LESSOR",
        "PartySeq": 1,
        "Searched Name": "A",
        "InstrumentType": "TOP LEASE",
        **cells,
    }


def test_reagan_cells_of_any_type(read):
    """Numbers, texts and real dates are read alike; the bracket gives what Book/Volume leaves out."""
    rows = [
        reagan_row(
            FileDate=datetime(2018, 1, 5, tzinfo=UTC).replace(tzinfo=None),
            **{"Instrument #": 20180123, "InstrumentType": "TOP LEASE - [OGL 112]", "Num Pages": 3.0},
        ),
        reagan_row(Gin="2", FileDate="01/05/2018", **{"Book/Volume": "7", "InstrumentType": "TOP LEASE - [OPR]"}),
        reagan_row(Gin=3, FileDate=43105),
        reagan_row(Gin=4.5),
        reagan_row(Gin=None),
        reagan_row(Gin=5, PartyType="WITNESS", FileDate="?"),
        reagan_row(Gin=6, PartySeq="x"),
        {"Gin": "Subtotal 5"},
    ]
    result = read("reagan", workbook(*rows))
    first, second = result.records
    assert (first.instrument_number, first.book_type, first.volume, first.page_count) == ("20180123", "OGL", "112", 3)
    assert [image.path for image in first.images] == ["images/1.pdf"]
    assert (second.book_type, second.volume, second.images) == ("OPR", "7", [])
    assert first.recorded_on == second.recorded_on == date(2018, 1, 5)
    assert [reason for _, reason in reasons(result)] == ["bad_date", "orphan", "orphan", "bad_role", "bad_number"]


def test_reagan_columns_by_heading(read):
    """Columns may be moved, be among others, or lack what no field reads; a workbook's order of rows doesn't matter."""
    columns = ["Hidden", *reversed([column for column in reagan.reader.columns if column != "Remarks"])]
    second, third = (reagan_row(PartySeq=place, **{"Searched Name": name}) for place, name in ((2, "B"), (3, "C")))
    rows = [reagan_row(), third, reagan_row(Gin=2), second, reagan_row()]
    result = read("reagan", workbook(*rows, columns=columns))
    assert [party.name for party in result.records[0].grantors] == ["A", "B", "C"]
    assert (result.summary["duplicate"], result.summary["used"]) == (1, 4)


@pytest.mark.parametrize(  # ids, since a zip holds the time: two workers would name the tests differently
    ("content", "message"),
    [
        (workbook(sheet="Other"), "no sheet 'Results'; its sheets are Other"),
        (workbook(columns=["Gin"]), "the nearest one lacks Instrument #, Book/Volume"),
        (workbook(columns=[*reagan.reader.columns[1:], "GIN"]), "the nearest one lacks Gin. Is"),
        (b"no zip", "not a zip, but begins with b'no zip'"),
        (b"", "is empty"),
        (workbook()[:2000], "its end is missing"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "an old .xls workbook, or one with a password"),
        (zipped({"a.txt": "x"}), "damaged"),
    ],
    ids=["sheet", "columns", "a column", "no zip", "empty", "cut", "old", "zip"],
)
def test_reagan_another_workbook(read, content, message):
    """A file that is not such a workbook is reported with the reason."""
    with pytest.raises(UnreadableFileError, match=message):
        read("reagan", content)


def crockett(**tables):
    rows = {f"{name}.TXT": [row.split("|") for row in lines] for name, lines in tables.items()}
    return zipped(tables_of(rows))


def test_crockett_rules(read):
    """Repeated keys, swapped columns, unknown codes, gaps in pages and rows without a document."""
    result = read(
        "crockett",
        crockett(
            DOCTYPE=["OGL|OIL GAS LEASE|LESSOR|LESSEE", "ROGL|NULL|LESSEE|LESSOR", "x"],
            MASTER=[
                "1|OGL|5|NULL||05-JAN-2018|99-XXX-2018|2",
                "1|OGL|5|NULL||05-JAN-2018|99-XXX-2018|2",
                "1|OGL|6|NULL||05-JAN-2018|x|2",
                "1|OGL|6|NULL||soon||x",
                "2|COR ROGL||1|2|||0",
                "|OGL||||||",
                "3|OGL||||soon||",
            ],
            PARTY=["1|2|2|B|", "1|2|1|A|", "1|3|1|C|", "2|1|1|NULL|", "3|1|1|D|", "1|1"],
            LEGAL=["1|GC&SF RY CO|14|C|||", "1||||||", "1|UL|5|12|A-7|N/2|40", "2|UL|5|||MOST|"],
            IMAGE=["1|3|c.TIF", "1|1|a.TIF", "2|x|d.TIF", "2|1||"],
        ),
    )
    first, second = result.records
    assert [party.name for party in first.grantees] == ["A", "B"]
    assert [(image.page, image.path) for image in first.images] == [(1, "images/a.TIF"), (3, "images/c.TIF")]
    assert [(legal.block, legal.section, legal.text) for legal in first.legals] == [
        ("C", "14", "GC&SF RY CO 14 C"),
        ("5", "12", "UL 5 12 A-7 N/2 40"),
    ]
    assert (second.document_type, second.document_type_text, second.correction) == ("lease_release", "COR ROGL", True)
    assert second.legals[0].remainder == "MOST"
    assert result.summary["duplicate"] == result.summary["swapped_legals"] == 1
    assert result.summary["bad_instrument_dates"] == 1
    assert [(reject["file"], reject["line"], reject["reason"]) for reject in result.rejects] == [
        ("DOCTYPE.TXT", 4, "cell_count"),
        ("MASTER.TXT", 4, "unreadable"),
        ("MASTER.TXT", 5, "bad_date"),
        ("MASTER.TXT", 7, "unreadable"),
        ("MASTER.TXT", 8, "bad_date"),
        ("PARTY.TXT", 4, "bad_role"),
        ("PARTY.TXT", 5, "unreadable"),
        ("PARTY.TXT", 6, "orphan"),
        ("PARTY.TXT", 7, "cell_count"),
        ("LEGAL.TXT", 3, "unreadable"),
        ("IMAGE.TXT", 4, "bad_number"),
        ("IMAGE.TXT", 5, "cell_count"),
    ]
    assert [record.complete for record in result.records] == [False, False]


def test_crockett_images_may_be_missing(read):
    """Without IMAGE.TXT there are no images; other files of the zip are left alone."""
    tables = {**tables_of({}), "README.TXT": "x"}
    del tables["IMAGE.TXT"]
    assert read("crockett", zipped(tables)).summary["rows"] == 4


def with_path(path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(path, b"")
    return stream.getvalue()


def twice():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("MASTER.TXT", b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("MASTER.TXT", b"")
    return stream.getvalue()


def corrupt():
    content = bytearray(crockett(MASTER=["1|OGL||||||"]))
    at = content.index("REC_ID".encode("utf-16-le"))
    content[at] ^= 0xFF
    return bytes(content)


def moved():
    content = bytearray(crockett())
    content[-6:-2] = (int.from_bytes(content[-6:-2], "little") + 1000).to_bytes(4, "little")  # where the list begins
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK", "damaged"),
        (moved(), "damaged"),
        (corrupt(), "damaged|heading"),
        (with_path("../MASTER.TXT"), "outside the archive"),
        (with_path("/MASTER.TXT"), "outside the archive"),
        (with_path("C:\\MASTER.TXT"), "outside the archive"),
        (with_path("a/..\\b"), "outside the archive"),
        (twice(), "two of its files have the same name"),
        (with_path("doctype.txt"), "DOCTYPE.TXT is missing; it holds doctype.txt"),
    ],
    ids=["cut", "moved", "corrupt", "up", "root", "drive", "backslashes", "twice", "another name"],
)
def test_crockett_refused_zips(read, content, message):
    """A zip that is damaged, unsafe or incomplete is refused."""
    with pytest.raises(UnreadableFileError, match=message):
        read("crockett", content)


def test_crockett_too_large(read, monkeypatch):
    """A zip that unpacks to more than the limit is refused before anything is read."""
    monkeypatch.setattr(archive, "LIMIT", 10)
    with pytest.raises(UnreadableFileError, match="more than 10 are refused"):
        read("crockett", crockett())


def test_crockett_damage_inside_a_table(read):
    """Half a character at the end of a table is one rejected row."""
    tables = tables_of({"MASTER.TXT": [["1", "OGL", "", "", "", "", "", ""]]})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in tables.items():
            archive.writestr(
                name, b"\xff\xfe" + text.encode("utf-16-le") + (b"\n\x00x" if name == "MASTER.TXT" else b"")
            )
    result = read("crockett", stream.getvalue())
    assert [(reject["line"], reject["reason"]) for reject in result.rejects] == [(3, "encoding")]


def test_broward_another_name(read):
    """A file whose name tells no kind of record is refused."""
    with pytest.raises(UnreadableFileError, match="its name should match"):
        read("broward", b"")
