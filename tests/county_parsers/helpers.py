"""What the tests of county-parsers share: the example deliveries, small files of each format, and the sums."""

import csv
import io
import json
import struct
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl

from oseberg.county_parsers import list_counties, parse, parse_to
from oseberg.county_parsers.counties.andrews import county as andrews
from oseberg.county_parsers.counties.crockett import county as crockett
from oseberg.county_parsers.counties.reagan import county as reagan
from oseberg.maze_authority import IndexRecord

DATA = Path(__file__).parent / "data"
COUNTIES = [name for name in list_counties() if (DATA / name / "expected" / "reviewed.txt").is_file()]
"""Every county; one without a reviewed result fails in `test_conformance.py`, which says what to do."""


def delivery(name):
    """Give the folder of an example's only delivery."""
    (folder,) = (DATA / name / "delivery").glob("*/*")
    return folder


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def expected(name):
    """Give records, rejects and summary as reviewed."""
    folder = DATA / name / "expected"
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return read_lines(folder / "records.jsonl"), read_lines(folder / "rejects.jsonl"), summary


def accounted(name, content):
    """Parse a file of the content; check the sums, the records' form, and that memory and files agree."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("06-05-18cfn.txt" if name == "broward" else "index")
        path.write_bytes(content)
        result = parse(name, path)
        parse_to(name, path, Path(folder) / "out")
        assert read_lines(Path(folder) / "out" / "records.jsonl") == result.data
        assert read_lines(Path(folder) / "out" / "rejects.jsonl") == result.rejects
        assert json.loads((Path(folder) / "out" / "summary.json").read_text()) == result.summary
    summary = result.summary
    assert summary["rows"] == sum(summary[key] for key in ("used", "structural", "duplicate", "rejected"))
    assert summary["rejected"] == len(result.rejects)
    assert summary["records"] == len(result.data) == sum(summary["document_types"].values())
    assert summary["incomplete"] == sum(not record["complete"] for record in result.data)
    assert summary["unmapped_types"].keys() >= {
        record["document_type_text"] for record in result.data if record["document_type"] == "other"
    }
    for record, built in zip(result.data, result.records, strict=True):
        assert IndexRecord.model_validate(record) == built
        assert record["source"]["lines"] == sorted(set(record["source"]["lines"]))
        assert "" not in (record["instrument_number"], record["volume"], record["page"])
    return result


def csv_bytes(rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def zipped(tables, encoding="utf-16-le"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in tables.items():
            archive.writestr(name, f"\ufeff{text}".encode(encoding, "surrogatepass"))
    return stream.getvalue()


def tables_of(rows):
    """Give the five tables with their headings and, each, its rows."""
    return {
        name: "\r\n".join("\t".join(row) for row in [reader.columns, *rows.get(name, [])])
        for name, reader in crockett.reader.tables.items()
    }


def reasons(result):
    return [(reject["line"], reject["reason"]) for reject in result.rejects]


def andrews_row(number="1", **cells):
    values = {"Doc Number": number, "Doc Type": "OGL", "Recorded Date": "", "Book/Volume/Page": "--/--/--", **cells}
    return [values.get(column, "") for column in andrews.reader.columns]


def workbook(*rows, sheet="Results", columns=reagan.reader.columns):
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page.append(["Reagan County"])
    page.append([])
    page.append(list(columns))
    for row in rows:
        page.append([row.get(column) for column in columns])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def dbf(records, fields_=(("NUMBER", b"C", 4), ("TYPE", b"C", 4), ("FILED", b"D", 8)), count=None):
    """Give a dBase table."""
    width = 1 + sum(length for _, _, length in fields_)
    begin = 32 + 32 * len(fields_) + 1
    head = struct.pack("<B3xIHH20x", 3, len(records) if count is None else count, begin, width)
    described = b"".join(struct.pack("<11sc4xB15x", name.encode(), kind, length) for name, kind, length in fields_)
    return head + described + b"\r" + b"".join(record.ljust(width).encode("cp437") for record in records) + b"\x1a"
