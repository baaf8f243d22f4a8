"""A first draft of a county from real files: how much of the final declaration it has, and that it can be parsed."""

import json
from pathlib import Path

import pytest

from oseberg.county_parsers import County, Delimited, draft_county, load_county, parse
from oseberg.county_parsers._draft.look import look
from oseberg.county_parsers.errors import BadDeclarationError, UnreadableFileError
from tests.county_parsers.helpers import DATA, delivery

FORMATS = ["andrews", "broward", "crockett", "howard", "lea", "reagan"]


def drafted(name, folder):
    files = sorted(path for path in delivery(name).iterdir() if path.is_file())
    draft_county(f"new_{name}", "48495", files, folder)
    return load_county(f"new_{name}", folder), files


def columns_of(county):
    """Return the columns of the rows that state documents."""
    reader = county.reader
    if hasattr(reader, "tables"):
        return list(reader.tables[county.documents.main].columns)
    if hasattr(reader, "records"):
        return list(reader.records[county.documents.opens])
    return list(reader.columns)


def places(county):
    """Return by key of the record where its column is: of fixed columns the first position."""
    columns = columns_of(county)
    if hasattr(county.reader, "width"):
        begins = {name: first for name, (first, _) in county.reader.records[county.documents.opens].items()}
    else:
        begins = {name: at for at, name in enumerate(columns)}
    found = {}
    for keys, field in county.fields.items():
        for key in keys if isinstance(keys, tuple) else (keys,):
            found[key] = begins[field.column]
    return found


def items(county, sample):
    """Return what a declaration says, each as a pair that another one may have, too."""
    reader, documents = county.reader, county.documents
    tables = list(getattr(reader, "tables", {"": reader}).items())
    yield "reader", type(reader).__name__
    yield "documents", type(documents).__name__
    yield from (("files", path.name) for path in sample if county.is_index(path.name))
    for name, table in tables:
        if isinstance(table, Delimited):
            for setting in ("encoding", "delimiter", "quotes", "heading", "trailing_delimiter", "none"):
                plain = str(getattr(table, setting)).removesuffix("-sig").replace("cp1252", "utf-8")
                yield "table", name, setting, plain
            yield "table", name, "columns", len(table.columns)
        else:
            yield "encoding", getattr(table, "encoding", "")
            yield "sheet", getattr(table, "sheet", "")
            yield "tag", getattr(table, "tag", "")
            yield from (("kind", kind) for kind in getattr(table, "records", ()))
    yield from (("field", key, place) for key, place in places(county).items())
    for kind, role in county.rows.items():
        yield "role", kind, type(role).__name__
        yield from (("side", kind, text, side) for text, side in getattr(role, "sides", {}).items())
    known = {text for path in sample for text in path.read_bytes().decode("latin-1").replace("\0", "").split()}
    for name, texts in county.document_types.items():
        yield from (("type", name, text) for text in texts if text in known)


@pytest.mark.parametrize(("name", "share"), dict.fromkeys(FORMATS, 0.8).items())
def test_a_draft_has_most_of_the_final_declaration(name, share, tmp_path):
    """Of what the final declaration says, the draft of the example's files says so much."""
    draft, files = drafted(name, tmp_path)
    final, found = set(items(load_county(name), files)), set(items(draft, files))
    missing = sorted(map(str, final - found))
    assert len(final & found) >= share * len(final), f"{len(final & found)} of {len(final)}: {missing}"


@pytest.mark.parametrize("name", [*FORMATS, "hillsborough", "miami_dade", "sarasota"])
def test_a_draft_can_be_parsed(name, tmp_path):
    """Whatever the files are, the draft is a module that reads them, and its test says what to do next."""
    draft, _ = drafted(name, tmp_path)
    assert isinstance(draft, County)
    result = parse(draft, delivery(name))
    summary = result.summary
    assert summary["rows"] == sum(summary[key] for key in ("used", "structural", "duplicate", "rejected"))
    assert (tmp_path / f"test_new_{name}.py").is_file()
    assert (tmp_path / "examples" / f"new_{name}" / "delivery" / "48495").is_dir()


def test_json_lines_and_mainframes(tmp_path):
    """JSON lines are found by their keys, records without line breaks by the length at which they repeat."""
    rows = [{"number": f"2026-{n}", "type": "OGL", "recorded": {"date": "2026-06-05"}} for n in range(20)]
    (tmp_path / "a.json").write_text("\n".join(map(json.dumps, rows)))
    seen = look(tmp_path / "a.json")
    assert (seen.form, seen.columns["row"]) == ("json", ["number", "type", "recorded.date"])
    records = "".join(f"{n:06}OGL   20260605SMITH JOHN     " for n in range(40))
    (tmp_path / "b.dat").write_bytes(records.encode("cp037"))
    seen = look(tmp_path / "b.dat")
    assert (seen.form, seen.encoding, seen.width) == ("mainframe", "cp037", 35)


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n"], ids=["empty", "blank"])
def test_files_that_say_nothing(content, tmp_path):
    """An empty file is reported, before anything is written."""
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="documents in it"):
        draft_county("winkler", "48495", [tmp_path / "a.csv"], tmp_path)
    assert not (tmp_path / "winkler.py").exists()


