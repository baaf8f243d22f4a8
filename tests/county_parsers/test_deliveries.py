"""Deliveries as a courthouse breaks them, and disks: what is reported, and that nothing is left half-written."""

import gc
import re
import resource
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from oseberg.county_parsers import find_deliveries, is_own, list_counties, load_county, parse, parse_to, preview
from oseberg.county_parsers.counties.andrews import county as andrews
from oseberg.county_parsers.errors import CountyError, NoIndexFileError, UnreadableFileError
from tests.county_parsers.helpers import andrews_row, csv_bytes, delivery, tables_of, zipped


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_says_the_encoding(read, encoding):
    """A file that was saved anew in another encoding, with its mark, is read by that one."""
    text = csv_bytes([andrews.reader.columns, andrews_row(Grantor="JOSÉ")]).decode()
    (record,) = read("andrews", f"\ufeff{text}".encode(encoding)).records
    assert record.grantors[0].name == "JOSÉ"
    master = ["1", "OGL", "", "", "", "", "", ""]
    assert read("crockett", zipped(tables_of({"MASTER.TXT": [master]}), encoding)).summary["records"] == 1


def test_lea_saved_as_utf_8(read):
    """A mark says that ½ is written in UTF-8; without one the file is in the vendor's encoding."""
    lines = "D|1|OGL||||||\nR|1|STR|S½ SEC 5 T20S R34E"
    for encoding in ("utf-8-sig", "cp1252"):
        (record,) = read("lea", lines.encode(encoding)).records
        assert (record.legals[0].part, record.source.lines) == ("S2", [1, 2])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "but the file is empty"),
        (b"a,b\r\n", "but is 'a,b'"),
        (b"a\rb\r", r"but is 'a\\rb'"),
        (b"PK\x03\x04", r"but is 'PK\\x03\\x04'"),
    ],
    ids=["empty", "another one", "carriage returns", "zip"],
)
def test_a_heading_that_is_not_there_is_reported_with_what_is(read, content, found):
    """The message shows how the file begins, letter for letter."""
    with pytest.raises(UnreadableFileError, match=found):
        read("andrews", content)


@contextmanager
def limited(size):
    """Let files grow to so many bytes, as on a disk that is nearly full.

    Not a fixture: its end comes late, when coverage has written already what the test executed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("missing", [1, 10_000], ids=["at the last byte", "early"])
def test_a_full_disk_leaves_nothing(tmp_path, missing):
    """Records that don't fit, also when a late row has them written anew, leave no file; the error names the folder."""
    (tmp_path / "LEA_1.txt").write_text("D|1|OGL||||||\n" * 100 + "D|2|OGL||||||\nP|1|G|1|LATE\n")
    parse_to("lea", tmp_path, tmp_path / "whole")
    size = (tmp_path / "whole" / "records.jsonl").stat().st_size - missing
    with limited(size), pytest.raises(OSError, match="out"):
        parse_to("lea", tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_without_an_index(tmp_path):
    """An empty folder and a missing one are reported with what was looked for."""
    with pytest.raises(NoIndexFileError, match=r"LEA_\*\.txt"):
        parse("lea", tmp_path)
    with pytest.raises(NoIndexFileError, match="does not exist"):
        parse("lea", tmp_path / "none")


def test_a_root_with_one_delivery(tmp_path):
    """A root that holds one delivery of the county is as good as the delivery; of several one must be named."""
    for day in ("20180605", "20180606"):
        folder = tmp_path / "35025" / day
        (folder / "images").mkdir(parents=True)
        (folder / f"LEA_{day}.txt").write_bytes(b"")
        if day == "20180605":
            assert parse("lea", tmp_path).summary == parse("lea", tmp_path / "35025").summary
            assert parse("lea", tmp_path).summary["files"] == ["LEA_20180605.txt"]
    with pytest.raises(NoIndexFileError, match="several deliveries: 20180605, 20180606"):
        parse("lea", tmp_path)


def test_deliveries_under_a_root():
    """Files are sorted into deliveries; what nothing reads is named, except images and hidden files."""
    names = [
        "35025/20180605/LEA_20180605.txt",
        "35025/20180605/images/1.TIF",
        "35025/20180605/.DS_Store",
        "35025/20180605/notes.txt",
        "35025/20180605/more/LEA_1.txt",
        "35025/20180606/images/1.TIF",
        "35025/LEA_1.txt",
        "48999/20180605/a.csv",
        "old/20180605/a.csv",
        "readme.txt",
    ]
    found = find_deliveries(names, list_counties())
    assert found.deliveries == {"35025/20180605": ("lea", ["LEA_20180605.txt"])}
    assert [re.split(":| holds", sentence)[0] for sentence in found.strange] == [
        "35025/20180605/more/",
        "35025/20180605/notes.txt",
        "35025/LEA_1.txt",
        "48999/",
        "old/",
        "readme.txt",
        "35025/20180606",
    ]
    assert find_deliveries([], {}).strange == []


def test_two_modules_of_one_code(tmp_path):
    """Where two modules declare one code, the user's own is used, and the choice is reported."""
    (tmp_path / "martin.py").write_text(
        "from dataclasses import replace\n"
        "from oseberg.county_parsers.counties.andrews import county as andrews\n"
        'county = replace(andrews, name="Martin")\n'
    )
    counties = list_counties(tmp_path)
    found = find_deliveries(["48003/20180605/ANDREWS_OPR_1.csv"], counties, tmp_path)
    assert found.deliveries["48003/20180605"][0] == "martin"
    assert "andrews: its fips 48003 is also that of martin, which is used" in found.chosen[0]
    assert (is_own("martin", tmp_path), is_own("andrews", tmp_path)) == (True, False)


def test_documents_next_to_their_rows():
    """A preview has the first documents with the rows that they were made of, and the first rejects."""
    found = preview("lea", delivery("lea"), documents=2)
    (first, rows), _ = found.documents
    assert list(rows) == [(first["source"]["file"], line) for line in first["source"]["lines"]]
    assert next(iter(rows.values())).startswith("D|2018-12001|OGL")
    assert (len(found.rejects), found.summary["records"]) == (2, 39)
    assert len(preview(load_county("reagan"), delivery("reagan"), documents=1).documents[0][1]) > 1


def test_the_garbage_collector_is_as_before(tmp_path):
    """While deliveries are parsed, old objects are looked through rarely; afterwards as often as before."""
    before = gc.get_threshold()
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda name: parse(name, delivery(name)), ["andrews", "crockett", "howard", "lea"]))
    assert gc.get_threshold() == before
    (tmp_path / "LEA_1.txt").write_bytes(b"")
    with pytest.raises(CountyError):
        parse("crockett", tmp_path / "LEA_1.txt")
    assert gc.get_threshold() == before
