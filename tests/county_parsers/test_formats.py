"""The rules of each format, one delivery of a few rows for each."""

from datetime import date, time

import pytest

from oseberg.county_parsers import parse, parse_to
from oseberg.county_parsers.counties.andrews import county as andrews
from tests.county_parsers.helpers import andrews_row, csv_bytes, read_lines, reasons

HEADER = "00HOWARD              201806050000040"


def test_andrews_repeats_and_overlapping_exports(tmp_path):
    """An exact repeat is a duplicate across files too; the same number with other content is kept."""
    one, other = andrews_row(), andrews_row(Pages="2")
    for name, rows in {"a": [one, other, one], "b": [other, andrews_row("2")]}.items():
        (tmp_path / f"ANDREWS_OPR_{name}.csv").write_bytes(csv_bytes([andrews.reader.columns, *rows]))
    summary = parse("andrews", tmp_path).summary
    assert (summary["used"], summary["duplicate"], summary["structural"]) == (3, 2, 2)
    assert summary["files"] == ["ANDREWS_OPR_a.csv", "ANDREWS_OPR_b.csv"]


def test_andrews_a_rejected_row_makes_its_number_incomplete(read):
    """Rows before and after a rejected one of the same number are incomplete; a rejected row's repeat is rejected."""
    bad = andrews_row(Pages="x")
    result = read(
        "andrews",
        csv_bytes([andrews.reader.columns, andrews_row(), bad, bad, andrews_row("2"), andrews_row(Pages="3")]),
    )
    assert reasons(result) == [(3, "bad_number"), (4, "bad_number")]
    assert [record.complete for record in result.records] == [False, True, False]
    assert result.summary["incomplete"] == 2


def test_andrews_the_first_reason_counts(read):
    """A row with a bad date and a bad number is a bad date; a row of bytes that are not valid UTF-8 is neither."""
    rows = csv_bytes([andrews.reader.columns, andrews_row(**{"Recorded Date": "soon", "Pages": "x"})])
    result = read("andrews", rows + b"1,\xff,,,,,,,\r\n" + csv_bytes([andrews_row("2", **{"Book/Volume/Page": "a/b"})]))
    assert reasons(result) == [(2, "bad_date"), (3, "encoding"), (4, "unreadable")]
    assert result.rejects[1]["text"] == "1,\ufffd,,,,,,,"


def test_andrews_lines_are_physical(read):
    """A quoted legal over three lines moves the line numbers of the rows below it; the heading may come again."""
    rows = [
        andrews.reader.columns,
        andrews_row(**{"Legal Description": "SEC 5 BLK 3 UL\r\nA\nB"}),
        andrews.reader.columns,
        andrews_row("2"),
    ]
    result = read("andrews", csv_bytes(rows) + b"Total records: 1,002\r\n")
    assert [record.source.lines for record in result.records] == [[2], [6]]
    assert result.summary["stated"] == {"records": 1002}
    assert result.summary["stated_differs"]


OPEN = 'x,OGL,,--/--/--,,,"SEC 5 BLK 3 UL,,\r\n'


@pytest.mark.parametrize(
    "below",
    [
        csv_bytes([andrews_row("2")]),
        csv_bytes([andrews_row("2", **{"Legal Description": "SEC 6, BLK 3 UL"})]),
        csv_bytes([andrews_row("2", **{"Legal Description": "SEC 6\r\nSEC 7"})]),
        csv_bytes([andrews_row("2")] * 10_000),
    ],
    ids=["none", "one", "over two lines", "none within 128 KiB"],
)
def test_andrews_a_quote_that_nothing_closes_costs_its_own_row_alone(read, below):
    """Whatever quotes follow, the open quote's row is rejected, those below are read, and its number is in doubt."""
    result = read("andrews", csv_bytes([andrews.reader.columns, andrews_row("x")]) + OPEN.encode() + below)
    assert [(reject["line"], reject["reason"], reject["text"]) for reject in result.rejects] == [
        (3, "cell_count", OPEN.strip())
    ]
    assert [(record.instrument_number, record.complete) for record in result.records] == [("x", False), ("2", True)]
    assert result.records[1].source.lines == [4]


def test_andrews_totals_belong_to_their_file(tmp_path):
    """Each file's total is compared with that file's rows, duplicates included; one without a total states none."""
    one = csv_bytes([andrews.reader.columns, andrews_row()])
    (tmp_path / "ANDREWS_OPR_a.csv").write_bytes(one)
    (tmp_path / "ANDREWS_OPR_b.csv").write_bytes(one + b"Total records: 1,,,,,,,,\r\n")
    summary = parse("andrews", tmp_path).summary
    assert (summary["stated"], summary["stated_differs"], summary["structural"]) == ({"records": 1}, False, 3)
    (tmp_path / "ANDREWS_OPR_a.csv").write_bytes(one + b"Total records: 2\r\n")
    (tmp_path / "ANDREWS_OPR_b.csv").write_bytes(one + b"Total records: 0\r\n")
    summary = parse("andrews", tmp_path).summary
    assert (summary["stated"], summary["stated_differs"]) == ({"records": 2}, True)


