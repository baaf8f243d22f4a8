"""Every county follows the template: a declaration, an example delivery, a reviewed result."""

import os
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from oseberg.county_parsers import (
    TYPE,
    County,
    Delimited,
    Grouped,
    InOrder,
    OneEach,
    RejectedError,
    Related,
    fields,
    list_counties,
    load_county,
    new_county,
    new_county_here,
    parse,
    parse_to,
    rows,
)
from oseberg.county_parsers.conformance import ConformanceError, check
from oseberg.county_parsers.counties.andrews import county as andrews
from oseberg.county_parsers.counties.lea import county as lea
from oseberg.county_parsers.errors import BadDeclarationError, UnknownCountyError
from tests.county_parsers.helpers import DATA, delivery, expected

TEMPLATE = Path(str(files("oseberg.county_parsers") / "template" / "examples"))


@pytest.mark.parametrize("name", list_counties())
def test_county(name):
    """A county without an example or without a reviewed result fails here."""
    check(name, DATA)


def test_the_template_is_a_working_county():
    """The template is executed: it parses its own example, shipped with the package, to a reviewed result."""
    result = check("example", TEMPLATE)
    assert result.summary["records"] == 3


def test_a_declaration_in_the_style_of_andrews_is_short():
    """The template's declaration, which is in that style, takes under 30 lines."""
    module = files("oseberg.county_parsers") / "counties" / "example.py"
    text = module.read_text(encoding="utf-8")
    assert len(text[text.index("county = ") :].splitlines()) < 30


def test_a_second_county_of_the_same_vendor_is_a_few_lines(tmp_path):
    """With `replace` a county that has the format of another one needs only what differs."""
    martin = replace(
        andrews,
        name="Martin",
        fips="48317",
        files="MARTIN_OPR_*.csv",
    )
    source = next(delivery("andrews").iterdir())
    (tmp_path / "MARTIN_OPR_20180501_20180604.csv").write_bytes(source.read_bytes())
    result = parse(martin, tmp_path)
    assert {record.county_fips for record in result.records} == {"48317"}
    assert len(result.records) == expected("andrews")[2]["records"]
    assert martin.hooks is not andrews.hooks


def test_new_county_says_step_by_step_what_is_missing(tmp_path):
    """A new county's test fails for want of a result, then of a review, and passes once a person has reviewed it."""
    written = new_county("tom_green", "48451", tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "tom_green.py",
        "test_tom_green.py",
        "examples/tom_green/delivery/48451/20180605/TOM_GREEN_20180605.csv",
    ]
    with pytest.raises(ConformanceError, match="oseberg county parse tom_green"):
        check("tom_green", tmp_path / "examples", folder=tmp_path)
    expected_folder = tmp_path / "examples" / "tom_green" / "expected"
    parse_to("tom_green", written[2], expected_folder, folder=tmp_path)
    with pytest.raises(ConformanceError, match="nobody has reviewed"):
        check("tom_green", tmp_path / "examples", folder=tmp_path)
    (expected_folder / "reviewed.txt").write_text("A. Clerk, 2018-06-06\n")
    assert check("tom_green", tmp_path / "examples", folder=tmp_path).summary["county_fips"] == "48451"
    (expected_folder / "rejects.jsonl").write_text("")
    with pytest.raises(
        ConformanceError, match=r"first difference is in line 1[^\0]*--out .*expected[^\0]*review what has changed"
    ):
        check("tom_green", tmp_path / "examples", folder=tmp_path)


