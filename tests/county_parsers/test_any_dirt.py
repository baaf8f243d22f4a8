"""Whatever a delivery holds: every row is accounted for, nothing crashes, the text is kept."""

import io
import random
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oseberg.county_parsers import (
    TYPE,
    County,
    Delimited,
    FixedWidth,
    Grouped,
    InOrder,
    OneEach,
    Tagged,
    fields,
    rows,
)
from oseberg.county_parsers.counties.andrews import county as andrews
from oseberg.county_parsers.counties.crockett import county as crockett
from oseberg.county_parsers.counties.reagan import county as reagan
from oseberg.county_parsers.errors import UnreadableFileError
from tests.county_parsers.helpers import COUNTIES, accounted, csv_bytes, delivery, tables_of, zipped

SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "1",
            "2",
            "G",
            "E",
            "OGL",
            "05/06/2018",
            "00/00/0000",
            "2018-02-30",
            "SEC 5 BLK 3 UL",
            "A; B",
            "x",
        ]
    ),
)


@SLOW
@given(st.lists(st.lists(CELLS, min_size=7, max_size=10), max_size=8))
def test_andrews_of_any_cells(rows):
    """Rows of any cells, too few or too many of them."""
    rows = [andrews.reader.columns, *rows]
    result = accounted("andrews", b"\xef\xbb\xbf" + csv_bytes(rows))
    assert all(record["source"]["lines"] != [1] for record in result.data)


@SLOW
@given(st.binary(max_size=200))
def test_andrews_of_any_bytes(tail):
    """Any bytes below the heading: quotes that nothing closes, lone carriage returns, no UTF-8."""
    accounted("andrews", csv_bytes([andrews.reader.columns]) + tail)


@SLOW
@given(st.lists(st.one_of(st.text(max_size=100), st.sampled_from(["10", "20", "30", "31", "99", "00"])), max_size=12))
def test_howard_of_any_lines(lines):
    """Lines of any text, the record types in any order."""
    rows = "\r\n".join(lines).encode("cp437", "replace")
    accounted("howard", b"00HOWARD              20180605\r\n" + rows + b"\x1a")


@SLOW
@given(st.lists(st.tuples(st.sampled_from("DPRTX"), st.lists(CELLS, max_size=9)), max_size=15))
def test_lea_of_any_rows(rows):
    """Rows of any kind and any cells, in any order."""
    lines = ["|".join([kind, *cells]) for kind, cells in rows]
    accounted("lea", "\n".join(lines).encode("cp1252", "replace"))


@SLOW
@given(st.binary(max_size=300))
def test_howard_and_lea_of_any_bytes(content):
    """Any bytes at all end in records and rejects, since these formats have no heading that could be missed."""
    accounted("howard", content)
    accounted("lea", content)


@given(st.text(alphabet='",x \r\n', max_size=60))
def test_no_line_is_lost_between_quotes(text):
    """However quotes open and close, the rows put together are the file, each at its own line."""
    rows = list(Delimited(columns=["a", "b", "c"], heading=False).rows(io.BytesIO(text.encode()), "a.csv"))
    assert "".join(row.text for row in rows) == text
    line = 1
    for row in rows:
        assert row.line == line
        line += row.text.count("\n")


ANY_CELL = st.one_of(
    CELLS, st.none(), st.integers(-5, 10**9), st.floats(allow_nan=False, allow_infinity=False), st.dates()
)