def test_an_existing_county_is_not_drafted_again(tmp_path):
    """The name of a shipped county is taken."""
    with pytest.raises(BadDeclarationError, match="exists already"):
        draft_county("andrews", "48003", [Path(DATA)], tmp_path)


COLORADO = """Reception #,Doc Type,Rec Date,Rec Time,Grantor(s),Grantee(s),Legal Description,Twp,# Pages,Related,Fee
4400000,MINERAL DEED,4/21/2018,8:20 AM,"VEGA, JOE","SMITH, RUTH",SEC 17 T6N R68W NE4,6N,7,4300000,$13
4400001,ASSIGNMENT OF OIL AND GAS LEASE,3/20/2018,11:18 AM,"SMITH, MARY | COX, ANN",PDC INC,SEC 18 T3N R66W,3N,6,,$18
4400002,AFFIDAVIT,3/23/2018,9:34 AM,"GRAY, MARY | NOBLE ENERGY INC","MOSS, LINDA",,,1,4300002,
4400003,QUIT CLAIM DEED,3/23/2018,9:35 AM,"KING, LINDA","MOSS, LINDA",LOT 5 BLK 2 GREELEY HTS SUBDIVISION,,1,,$13
"""
NEW_MEXICO = """EDDY COUNTY CLERK - DAILY INDEX;;;;;;;;;
Instr;Type;Filed;Time;Bk/Pg;Role;Seq;Party;Description;Pgs
18-00001;AFF;02-JUN-18;0931;1102/0177;GR;1;PDC ENERGY INC;T26S R29E SEC 17: NE¼;7
18-00001;AFF;02-JUN-18;0931;1102/0177;GR;2;HOLT, RUTH;T26S R29E SEC 17: NE¼;7
18-00001;AFF;02-JUN-18;0931;1102/0177;GE;1;MUÑOZ, JOE;T26S R29E SEC 17: NE¼;7
18-00002;ASGN OGL;03-JUN-18;1001;1102/0180;GR;1;JONES, MARY;T16S R25E SEC 33: N2NE;2
18-00002;ASGN OGL;03-JUN-18;1001;1102/0180;GE;1;MOSS, LINDA;T16S R25E SEC 33: N2NE;2
TOTAL ROWS;5;;;;;;;;
"""


def tried(name, text, folder, encoding="utf-8"):
    """Give the source of a draft and what it reads of its file."""
    path = folder / f"{name.upper()}_20180605.csv"
    path.write_bytes(text.encode(encoding))
    draft_county(name, "08123", [path], folder)
    return (folder / f"{name}.py").read_text(), parse(load_county(name, folder), path)


def test_a_csv_of_colorado(tmp_path):
    """Headings in other words, names between bars, related documents and times are recognized; the rest is kept."""
    source, result = tried("weld", COLORADO, tmp_path)
    assert "# not mapped, with how often they occur: QUIT CLAIM DEED (1)" in source
    assert result.summary["rejected"] == 0
    first, second, *_ = result.data
    assert (second["document_type"], second["recorded_on"], second["recorded_time"]) == (
        "lease_assignment",
        "2018-03-20",
        "11:18:00",
    )
    assert [party["name"] for party in second["grantors"]] == ["SMITH, MARY", "COX, ANN"]
    assert first["references"][0]["instrument_number"] == "4300000"
    assert first["extra"] == {"twp": "6N", "fee": "$13"}
    assert (first["page_count"], first["legals"][0]["township"]) == (7, "T6N")


def test_a_csv_of_new_mexico(tmp_path):
    """A title above the headings, a total, parties by role, book and page in one cell, and cp1252 are recognized."""
    _, result = tried("eddy", NEW_MEXICO, tmp_path, "cp1252")
    assert (result.summary["rejected"], result.summary["structural"], result.summary["stated"]) == (0, 3, {"rows": 5})
    first, second = result.data
    assert [party["name"] for party in first["grantors"]] == ["PDC ENERGY INC", "HOLT, RUTH"]
    assert first["grantees"][0]["name"] == "MUÑOZ, JOE"
    assert (first["volume"], first["page"], first["recorded_on"]) == ("1102", "0177", "2018-06-02")
    assert second["document_type"] == "lease_assignment"
    _, cut = tried("chaves", NEW_MEXICO.replace("S;5;", "S;6;"), tmp_path, "cp1252")
    assert cut.summary["stated_differs"]


def test_titles_are_rows_of_one_cell(tmp_path):
    """What is above the headings and could be a document is not skipped."""
    source, _ = tried("eddy", NEW_MEXICO, tmp_path, "cp1252")
    county = load_county("eddy", tmp_path)
    for above, message in ((";x;y;;;;;;;", "should be the heading"), ("x;;;;;;;;;\n" * 11, "should be the heading")):
        (tmp_path / "a.csv").write_text(f"{above}\n{NEW_MEXICO.split(chr(10), 1)[1]}", encoding="cp1252")
        with pytest.raises(UnreadableFileError, match=message):
            parse(county, tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("x;;;;;;;;;\n" * 10 + NEW_MEXICO.split("\n", 1)[1], encoding="cp1252")
    assert parse(county, tmp_path / "a.csv").summary["structural"] == 12
    assert "total=" in source
