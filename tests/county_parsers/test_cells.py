"""Names, document types, and the flat tables."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oseberg.county_parsers import load_county, parse, party
from oseberg.county_parsers._cells import values
from oseberg.county_parsers._cells.document_types import DocumentTypes
from oseberg.county_parsers._documents.seen import Seen, fingerprint
from tests.county_parsers.helpers import COUNTIES, DATA, delivery

REAL = DATA / "real"


@pytest.mark.parametrize(
    ("text", "name", "suffix", "capacity"),
    [
        ("  SMITH   JOHN ", "SMITH JOHN", None, None),
        ("SMITH JOHN ETUX", "SMITH JOHN", "ET UX", None),
        ("SMITH JOHN, et-vir", "SMITH JOHN", "ET VIR", None),
        ("SMITH JOHN TRUSTEE ET AL", "SMITH JOHN", "ET AL", "trustee"),
        ("SMITH JOHN ET AL/TTEE", "SMITH JOHN", "ET AL", "trustee"),
        ("SMITH JOHN (TR)", "SMITH JOHN", None, "trustee"),
        ("SMITH JOHN, TR", "SMITH JOHN", None, "trustee"),
        ("LOWE DAVID TR", "LOWE DAVID TR", None, None),
        ("HOYT, NATHAN B./DECD", "HOYT, NATHAN B.", None, "estate"),
        ("BELL ANN DEC'D", "BELL ANN", None, "estate"),
        ("ESTATE OF X", "X", None, "estate"),
        ("EST OF X ET AL", "X", "ET AL", "estate"),
        ("LONE STAR REAL ESTATE", "LONE STAR REAL ESTATE", None, None),
        ("BELL ANN, ATTY IN FACT", "BELL ANN", None, "attorney_in_fact"),
        ("BELL ANN AIF", "BELL ANN", None, "attorney_in_fact"),
        ("BELL ANN EXECUTRIX,", "BELL ANN", None, "executor"),
        ("ZEIG, WILLIAM J. EXEC/OF", "ZEIG, WILLIAM J.", None, "executor"),
        ("BELL ANN [GDN]", "BELL ANN", None, "guardian"),
        ("BELL ANN / ADMR", "BELL ANN", None, "administrator"),
        ("SMITH (JOHN TRUSTEE)", "SMITH (JOHN TRUSTEE)", None, None),
        ("TRUSTEE BOB", "TRUSTEE BOB", None, None),
        ("TRUSTEE", "TRUSTEE", None, None),
        ("ET AL", "ET AL", None, None),
        ("CITIBANK, N.A.,", "CITIBANK, N.A.", None, None),
        ("/", "/", None, None),
        ("ESTATE OF X (GUARDIAN)", "ESTATE OF X", None, "guardian"),
        ("JOHN B. CARLEY, AS EXECUTOR", "JOHN B. CARLEY", None, "executor"),
        ("BELL ANN, AS THE TRUSTEE", "BELL ANN", None, "trustee"),
        ("BELL ANN AS TRUSTEE ET AL", "BELL ANN", "ET AL", "trustee"),
        ("SMITH JOHN, AS", "SMITH JOHN", None, None),
        ("EQUINOR ENERGY AS", "EQUINOR ENERGY AS", None, None),
        (", AS", ", AS", None, None),
        ("SMITH JOHN ( ADMINISTRATOR. ) , ET-AL. ,", "SMITH JOHN", "ET AL", "administrator"),
    ],
)
def test_party(text, name, suffix, capacity):
    """Suffix and capacity are cut off the end, one of each, and a name is never cut to nothing."""
    assert party(text) == {"name": name, "suffix": suffix, "capacity": capacity}


@pytest.mark.parametrize(
    ("text", "layout", "expected"),
    [
        ("05-JAN-68", "%d-%b-%y", "1968-01-05"),
        ("05-JAN-18", "%d-%b-%y", "2018-01-05"),
        ("12/31/99", "%m/%d/%y", "1999-12-31"),
        ("01/05/2068", "%m/%d/%Y", "2068-01-05"),
    ],
)
def test_a_year_of_two_digits_is_not_in_the_future(text, layout, expected):
    """A deed of 1968 is not one of 2068; a year of four digits is left as it is written."""
    assert values.day(text, (layout,)) == expected


def test_a_leap_day_of_no_leap_year_is_a_bad_date():
    """The last of February 2096 is in the future, and 1996 has one; 2000 is taken as it is."""
    assert values.day("02/29/96", ("%m/%d/%y",)) == "1996-02-29"
    assert values.day("02/29/00", ("%m/%d/%y",)) == "2000-02-29"


def test_no_party():
    """Blanks are not a party."""
    assert party("  ") is None


@given(st.text(min_size=1).filter(str.strip))
def test_any_party(text):
    """Any text leaves a name, made of the text's own words."""
    found = party(text)
    assert found["name"].strip()
    assert all(word in text for word in found["name"].split())