def test_the_generated_test_fails_with_the_next_step(tmp_path):
    """The generated test file runs as it stands, and its failure names the command to run."""
    new_county("winkler", "48495", tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_winkler.py"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "oseberg county parse winkler" in run.stdout


def test_new_county_in_a_checkout(tmp_path):
    """With a checkout, module and example go where the project keeps them; elsewhere it is refused."""
    modules = tmp_path / "packages/county-parsers/src/oseberg/county_parsers/counties"
    with pytest.raises(BadDeclarationError, match="not a checkout"):
        new_county_here("winkler", "48495", tmp_path)
    modules.mkdir(parents=True)
    new_county_here("winkler", "48495", tmp_path)
    assert 'fips="48495"' in (modules / "winkler.py").read_text()
    assert (tmp_path / "tests/county_parsers/data/winkler/delivery/48495/20180605/WINKLER_20180605.csv").is_file()


@pytest.mark.parametrize(
    ("name", "fips", "message"),
    [
        ("Winkler", "48495", "lower case"),
        ("test_winkler", "48495", "not as a test's"),
        ("winkler", "4849", "five digits"),
        ("winkler", "99495", "five digits"),
        ("andrews", "48003", "exists already"),
    ],
)
def test_new_county_refuses(name, fips, message, tmp_path):
    """What can't name a module or a county, and a county that exists, is refused before anything is written."""
    with pytest.raises(BadDeclarationError, match=message):
        new_county(name, fips, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    """A file that is already there stays as it is."""
    (tmp_path / "test_winkler.py").write_text("mine")
    with pytest.raises(BadDeclarationError, match="Nothing was written"):
        new_county("winkler", "48495", tmp_path)
    assert (tmp_path / "test_winkler.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"""Winkler County', '"""A county'), "docstring"),
        (("county = County(", "print()\ncounty = County("), "no statements"),
        (('name="Winkler"', 'name="Wink"'), "docstring|named"),
        (('state="TX"', 'state="NM"'), "is in TX"),
        (('"oil_gas_lease"', '"oil_lease"'), "is not a document type"),
        (("county = County(", "land = County("), "should declare"),
        (('fields.text("Book")', 'fields.text("Bok")'), "needs the column 'Bok'; there are Number, Type"),
        (('"volume"', '"book"'), "needs the key 'book'; there are county_fips"),
        (('fips="48495"', 'fips="x"'), "five digits"),
        (("county = County(", "county = Cnty("), "line 5: NameError"),
    ],
)
def test_a_module_that_leaves_the_shape(change, message, tmp_path):
    """Each way to leave the template's shape is reported with file and remedy."""
    module, *_ = new_county("winkler", "48495", tmp_path)
    module.write_text(module.read_text().replace(*change))
    with pytest.raises((ConformanceError, BadDeclarationError), match=message):
        check("winkler", tmp_path / "examples", folder=tmp_path)


def without(mapping, *keys):
    return {key: value for key, value in mapping.items() if key not in keys}


PARTY = {"side": "side", "sides": {}, "place": "sequence", "name": "name"}


@pytest.mark.parametrize(
    ("county", "change", "message"),
    [
        ("andrews", {"documents": OneEach(number="Doc")}, "needs the column 'Doc'; there are Doc Number, Doc Type"),
        ("andrews", {"fields": without(andrews.fields, TYPE)}, "no field gives TYPE"),
        ("andrews", {"fields": {**andrews.fields, "page": "Page"}}, r"'page' is 'Page'; .* fields\.text"),
        ("andrews", {"reader": replace(andrews.reader, encoding="utf-9")}, "'utf-9' is not an encoding"),
        ("lea", {"documents": InOrder(opens="X")}, "needs the rows 'X'; there are D, P, R, T"),
        ("lea", {"documents": InOrder(opens="D", key="number")}, "needs the column 'number'"),
        ("lea", {"rows": {}}, "needs the rows '[PRT]'; there is none"),
        ("lea", {"rows": {**lea.rows, "Q": rows.Legal("text")}}, "needs the rows 'Q'"),
        ("lea", {"rows": {**lea.rows, "T": rows.Totals({"records": ["D"]})}}, "needs the column 'records'"),
        ("lea", {"rows": {**lea.rows, "T": rows.Totals({"entries": ["E"]})}}, "needs the rows 'E'"),
        ("lea", {"rows": {**lea.rows, "P": rows.Party(**{**PARTY, "name": "party"})}}, "needs the column 'party'"),
        ("lea", {"documents": OneEach(number="instrument")}, "made of 'D' alone, but there are rows P, R, T"),
        ("lea", {"hooks": {}}, "needs the hook 'R'; there is none"),
        ("reagan", {"rows": {}}, "needs the rows 'row'"),
        ("reagan", {"documents": Grouped(key="GIN", repeat=["Gin"])}, "needs the column 'GIN'"),
        ("reagan", {"documents": Grouped(key="Gin", repeat=["Party"])}, "needs the column 'Party'"),
        ("crockett", {"documents": Related(main="MASTER.TXT", key="ID")}, "needs the column 'ID'"),
        ("crockett", {"documents": Related(main="MASTER", key="REC_ID")}, "needs the rows 'MASTER.TXT'"),
        ("crockett", {"hooks": {}}, "needs the hook 'DOCTYPE.TXT'"),
    ],
)
def test_a_declaration_that_does_not_fit_together(county, change, message):
    """What one part of a declaration needs and another lacks is reported by its name, and by what there is."""
    with pytest.raises(BadDeclarationError, match=message):
        parse(replace(load_county(county), **change), delivery(county))


def test_a_hook_that_nothing_calls():
    """A misspelled hook is reported, with the names that it could have."""
    with pytest.raises(BadDeclarationError, match=r"'documents' is not a hook.*are document, R"):
        lea.hook("documents")


def test_the_hook_of_a_document_of_one_row(tmp_path):
    """The template's county takes a hook for its documents, which may reject a row."""

    def hook(context, row, record):
        if row["Grantor"] == "B":
            raise RejectedError("unreadable")
        record["volume"] = f"{row['Book']} of {context.county.name}"

    example = replace(load_county("example"))
    example.hook("document")(hook)
    (tmp_path / "a.csv").write_text(f"{','.join(example.reader.columns)}\n1,OGL,,12,,A,,,,\n2,OGL,,12,,B,,,,\n")
    result = parse(example, tmp_path / "a.csv")
    assert [record.volume for record in result.records] == ["12 of Example"]
    assert [reject["reason"] for reject in result.rejects] == ["unreadable"]


def test_a_county_without_an_example(tmp_path):
    """The example is asked for by its place."""
    new_county("winkler", "48495", tmp_path)
    with pytest.raises(ConformanceError, match="put an example delivery here"):
        check("winkler", tmp_path / "nowhere", folder=tmp_path)


def test_unknown_county():
    """A county that is not there is answered with those that are."""
    with pytest.raises(UnknownCountyError, match=r"andrews.*reagan"):
        parse("loving", ".")


def test_own_counties_come_after_the_shipped(tmp_path):
    """A folder's counties are listed, its tests are not taken for counties."""
    new_county("winkler", "48495", tmp_path)
    assert list(list_counties(tmp_path)) == [*list_counties(), "winkler"]


def test_a_county_needs_no_module(tmp_path):
    """A declaration can be parsed as it is."""
    county = County(
        name="Loose",
        state="TX",
        fips="48301",
        files="*.csv",
        reader=Delimited(columns=["Number", "Type"], heading=False),
        documents=OneEach(number="Number"),
        fields={"instrument_number": fields.text("Number"), TYPE: fields.document_type("Type")},
        document_types={},
    )
    (tmp_path / "a.csv").write_text("1,OGL\n")
    assert parse(county, tmp_path).summary["unmapped_types"] == {"OGL": 1}
