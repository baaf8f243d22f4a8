"""Nothing is lost without a word: files that are cut, missing, foreign or damaged are named."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.county_parsers import (
    TYPE,
    County,
    Delimited,
    Grouped,
    InOrder,
    OneEach,
    Related,
    Tagged,
    fields,
    needs_attention,
    parse,
    parse_to,
    rows,
)
from oseberg.county_parsers.counties.andrews import county as andrews
from oseberg.county_parsers.counties.broward import county as broward
from oseberg.county_parsers.counties.reagan import county as reagan
from oseberg.county_parsers.errors import NothingReadError, UnreadableFileError
from tests.county_parsers.helpers import DATA, andrews_row, csv_bytes, delivery, reasons, workbook
from tests.parts import missing

LEA = b"D|1|OGL||||||\r\nP|1|G|1|A\r\nD|2|OGL||||||\r\nP|2|G|1|B\r\nT|2|2\r\n"
HOWARD = (
    b"00HOWARD              201806050000002\r\n10         1OGL   180530\r\n201001A\r\n10         2OGL   180530\r\n"
    b"201001B\r\n99000000200000020000000\r\n\x1a"
)


def problems(result):
    return " ".join(result.summary.get("problems", []))


@pytest.mark.parametrize(("name", "content"), [("lea", LEA), ("howard", HOWARD)], ids=["lea", "howard"])
def test_a_whole_file_needs_nobody(read, name, content):
    """The files that are cut below are in order while they are whole."""
    assert not needs_attention(read(name, content).summary)


@pytest.mark.parametrize(
    ("name", "content", "lacks"),
    [
        ("lea", LEA.partition(b"T|")[0], "the row 'T'"),
        ("lea", LEA.partition(b"D|2")[0], "the row 'T'"),
        ("howard", HOWARD.partition(b"99")[0], "the row '99'"),
        ("howard", HOWARD.partition(b"10         2")[0], "the row '99'"),
        ("howard", HOWARD.partition(b"\n")[2], "the row '00'"),
    ],
    ids=["lea before its trailer", "lea between documents", "howard", "howard between instruments", "its header"],
)
def test_a_file_without_its_trailer_or_header_was_cut_short(read, name, content, lacks):
    """What every file of the format has and this one lacks is reported, and the totals count as differing."""
    result = read(name, content)
    assert result.summary["stated_differs"]
    assert "index was cut short" in problems(result)
    assert lacks in problems(result)
    assert needs_attention(result.summary)


def test_a_header_that_states_more_than_the_file_holds(read):
    """Howard's header states two instruments: one alone differs, even if a trailer agrees with it."""
    one = HOWARD.replace(b"10         2OGL   180530\r\n201001B\r\n", b"").replace(
        b"99000000200000020000000", b"99000000100000010000000"
    )
    result = read("howard", one)
    assert (result.summary["stated"]["instruments"], result.summary["stated_differs"]) == (1, True)


@pytest.mark.parametrize("name", ["lea", "howard"])
@given(data=st.data())
def test_a_file_cut_anywhere_is_never_all_read(name, data, tmp_path_factory):
    """Whatever byte an example ends at, a person is asked to look, unless only line breaks are gone."""
    (source,) = (path for path in delivery(name).iterdir() if path.is_file())
    whole = (LEA if name == "lea" else HOWARD) if data.draw(st.booleans()) else source.read_bytes()
    cut = data.draw(st.integers(1, len(whole.rstrip(b"\r\n\x1a")) - 1))
    folder = tmp_path_factory.mktemp("cut")
    (folder / "index").write_bytes(whole[:cut])
    assert needs_attention(parse(name, folder / "index").summary)


@given(cut=st.integers(0, 10**6))
def test_a_csv_cut_inside_a_row_is_never_all_read(cut, tmp_path_factory):
    """Andrews' total is optional: a cut within a row is noticed by its cells, or by the line break that it lacks."""
    whole = csv_bytes([andrews.reader.columns, *(andrews_row(str(n), Image=f"{n}.pdf") for n in range(5))])
    at = whole.index(b"\n") + 1
    cut = at + cut % (len(whole) - at)
    if whole[cut - 1 : cut] == b"\n":
        return
    folder = tmp_path_factory.mktemp("cut")
    (folder / "index").write_bytes(whole[:cut])
    assert needs_attention(parse("andrews", folder / "index").summary)


def test_broward_without_its_names(tmp_path):
    """A table that should be there makes its day's documents incomplete; the other day's are whole."""
    source = delivery("broward")
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
        if "nme" not in path.name:
            (tmp_path / path.name.replace("06-05", "06-06")).write_bytes(path.read_bytes())
    result = parse("broward", tmp_path)
    complete = {record["source"]["file"][:5]: record["complete"] for record in result.data if record["grantors"]}
    assert complete["06-05"] or not all(record["complete"] for record in parse("broward", source).data)
    assert not any(record["complete"] for record in result.data if record["source"]["file"].startswith("06-06"))
    assert "06-06-18: the table *nme.txt is missing" in problems(result)
    assert "06-05" not in problems(result)


