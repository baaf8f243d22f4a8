"""Where the limits of readers, drafts and feeds are: what is just within one, and what is just beyond it."""

import io

import pytest

from oseberg.county_parsers import Delimited, FixedLength, FixedWidth
from oseberg.county_parsers._draft import look, meaning
from oseberg.county_parsers._feeds import lines as feed_lines
from oseberg.county_parsers._feeds.merge import merged
from oseberg.county_parsers._readers.fixed_length import unpacked
from oseberg.county_parsers._readers.lines import DAMAGE
from oseberg.county_parsers._records.row import STRUCTURAL
from oseberg.county_parsers.errors import UnreadableFileError


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("00001f", "1"), ("12345c", "12345"), ("00001d", "-1"), ("00001b", "-1"), ("00000d", "0"), ("00001a", "1"),
        ("00001e", "1"), ("000019", DAMAGE), ("0a001c", DAMAGE), ("404040", ""), ("000000", ""), ("", ""),
    ],
)  # fmt: skip
def test_packed_decimals(cell, digits):
    """The last half byte is the sign, from A to F, of which B and D are negative; 0 has none."""
    assert unpacked(bytes.fromhex(cell)) == digits


def delimited(text, **settings):
    """Return the rows of a small file: the line, its cells and its problem; and what is wrong with the file."""
    problems = []
    reader = Delimited(columns=["a", "b", "c", "d"], delimiter="|", quotes=False, encoding="utf-8", **settings)
    rows = list(reader.rows(io.BytesIO(text.encode()), "x.txt", problems))
    return [(row.line, row.problem) for row in rows], problems


@pytest.mark.parametrize(("titles", "found"), [(0, True), (10, True), (11, False)])
def test_titles_above_a_heading(titles, found):
    """Ten are passed over, with a single filled cell each."""
    text = "TITLE|||\n" * titles + "a|b|c|d\n1|2|3|4\n"
    if found:
        rows, _ = delimited(text)
        assert rows == [*((line, STRUCTURAL) for line in range(1, titles + 2)), (titles + 2, None)]
    else:
        with pytest.raises(UnreadableFileError, match="but is 'TITLE"):
            delimited(text)


def test_a_title_has_one_filled_cell():
    """A row with two may be a document."""
    with pytest.raises(UnreadableFileError, match="first row should be the heading"):
        delimited("1|2||\na|b|c|d\n")


def test_what_is_instead_of_a_heading_is_shown_in_part():
    """Up to 200 letters of it."""
    with pytest.raises(UnreadableFileError) as error:
        delimited("|" + "x" * 300 + "|y\n")
    assert "'|" + "x" * 199 + "'" in str(error.value)


@pytest.mark.parametrize(
    ("row", "problem"),
    [("1|2|3|4", None), ("1|2|3", "cell_count"), ("1|2|3|4|5", "cell_count"), ("|||", STRUCTURAL), ("", STRUCTURAL)],
)
def test_a_row_has_as_many_cells_as_columns(row, problem):
    """One too few or too many is told; a row of blanks says nothing."""
    assert delimited(row + "\n", heading=False)[0] == [(1, problem)]


def test_the_last_row_ends_in_a_line_break():
    """Without one the file may have been cut; an empty file has nothing to cut."""
    assert delimited("1|2|3|4\n", heading=False, final_break=True)[1] == []
    assert len(delimited("1|2|3|4", heading=False, final_break=True)[1]) == 1
    assert delimited("", heading=False, final_break=True)[1] == []


@pytest.mark.parametrize(
    ("line", "problem", "cut"),
    [
        ("A12345", None, False), ("A12345  ", None, False), ("A12345 x", "cell_count", False),
        ("A1234", None, True), ("B1", None, False), ("C1", "unknown_row_type", False), (" ", STRUCTURAL, False),
    ],
)  # fmt: skip
def test_a_line_of_fixed_columns_reaches_its_width(line, problem, cut):
    """Text beyond it is one cell too many; a row that ends in a number must be whole."""
    reader = FixedWidth(
        tag=(1, 1), records={"A": {"n": (2, 6)}, "B": {"n": (2, 6)}}, width=6, encoding="ascii", whole=["A"]
    )
    problems = []
    (row,) = reader.rows(io.BytesIO(line.encode()), "x.txt", problems)
    assert (row.problem, bool(problems)) == (problem, cut)
    assert row.cells == ([line[1:6]] if line[0] in "AB" else [])


@pytest.mark.parametrize(("size", "problem"), [(4, None), (3, "cell_count")])
def test_a_record_of_one_length_is_whole(size, problem):
    """A byte less, and the file was cut short."""
    reader = FixedLength(length=4, records={"row": {"a": (1, 2), "b": (3, 4)}}, encoding="ascii")
    problems = []
    rows = list(reader.rows(io.BytesIO(b"1234" + b"5678"[:size]), "x.dat", problems))
    assert [row.problem for row in rows] == [None, problem]
    assert rows[0].cells == ["12", "34"]
    assert len(problems) == (problem is not None)


@pytest.mark.parametrize(
    ("good", "bad", "nearly"), [(0, 0, False), (0, 1, False), (1, 1, True), (1, 2, False), (8, 2, True), (7, 2, False)]
)
def test_nearly_all_cells_of_a_column(good, bad, nearly):
    """Four in five; among few one may be dirt."""
    assert meaning._nearly_all([True] * good + [False] * bad) == nearly