@pytest.mark.parametrize("piece", [", ", "ET ", "( ", "/", "TRUSTEE "])
def test_a_name_of_a_hundred_thousand_letters(piece):
    """A damaged cell of any length is read at once: only the end of a name is looked at."""
    assert party(piece * 20_000 + "X")["name"].endswith("X")


def test_real_names_lose_only_what_they_end_in():
    """Of 130 real names those are cut that end in a suffix or a capacity, and no other."""
    names = (REAL / "names.txt").read_text(encoding="utf-8").split("\n")
    cut = {text: party(text)["name"] for text in names if text.strip() and party(text)["name"] != text.strip()}
    assert cut == {
        "CITIBANK, N.A.,": "CITIBANK, N.A.",
        "ESTATE OF ALLAN FRUMKIN": "ALLAN FRUMKIN",
        "GENOVESE, FRANK R/GUARDIAN": "GENOVESE, FRANK R",
        "HARRIS HAROLD DECD": "HARRIS HAROLD",
        "HOYT, NATHAN B./DECD": "HOYT, NATHAN B.",
        "HUDSON WATERFRONT COMPANY B, LLC, ET AL": "HUDSON WATERFRONT COMPANY B, LLC",
        "JOHN B. CARLEY, AS EXECUTOR": "JOHN B. CARLEY",
        "ZEIG, WILLIAM J. EXEC/OF": "ZEIG, WILLIAM J.",
    }


LEASES = {"lease_release": ["ROGL", "PROGL", "RELEASE OF OIL GAS LEASE"], "oil_gas_lease": ["OIL GAS MINERAL LEASE"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ROGL", ("lease_release", "ROGL", False, False)),
        (" rogl ", ("lease_release", "rogl", False, False)),
        ("P/ROGL", ("lease_release", "P/ROGL", True, False)),
        ("PROGL", ("lease_release", "PROGL", True, False)),
        ("C C COR PARTIAL  ROGL", ("lease_release", "C C COR PARTIAL  ROGL", True, True)),
        ("CC ROGL", ("lease_release", "CC ROGL", False, False)),
        ("P/PLAT", ("other", "P/PLAT", True, False)),
        ("CORRECTIVE DEED", ("other", "CORRECTIVE DEED", False, False)),
        ("OIL GAS MINERAL LEAS", ("oil_gas_lease", "OIL GAS MINERAL LEAS", False, False)),
        ("COR OIL GAS MINERAL ", ("oil_gas_lease", "COR OIL GAS MINERAL", False, True)),
        ("RELEASE OF OIL GAS L", ("lease_release", "RELEASE OF OIL GAS L", False, False)),
        ("RELEASE OF", ("other", "RELEASE OF", False, False)),
        ("CORRECTION PARTIAL C", ("other", "CORRECTION PARTIAL C", True, True)),
        ("", ("other", "", False, False)),
    ],
)
def test_document_type(text, expected):
    """Prefixes in any order come off before the table is asked; texts of full length are compared as beginnings."""
    assert DocumentTypes(LEASES, partial=["PROGL"], cut_at=20).read(text) == expected