def test_tables_are_read_in_the_order_of_their_meaning(tmp_path):
    """A table of rows that belong to documents may come before theirs in the alphabet."""
    source = delivery("broward")
    renamed = replace(
        broward,
        files=("??-??-??*.txt",),
        reader=replace(
            broward.reader,
            tables={name.replace("cfn", "zzz"): table for name, table in broward.reader.tables.items()},
        ),
        documents=Related(main="*zzz.txt", key="CFN"),
    )
    for path in source.iterdir():
        (tmp_path / path.name.replace("cfn", "zzz")).write_bytes(path.read_bytes())
    result = parse(renamed, tmp_path)
    assert [record["grantors"] for record in result.data] == [
        record["grantors"] for record in parse("broward", source).data
    ]


def test_results_are_replaced_only_by_a_run_that_read_something(tmp_path):
    """A folder with another county's file leaves the earlier results as they are, and says whose file it is."""
    (tmp_path / "in").mkdir()
    place = tmp_path / "in" / "HOW18156.IDX"
    place.write_bytes(HOWARD)
    parse_to("howard", tmp_path / "in", tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for content, message in ((LEA, "could be read; it looks like Lea's"), (b"", "hold no document")):
        place.write_bytes(content)
        with pytest.raises(NothingReadError, match=message) as told:
            parse_to("howard", tmp_path / "in", tmp_path / "out")
        assert "2 records) were kept" in str(told.value)
        assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_foreign_files_are_named(tmp_path):
    """Of two files the foreign one is named, whether its name or only its content gives it away."""
    (tmp_path / "HOW18156.IDX").write_bytes(HOWARD)
    (tmp_path / "HOW18157.IDX").write_bytes(LEA)
    (tmp_path / "LEA_20180605.txt").write_bytes(LEA)
    (tmp_path / "notes.txt").write_text("nothing")
    result = parse("howard", tmp_path)
    assert "HOW18157.IDX: none of its 5 rows could be read; it looks like Lea's." in problems(result)
    assert "LEA_20180605.txt was not read; it looks like Lea's." in problems(result)
    assert "notes.txt" not in problems(result)
    assert result.summary["records"] == 2


def test_a_heading_of_another_county_is_named(tmp_path):
    """What is refused for its heading is named as well, if somebody knows the format."""
    (tmp_path / "ANDREWS_OPR_1.csv").write_bytes(
        (DATA.parent / "data/lea/delivery/35025/20180605/LEA_20180605.txt").read_bytes()
    )
    with pytest.raises(UnreadableFileError, match="it looks like Lea's"):
        parse("andrews", tmp_path)


def test_a_howard_file_whose_header_names_another_county(tmp_path):
    """The same vendor's file of a neighbor is not read under Howard's code."""
    (tmp_path / "HOW18156.IDX").write_bytes(HOWARD.replace(b"00HOWARD ", b"00MARTIN "))
    with pytest.raises(UnreadableFileError, match="names MARTIN"):
        parse("howard", tmp_path)


STRAY = csv_bytes([andrews.reader.columns]) + (
    b'1,OGL,,--/--/--,"A,B,,,\r\n2,OGL,,--/--/--,C,D,,,\r\n3,OGL,,--/--/--,E",F,,,\r\n4,OGL,,--/--/--,G,H,,,\r\n'
)


def test_two_stray_quotes_do_not_join_rows(read):
    """Rows that two quotes put together are read row by row: the first is rejected, the others are documents."""
    result = read("andrews", STRAY)
    assert [(reject["line"], reject["reason"]) for reject in result.rejects] == [(2, "cell_count")]
    assert [record["instrument_number"] for record in result.data] == ["2", "3", "4"]
    two = STRAY.replace(b"2,OGL,,--/--/--,C,D,,,\r\n", b"")
    assert [record["instrument_number"] for record in read("andrews", two).data] == ["3", "4"]


def test_a_description_over_lines_is_still_one_cell(read):
    """A quoted description may have as many lines and commas as it likes, as long as they are not rows."""
    text = "SEC 5, BLK 3, UL\r\nSEC 6, BLK 3, UL, A-1, 40 AC\r\nSEC 7 BLK 3 UL"
    result = read("andrews", csv_bytes([andrews.reader.columns, andrews_row(**{"Legal Description": text})]))
    assert [legal["section"] for legal in result.data[0]["legals"]] == ["5", "6", "7"]


BASE = {
    "Gin": 1,
    "PartyType": "LESSOR",
    "PartySeq": 1,
    "Searched Name": "A",
    "InstrumentType": "TOP LEASE",
    "FileDate": "2018-01-05",
    "Legals": "SEC 5 BLK 3 UL",
}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"PartySeq": 2, "Searched Name": "B", "FileDate": "2018-01-06"}, "FileDate"),
        ({"PartySeq": 2, "Searched Name": "B", "InstrumentType": "MINERAL DEED"}, "InstrumentType"),
        ({"Legals": "SEC 6 BLK 3 UL"}, "Legals"),
        ({"Searched Name": "A CORRECTED"}, None),
    ],
    ids=["another day", "another type", "a repeat with other land", "another name in the same place"],
)
def test_reagan_rows_that_contradict_each_other(read, change, column):
    """A row that states something other than its document's first one is counted and rejected, never merged."""
    result = read("reagan", workbook(BASE, {**BASE, **change}, BASE))
    (record,) = result.data
    assert [(reject["reason"], reject["column"]) for reject in result.rejects] == [("unreadable", column)]
    assert (result.summary["contradictions"], record["complete"], result.summary["duplicate"]) == (1, False, 1)
    assert [party["name"] for party in record["grantors"]] == ["A"]
    assert (record["recorded_on"], record["legals"][0]["section"]) == ("2018-01-05", "5")