@settings(SLOW, max_examples=15)
@given(st.lists(st.lists(ANY_CELL, max_size=15), max_size=6))
def test_reagan_of_any_cells(rows):
    """Cells of any type, in rows of any length."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Results"
    sheet.append(list(reagan.reader.columns))
    for row in rows:
        sheet.append([None if isinstance(cell, str) and not cell.isprintable() else cell for cell in row])
    stream = io.BytesIO()
    book.save(stream)
    accounted("reagan", stream.getvalue())


@SLOW
@given(
    st.dictionaries(
        st.sampled_from(sorted(crockett.reader.tables)), st.lists(st.lists(CELLS, min_size=2, max_size=8), max_size=5)
    )
)
def test_crockett_of_any_tables(rows):
    """Rows of any cells in any of the tables."""
    accounted("crockett", zipped(tables_of(rows)))


@SLOW
@given(st.lists(st.lists(CELLS, max_size=13), max_size=6))
def test_broward_of_any_cells(rows):
    """Rows of any cells, with and without the delimiter at their end."""
    accounted("broward", "\r\n".join("|".join(row) for row in rows).encode("cp1252", "replace"))


PARTIES = ["number", "type", "side", "place", "name"]
ROLE = rows.Party(side="side", sides={"1": "grantors", "2": "grantees"}, place="place", name="name")
COMMON = {
    "name": "Other",
    "state": "TX",
    "fips": "48001",
    "files": "*",
    "fields": {"instrument_number": fields.text("number"), TYPE: fields.document_type("type")},
    "document_types": {"oil_gas_lease": ["OGL"]},
}
GROUPED = Grouped(key="number", repeat=PARTIES)
FIXED = FixedWidth(tag=(1, 1), width=12, records={"D": {"number": (2, 4), "type": (5, 8)}})
OTHERS = {
    "a CSV with a row for each party": County(
        reader=Delimited(columns=PARTIES, heading=False), documents=GROUPED, rows={"row": ROLE}, **COMMON
    ),
    "tagged rows with a row for each party": County(
        reader=Tagged(records={"1": PARTIES}), documents=GROUPED, rows={"1": ROLE}, **COMMON
    ),
    "fixed width, a row for each document": County(reader=FIXED, documents=OneEach(number="number"), **COMMON),
    "a CSV in order": County(
        reader=Delimited(columns=PARTIES[:2], heading=False, total=r"Total (\d+)"),
        documents=InOrder(opens="row"),
        rows={"total": rows.Totals({"total": ["row"]})},
        **COMMON,
    ),
}


@pytest.mark.parametrize("name", OTHERS)
@SLOW
@given(lines=st.lists(st.lists(CELLS, max_size=6).map(",".join) | st.sampled_from(["D1", "D  1 OGL", "1|2|OGL|1|1|A"])))
def test_readers_and_documents_of_other_counties(name, lines):
    """Readers and ways to make documents that no county here puts together fit as well."""
    accounted(OTHERS[name], "\n".join([*lines, "1,OGL,1,1,A", "1,OGL,2,1,B", "Total 5"]).encode("utf-8", "replace"))


def test_parties_in_a_csv():
    """A county whose documents are named by a text, with a row for each party, is a declaration like any other."""
    lines = "2018-1,OGL,1,1,A\n2018-1,OGL,2,1,B\n2018-1,OGL,1\n2018-1,OGL,1,1,A\n,OGL,1,1,A\n"
    result = accounted(OTHERS["a CSV with a row for each party"], lines.encode())
    (record,) = result.records
    assert (record.instrument_number, record.grantors[0].name, record.grantees[0].name) == ("2018-1", "A", "B")
    assert [reject["reason"] for reject in result.rejects] == ["cell_count", "orphan"]
    assert (result.summary["duplicate"], record.complete) == (1, False)


@pytest.mark.parametrize("name", ["andrews", "broward", "howard", "lea"])
def test_any_order_and_any_loss(name):
    """An example whose lines are shuffled, repeated and lost is still accounted for; what is read agrees in form."""
    source = min(delivery(name).iterdir())
    head, *lines = source.read_bytes().splitlines(keepends=True)
    for seed in range(10):
        chosen = random.Random(seed).choices(lines, k=len(lines))
        accounted(name, head + b"".join(chosen))


@pytest.mark.parametrize("name", COUNTIES)
@pytest.mark.parametrize("part", [0, 0.3, 0.999])
def test_truncated(name, part):
    """A file cut short ends in a clear error or in a valid result."""
    whole = min(delivery(name).iterdir()).read_bytes()
    with suppress(UnreadableFileError):
        accounted(name, whole[: int(len(whole) * part)])


@pytest.mark.parametrize("name", COUNTIES)
def test_binary(name):
    """A file of another kind ends in a clear error, or in rejects alone."""
    with suppress(UnreadableFileError):
        assert accounted(name, random.Random(0).randbytes(5000)).data == []


def test_an_empty_day():
    """Lea's file without a byte is a valid day without documents."""
    assert accounted("lea", b"").summary["rows"] == 0


def test_an_enormous_line():
    """A line of megabytes is one row, set aside or read, and no trouble."""
    result = accounted("lea", b"D|" + b"x" * 5_000_000 + b"\r\n")
    assert result.summary["rejected"] == 1
    accounted("andrews", csv_bytes([andrews.reader.columns]) + b'1,"' + b"x" * 1_000_000)