def test_andrews_a_semicolon_inside_a_name(read):
    """Parties stand between a semicolon and a blank."""
    (record,) = read("andrews", csv_bytes([andrews.reader.columns, andrews_row(Grantor="A;B CO; C ; D;")])).records
    assert [party.name for party in record.grantors] == ["A;B CO", "C", "D"]


@pytest.mark.parametrize("digits", [19, 5000])
def test_numbers_beyond_64_bits(read, digits):
    """A number that JSON can't carry everywhere is a bad number, on a document's row and on a total's."""
    many = "9" * digits
    rows = [andrews.reader.columns, andrews_row(Pages=many), [f"Total records: {many}"]]
    assert reasons(read("andrews", csv_bytes(rows))) == [(2, "bad_number"), (3, "bad_number")]
    lines = ["D|1|OGL|||||1|", f"P|1|G|{many}|A", f"T|{many}|0"]
    assert reasons(read("lea", "\n".join(lines).encode())) == [(2, "bad_number"), (3, "bad_number")]


def howard(*lines):
    return "\r\n".join([HEADER, *lines]).encode("cp437") + b"\r\n\x1a"


def instrument(number="1", filed="180530", time="1003", pages="002", signed="      ", image="HOW1"):
    return f"10{number:10}OGL   {filed}{time:4}003220549{pages:3}{image:16}{signed}"


@pytest.mark.parametrize(
    ("filed", "expected"),
    [
        ("180605", date(2018, 6, 5)),
        ("180606", date(1918, 6, 6)),
        ("850101", date(1985, 1, 1)),
        ("000229", date(2000, 2, 29)),
        ("000000", None),
        ("      ", None),
    ],
)
def test_howard_centuries(read, filed, expected):
    """Two-digit years are put on or before the run date, the years 2000 first."""
    (record,) = read("howard", howard(instrument(filed=filed))).records
    assert record.recorded_on == expected


@pytest.mark.parametrize(
    ("filed", "written", "expected"),
    [("180605", "0000", time(0)), ("000000", "0000", None), ("000000", "0935", time(9, 35)), ("180605", "", None)],
)
def test_howard_midnight_needs_a_day(read, filed, written, expected):
    """Zeros are midnight on a real day and nothing without one; any other time is kept."""
    (record,) = read("howard", howard(instrument(filed=filed, time=written))).records
    assert record.recorded_time == expected


def test_howard_before_2000(read):
    """A file of the last century puts a later date of the year into the century before."""
    header = HEADER.replace("20180605", "19990605")
    records = read(
        "howard", "\n".join([header, instrument(filed="990604"), instrument(filed="990606")]).encode()
    ).records
    assert [record.recorded_on.year for record in records] == [1999, 1899]


@pytest.mark.parametrize(("file", "expected"), [("HOW18156.IDX", date(2018, 5, 30)), ("index", None)])
def test_howard_without_a_header(read, file, expected):
    """Without a header the name tells the run date; without that no century is guessed."""
    result = read("howard", instrument().encode(), file)
    assert [record.recorded_on for record in result.records] == ([expected] if expected else [])
    assert reasons(result) == ([] if expected else [(1, "bad_date")])


def test_howard_an_unreadable_header_is_none(read):
    """A header whose run date can't be read tells none."""
    result = read("howard", HEADER.replace("20180605", "2018 6 5").encode() + b"\n" + instrument().encode())
    assert reasons(result) == [(2, "bad_date")]


def test_howard_dittos(read):
    """A ditto repeats the last party of its side in the instrument physically before, also when that was a ditto."""
    ditto = '201001"'
    result = read(
        "howard",
        howard(
            *(instrument("1"), "201001A ET UX", "201002B"),
            *(instrument("2"), ditto),
            *(instrument("3"), "201001DO", "202001DO"),
            *(instrument("4", filed="9"), instrument("5"), ditto),
        ),
    )
    names = {record.instrument_number: [party.name for party in record.grantors] for record in result.records}
    assert names == {"1": ["A", "B"], "2": ["B"], "3": ["B"], "5": []}
    assert reasons(result) == [(9, "unreadable"), (10, "bad_date"), (12, "unreadable")]