def test_reagan_a_row_may_add_what_the_first_one_left_blank(read):
    """A blank cell contradicts nothing, and what only a later row states is not lost."""
    first = {**BASE, "FileDate": None, "Num Pages": None}
    second = {**BASE, "PartySeq": 2, "Searched Name": "B", "Legals": None, "Num Pages": 3}
    (record,) = read("reagan", workbook(first, second)).data
    assert (record["recorded_on"], record["page_count"], len(record["images"])) == ("2018-01-05", 3, 1)
    assert (record["legals"][0]["section"], record["complete"]) == ("5", True)


COLUMNS = ["year", "number", "type", "side", "place", "name"]
NUMBER = {
    "instrument_number": fields.joined("year", "number", separator="R"),
    TYPE: fields.document_type("type"),
}
PARTY = rows.Party(side="side", sides={"1": "grantors", "2": "grantees"}, place="place", name="name")
COMMON = {"name": "Two", "state": "FL", "fips": "12086", "files": "*", "document_types": {"other": ["X"]}}


def test_composite_keys_tell_years_apart(read):
    """Two documents of two years with one number stay two, in every way to make documents."""
    lines = "2017,1,OGL,1,1,A\n2018,1,OGL,1,1,B\n2017,1,OGL,2,1,C\n2018,,OGL,1,1,D\n"
    grouped = County(
        reader=Delimited(columns=COLUMNS, heading=False),
        documents=Grouped(key=["year", "number"], repeat=COLUMNS),
        fields=NUMBER,
        rows={"row": PARTY},
        **COMMON,
    )
    result = read(grouped, lines.encode())
    assert [(one["instrument_number"], len(one["grantees"])) for one in result.data] == [("2017R1", 1), ("2018R1", 0)]
    assert reasons(result) == [(4, "orphan")]


def test_composite_keys_in_order(read):
    """A late row makes the document of its whole key incomplete, not that of another year."""
    tagged = County(
        reader=Tagged(records={"D": ["tag", "year", "number", "type"], "P": ["tag", "year", "number", "name"]}),
        documents=InOrder(opens="D", key=("year", "number")),
        fields=NUMBER,
        rows={"P": rows.Legal("name")},
        **COMMON,
    )
    result = read(tagged, b"D|2017|1|OGL\nD|2018|1|OGL\nP|2017|1|SEC 5 BLK 3 UL\n")
    assert [(one["instrument_number"], one["complete"]) for one in result.data] == [("2017R1", False), ("2018R1", True)]


def test_composite_numbers_of_documents_of_one_row(read):
    """A rejected row makes the others of its whole number incomplete."""
    one_each = County(
        reader=Delimited(columns=[*COLUMNS[:3], "pages"], heading=False),
        documents=OneEach(number=("year", "number")),
        fields={**NUMBER, "page_count": fields.count("pages")},
        **COMMON,
    )
    result = read(one_each, b"2017,1,OGL,1\n2018,1,OGL,2\n2017,1,OGL,x\n")
    assert [(one["instrument_number"], one["complete"]) for one in result.data] == [("2017R1", False), ("2018R1", True)]
    assert [reject["column"] for reject in result.rejects] == ["pages"]


def test_rejects_name_the_column(read):
    """The column that could not be read is named; of a row that is wrong as a whole there is none."""
    bad = [andrews_row(Pages="x"), andrews_row(**{"Recorded Date": "soon"}), [*andrews_row(), "more"]]
    result = read("andrews", csv_bytes([andrews.reader.columns, *bad]))
    assert [reject["column"] for reject in result.rejects] == ["Pages", "Recorded Date", None]
    lines = b"D|1|OGL||||||\nP|1|X|1|A\nP|1|G|x|A\nP|1|G|1|\nT|x|0"
    assert [reject["column"] for reject in read("lea", lines).rejects] == ["side", "sequence", "name", "documents"]


def test_a_file_name_that_is_not_utf_8(tmp_path):
    """The name is shown with its bytes, and the results can be written."""
    name = os.fsdecode(b"LEA_\xff.txt")
    try:
        (tmp_path / name).write_bytes(LEA)
    except OSError:
        missing("this file system takes only valid names")
    assert parse_to("lea", tmp_path, tmp_path / "out")["files"] == ["LEA_\\xff.txt"]


def test_reagan_repeats_across_workbooks_stay_duplicates():
    """The example's overlapping workbooks hold no contradictions."""
    assert "contradictions" not in parse(reagan, delivery("reagan")).summary