@pytest.mark.parametrize(
    ("cell", "layout", "fitting"),
    [
        ("18000101", "%Y%m%d", True), ("17991231", "%Y%m%d", False), ("21001231", "%Y%m%d", True),
        ("21010101", "%Y%m%d", False), ("2018061", "%Y%m%d", False), ("180605", "%y%m%d", True),
        ("1799-01-01", "%Y-%m-%d", True), ("2018-06-05 00:00:00", "%Y-%m-%d", True),
    ],
)  # fmt: skip
def test_digits_are_a_day_of_the_years_of_deeds(cell, layout, fitting):
    """From 1800 to 2100, with as many digits as the layout has."""
    assert meaning.fits(cell, layout) == fitting


@pytest.mark.parametrize(("same", "others", "seen"), [(3, 1, True), (5, 2, False)])
def test_three_rows_in_four_have_one_number_of_cells(same, others, seen):
    """Or the format of a draft is another one."""
    rows = [["2018", "5", "6"]] * same + [["x"] * (4 + place) for place in range(others)]
    assert bool(look._one_kind(rows, "|", quoted=False)) == seen


@pytest.mark.parametrize(
    ("first", "row", "heading"),
    [(["A", "B"], "1", True), (["A", "A"], "1", False), (["A", ""], "1", False), (["A", "B2"], "1", False),
     (["A", "B"], "x", False)],
)  # fmt: skip
def test_a_heading_is_of_words(first, row, heading):
    """Distinct ones without digits, two at least, above rows with digits."""
    assert look.is_heading(first, [[row, "y"]]) == heading


@pytest.mark.parametrize(("text", "tag"), [("", False), ("A", True), ("A12", True), ("A123", False), ("A-", False)])
def test_a_row_type_has_three_letters_at_most(text, tag):
    """Letters and digits."""
    assert look._is_tag(text) == tag


@pytest.mark.parametrize(("kinds", "tagged"), [(1, False), (2, True), (12, True), (13, False)])
def test_a_tagged_file_has_two_to_twelve_kinds(kinds, tagged):
    """Of other row types it has too few or too many."""
    rows = [[f"K{kind}", "x", "y"] for kind in range(kinds) for _ in range(3)]
    assert bool(look._tagged(rows, "|")) == tagged


def test_files_stay_open_up_to_a_limit(tmp_path, monkeypatch):
    """One more closes the first."""
    monkeypatch.setattr(feed_lines, "_MOST_OPEN", 2)
    places = []
    for number in range(3):
        path = tmp_path / str(number)
        path.write_text(f'{{"n": {number}}}')
        places.append(feed_lines.Line(path, 0, path.stat().st_size))
    with feed_lines.Lines() as reader:
        assert [reader.read(place)["n"] for place in (*places, places[0])] == [0, 1, 2, 0]
        assert [path.name for path in reader._open] == ["2", "0"]


def document(**changes):
    """Return what a feed knows of a document, with changes."""
    lists = {"legals": [], "references": [], "images": [], "grantors": [], "grantees": []}
    return {**lists, "complete": True, "page": "1", "extra": {}, **changes}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("update", [True, False])
def test_a_document_is_complete_if_it_and_its_update_are(known, update):
    """A row that was rejected of either may be missing."""
    found = merged(document(complete=known), document(complete=update), by_party=False, by_place=False)
    assert found["complete"] == (known and update)


def test_an_update_replaces_what_it_brings():
    """A list that it does not bring stays, and so does a side of parties."""
    known = document(legals=["a"], images=["x"], grantors=[{"name": "A"}], grantees=[{"name": "B"}])
    update = document(page="2", legals=["b"], grantors=[{"name": "C"}])
    found = merged(known, update, by_party=False, by_place=False)
    assert (found["page"], found["legals"], found["images"]) == ("2", ["b"], ["x"])
    assert (found["grantors"], found["grantees"]) == ([{"name": "C"}], [{"name": "B"}])


def test_an_update_by_party_keeps_the_others():
    """In their places, where it names them: a party takes the place of who had it, and keeps its own name once."""
    known = document(grantors=[{"name": "A"}, {"name": "B"}])
    update = document(grantors=[{"name": "C"}])
    by_name = merged(known, update, by_party=True, by_place=False)
    assert [party["name"] for party in by_name["grantors"]] == ["A", "B", "C"]
    by_place = merged(known, update, by_party=True, by_place=True)
    assert [party["name"] for party in by_place["grantors"]] == ["C", "B"]
    again = merged(known, document(grantors=[{"name": "A"}]), by_party=True, by_place=False)
    assert [party["name"] for party in again["grantors"]] == ["B", "A"]


def test_rows_may_end_in_one_more_delimiter():
    """Where the last cell of all of them is blank, the heading's too; the first cell says nothing about that."""
    rows = [["", "DAY", "PAGE", ""], ["A", "2018", "5", ""], ["B", "2018", "6", ""], ["", "2018", "7", ""]]
    seen = look._one_kind(rows, "|", quoted=False)
    assert (seen.trailing, len(seen.columns["row"]), len(seen.kinds["row"])) == (True, 3, 3)
    rows[3][3] = "x"
    assert not look._one_kind(rows, "|", quoted=False).trailing