def test_howard_rows_out_of_place(read):
    """Rows without an instrument are orphans, a continuation needs its legal, and the open instrument is incomplete."""
    result = read(
        "howard",
        howard(
            "201001A", instrument(), "31X", "30", "31X", "30SEC 5", "31BLK 3 UL", "2O", "201x01A", "203001A", "x" * 200
        ),
    )
    assert reasons(result) == [
        (2, "orphan"),
        (4, "orphan"),
        (5, "unreadable"),
        (6, "orphan"),
        (9, "unknown_row_type"),
        (10, "bad_number"),
        (11, "bad_role"),
        (12, "unknown_row_type"),
    ]
    (record,) = result.records
    assert (record.complete, record.legals[0].text, record.legals[0].section) == (False, "SEC 5 BLK 3 UL", "5")
    assert record.source.lines == [3, 7, 8]


def test_howard_details(read):
    """A bad instrument date is counted, too long a line reported; without pages no images; a bad time is a bad date."""
    result = read(
        "howard",
        howard(
            instrument(signed="181399"),
            instrument("2", pages="000", time=""),
            instrument("3", time="2561"),
            instrument("4", time="x"),
            instrument("5", pages="x"),
            f"{instrument('6'):160}and more",
            "99     1      xx     0",
        ),
    )
    first, second = result.records
    assert (first.instrument_date, result.summary["bad_instrument_dates"]) == (None, 1)
    assert [image.path for image in first.images] == ["images/HOW1.001", "images/HOW1.002"]
    assert (second.page_count, second.images, second.recorded_time) == (None, [], None)
    assert [reason for _, reason in reasons(result)] == [
        "bad_date",
        "bad_date",
        "bad_number",
        "cell_count",
        "bad_number",
    ]
    assert result.summary["stated"] == {}


def test_lea_late_and_early_rows_of_other_documents(read):
    """An orphan makes the document whose number it carries incomplete, wherever that stands."""
    document = "D|{}|OGL|05/06/2018|0935|1|2|3|a.TIF"
    lines = ["P|2|G|1|A", document.format(1), document.format(2), "P|1|G|1|A", "X|3|a", document.format(3)]
    result = read("lea", "\r\n".join(lines).encode())
    assert reasons(result) == [(1, "orphan"), (4, "orphan"), (5, "unknown_row_type")]
    assert [record.complete for record in result.records] == [False, False, False]


def test_lea_entries(read):
    """Every kind of entry is read, and what is not understood is kept as it is."""
    kinds = [
        "STR|18S-32E 14",
        "SUB|LOT 5 BLK 3 HUMBLE CITY ADDN",
        "BP|2087/412",
        "BP|2087",
        "INS|2017-1",
        "LSE|V0-1234",
        "XX|?",
        "STR| ",
    ]
    result = read("lea", "\n".join(["D|1|OGL*|||||0|", *(f"R|1|{kind}" for kind in kinds), "T|1|x"]).encode("cp1252"))
    (record,) = result.records
    assert [legal.kind for legal in record.legals] == ["plss", "subdivision", "unread"]
    assert [(item.volume, item.page, item.instrument_number, item.lease_number) for item in record.references] == [
        ("2087", "412", None, None),
        (None, None, None, None),
        (None, None, "2017-1", None),
        (None, None, None, "V0-1234"),
    ]
    assert (record.document_type_text, record.page_count, record.recorded_on) == ("OGL", None, None)
    assert reasons(result) == [(9, "unreadable"), (10, "bad_number")]


def test_more_documents_than_are_read_together(tmp_path):
    """Records keep their order over many batches, and a late row marks an early record that was written long ago."""
    lines = [f"D|{number}|OGL||||||\nR|{number}|STR|18S-32E {number % 36 + 1}" for number in range(1000)]
    (tmp_path / "LEA_1.txt").write_text("\n".join([*lines, "P|7|G|1|LATE"]))
    result = parse("lea", tmp_path)
    assert [record["instrument_number"] for record in result.data] == [str(number) for number in range(1000)]
    assert [record["legals"][0]["section"] for record in result.data] == [str(n % 36 + 1) for n in range(1000)]
    assert [record["instrument_number"] for record in result.data if not record["complete"]] == ["7"]
    assert parse_to("lea", tmp_path, tmp_path / "out") == result.summary
    assert read_lines(tmp_path / "out" / "records.jsonl") == result.data


def test_lea_a_damaged_document_row_orphans_its_entries(read):
    """A D row is rejected for bytes that cp1252 lacks, its rows are orphans, the rows around it are read."""
    result = read("lea", b"D|1|OGL||||||\nD|2|OG\x81L||||||\nP|2|G|1|A\nD|3|OGL||||||\n")
    assert reasons(result) == [(2, "encoding"), (3, "orphan")]
    assert [record.instrument_number for record in result.records] == ["1", "3"]