def test_a_beginning_of_several_types_is_none_of_them():
    """A cut text that could be two types is not guessed."""
    types = DocumentTypes({"lease_release": ["RELEASE OF OIL LEASE"], "other": ["RELEASE OF OIL LIEN"]}, cut_at=16)
    assert types.read("RELEASE OF OIL L")[0] == "other"


def test_the_frame_of_documents_and_of_tracts():
    """One row for each document, or for each tract with the document's columns; days are days, counts are counts."""
    result = parse("andrews", delivery("andrews"))
    documents, tracts = result.frame(), result.frame(per="tract")
    assert len(documents) == result.summary["records"]
    assert len(tracts) == sum(max(1, len(record.legals)) for record in result.records)
    assert documents["recorded_on"].dtype.kind == "M"
    assert documents["page_count"].dtype == pd.Int64Dtype()
    first = documents.iloc[0]
    assert first["grantees"].startswith("COWDEN ELIZABETH B.; DAVIS JOHN D")
    assert (first["source_file"], first["source_line"]) == ("ANDREWS_OPR_20180501_20180604.csv", 2)
    assert tracts.iloc[1][["legal_survey", "legal_block", "legal_section"]].tolist() == ["PSL", "A-42", "2"]
    with pytest.raises(ValueError, match="'document' or 'tract'"):
        result.frame(per="tracts")


def test_cells_beyond_the_standard_are_json_in_a_table():
    """`extra` is a text that can be read again; a record without any has none."""
    extra = parse("hillsborough", delivery("hillsborough")).frame()["extra"]
    assert json.loads(extra.iloc[0]) == {"type_code": "D", "consideration": "250000.00"}
    assert parse("lea", delivery("lea")).frame()["extra"].isna().all()


@pytest.mark.parametrize("per", ["document", "tract"])
def test_the_types_of_a_frame_are_always_the_same(per):
    """Days without documents and counties without a book type give columns of the same types: tables can be joined."""
    empty = parse("lea", DATA / "lea_empty_day" / "delivery/35025/20180605").frame(per)
    tables = [empty, *(parse(name, delivery(name)).frame(per) for name in COUNTIES)]
    assert all(table.dtypes.equals(empty.dtypes) for table in tables)
    assert len(pd.concat(tables)) == sum(map(len, tables))


def test_a_frame_of_any_year(tmp_path):
    """A mistyped year is a day like any other in a table."""
    rows = [f"2018-1,PLAT,06/05/{year},,,,,,," for year in ("0018", "1691", "9999")]
    columns = load_county("example").reader.columns
    (tmp_path / "EXAMPLE_1.csv").write_text("\n".join([",".join(columns), *rows]))
    assert parse("example", tmp_path).frame()["recorded_on"].dt.year.tolist() == [18, 1691, 9999]


def test_seen_remembers_every_row():
    """The compact set agrees with a set, through all its growth."""
    seen, plain = Seen(), set()
    for number in (fingerprint([str(step % 4000), "x"]) for step in range(6000)):
        assert (number in seen) == (number in plain)
        seen.add(number)
        plain.add(number)
    assert len(seen) == len(plain) == 4000


def test_cells_are_told_apart():
    """A fingerprint knows where one cell ends and the next begins."""
    assert fingerprint(["ab", "c"]) != fingerprint(["a", "bc"])


def test_the_data_is_as_the_vendor_wrote_it():
    """The examples keep their line ends, marks and encodings in a checkout."""
    assert next(Path(delivery("andrews")).iterdir()).read_bytes()[:3] == b"\xef\xbb\xbf"
    assert b"\r\n" in next(Path(delivery("howard")).iterdir()).read_bytes()
